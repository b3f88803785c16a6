/** A contract as its caller sees it: typed functions over a transport, with everything that arrives validated. */
import * as v from 'valibot';
import type { Failure } from '../failure/failure.ts';
import type { Contract, InputOf, ItemOf, Method, OutputOf, Service } from './method.ts';
import { errorSchema, failureOf } from './result.ts';

/** How requests reach a dispatcher. Resolves with what it answered, unvalidated; never throws but `Failure`. */
export interface Transport {
  request(request: TransportRequest): Promise<unknown>;
}

export interface TransportRequest {
  readonly type: 'call' | 'stream';
  readonly service: string;
  readonly method: string;
  readonly input: unknown;
  readonly onItem: (item: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

export type Client<C extends Contract> = { readonly [S in keyof C]: ServiceClient<C[S]> };
export type ServiceClient<S extends Service> = { readonly [M in keyof S]: MethodClient<S[M]> };

/** Throws `Failure`. Aborting the signal asks the other side to stop; a stream's result may still come. */
export type MethodClient<M extends Method> = M extends { type: 'stream' }
  ? (input: InputOf<M>, options: StreamOptions<ItemOf<M>>) => Promise<OutputOf<M>>
  : (input: InputOf<M>, signal?: AbortSignal) => Promise<OutputOf<M>>;

export interface StreamOptions<Item> {
  readonly onItem: (item: Item) => void;
  readonly signal?: AbortSignal;
}

export function createClient<C extends Contract>(contract: C, transport: Transport): Client<C> {
  const services = Object.entries(contract).map(([service, methods]) => [
    service,
    Object.fromEntries(
      Object.entries(methods).map(([name, method]) => [name, bind(transport, service, name, method)]),
    ),
  ]);
  return Object.fromEntries(services) as Client<C>;
}

function bind(transport: Transport, service: string, name: string, method: Method) {
  if (method.type === 'call') {
    return async (input: unknown, signal?: AbortSignal) => {
      const onItem = () => undefined;
      return settle(
        method,
        await transport.request({ type: 'call', service, method: name, input, onItem, signal }),
      );
    };
  }
  return async (input: unknown, options: StreamOptions<unknown>) => {
    const onItem = (item: unknown) => options.onItem(v.parse(method.item, item));
    const { signal } = options;
    return settle(
      method,
      await transport.request({ type: 'stream', service, method: name, input, onItem, signal }),
    );
  };
}

/** @throws Failure the one that the other side tagged; a ValiError when it broke the contract. */
function settle(method: Method, answer: unknown): unknown {
  const result = v.parse(resultSchema, answer);
  if (!result.ok) throw failureOf(result.error) satisfies Failure;
  return v.parse(method.out, result.value);
}

const resultSchema = v.variant('ok', [
  v.strictObject({ ok: v.literal(true), value: v.unknown() }),
  v.strictObject({ ok: v.literal(false), error: errorSchema }),
]);
