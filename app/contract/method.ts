/** What a method of the contract is: a call with one result, or a stream of items that ends with a result. */
import type { GenericSchema, InferInput, InferOutput } from 'valibot';

export interface Call<In extends GenericSchema = GenericSchema, Out extends GenericSchema = GenericSchema> {
  readonly type: 'call';
  readonly in: In;
  readonly out: Out;
}

export interface Stream<
  In extends GenericSchema = GenericSchema,
  Item extends GenericSchema = GenericSchema,
  Out extends GenericSchema = GenericSchema,
> {
  readonly type: 'stream';
  readonly in: In;
  readonly item: Item;
  /** The result after the last item; also after the caller stopped it, where there is one then. */
  readonly out: Out;
}

export type Method = Call | Stream;
/** The methods of one service by name. */
export type Service = Readonly<Record<string, Method>>;
/** The services of a contract by name. */
export type Contract = Readonly<Record<string, Service>>;

export function call<In extends GenericSchema, Out extends GenericSchema>(schemas: {
  readonly in: In;
  readonly out: Out;
}): Call<In, Out> {
  return { type: 'call', ...schemas };
}

export function stream<
  In extends GenericSchema,
  Item extends GenericSchema,
  Out extends GenericSchema,
>(schemas: { readonly in: In; readonly item: Item; readonly out: Out }): Stream<In, Item, Out> {
  return { type: 'stream', ...schemas };
}

/** What a caller passes. */
export type InputOf<M extends Method> = InferInput<M['in']>;
/** What an implementation gets: the input after validation. */
export type ParsedInputOf<M extends Method> = InferOutput<M['in']>;
export type OutputOf<M extends Method> = InferOutput<M['out']>;
export type ItemOf<M extends Method> =
  M extends Stream<GenericSchema, infer Item> ? InferOutput<Item> : never;

/**
 * How a contract is implemented: a function for a call, an asynchronous generator for a stream. Both throw `Failure`
 * for what the caller can act on; anything else is a defect and reaches the caller without its text.
 */
export type Implementation<C extends Contract> = {
  readonly [S in keyof C]: ServiceImplementation<C[S]>;
};
export type ServiceImplementation<S extends Service> = {
  readonly [M in keyof S]: MethodImplementation<S[M]>;
};
export type MethodImplementation<M extends Method> = M extends Stream
  ? (input: ParsedInputOf<M>, signal: AbortSignal) => AsyncGenerator<ItemOf<M>, OutputOf<M>>
  : (input: ParsedInputOf<M>, signal: AbortSignal) => Promise<OutputOf<M>>;
