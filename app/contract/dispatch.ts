/** Runs a contract's methods on plain data: validates what comes in and what goes out, and tags every error. */
import * as v from 'valibot';
import { Failure } from '../failure/failure.ts';
import type { Contract, Implementation, Method } from './method.ts';
import { errorOf } from './result.ts';
import type { Result } from './result.ts';

export interface Dispatcher {
  /**
   * Never throws: whatever was asked, the result is a tagged one.
   * @param onItem gets a stream's items; a call has none.
   */
  run(
    request: DispatchRequest,
    onItem: (item: unknown) => void,
    signal: AbortSignal,
  ): Promise<Result<unknown>>;
}

export interface DispatchRequest {
  readonly service: string;
  readonly method: string;
  readonly input: unknown;
}

/** @param onDefect is told what was thrown that is no `Failure`, and of results that break the contract. */
export function createDispatcher<C extends Contract>(
  contract: C,
  implementation: Implementation<C>,
  onDefect: (error: unknown, where: string) => void,
): Dispatcher {
  return {
    async run({ service, method: name, input }, onItem, signal) {
      const method = methodOf(contract, service, name);
      if (!method) return failed(invalid('There is no such method.'));
      const parsed = v.safeParse(method.in, input, { abortPipeEarly: true });
      if (!parsed.success) return failed(invalid(`The request is malformed: ${issueOf(parsed.issues)}`));
      const where = `${service}.${name}`;
      try {
        const run = (implementation[service] as Record<string, AnyImplementation> | undefined)?.[name];
        if (!run) return failed(invalid('There is no such method.'));
        const value =
          method.type === 'stream'
            ? await drain(method, run as AnyStream, parsed.output, onItem, signal)
            : await (run as AnyCall)(parsed.output, signal);
        return { ok: true, value: v.parse(method.out, value) };
      } catch (error) {
        if (!(error instanceof Failure)) onDefect(error, where);
        return failed(error);
      }
    },
  };
}

type AnyCall = (input: unknown, signal: AbortSignal) => Promise<unknown>;
type AnyStream = (input: unknown, signal: AbortSignal) => AsyncGenerator<unknown, unknown>;
type AnyImplementation = AnyCall | AnyStream;

function methodOf(contract: Contract, service: string, name: string): Method | undefined {
  if (!Object.hasOwn(contract, service)) return undefined;
  const methods = contract[service];
  return methods && Object.hasOwn(methods, name) ? methods[name] : undefined;
}

async function drain(
  method: Extract<Method, { type: 'stream' }>,
  run: AnyStream,
  input: unknown,
  onItem: (item: unknown) => void,
  signal: AbortSignal,
): Promise<unknown> {
  const items = run(input, signal);
  try {
    for (;;) {
      const { done, value } = await items.next();
      if (done) return value;
      onItem(v.parse(method.item, value));
    }
  } catch (error) {
    // After an item that breaks the contract the generator still holds what it opened.
    await items.return(undefined);
    throw error;
  }
}

function invalid(message: string): Failure {
  return new Failure('usage', message, { reason: 'invalid-request' });
}

function failed(error: unknown): Result<never> {
  return { ok: false, error: errorOf(error) };
}

/** Which field is wrong and how; never the value, which may be a prompt. */
function issueOf(issues: readonly v.BaseIssue<unknown>[]): string {
  const [issue] = issues;
  if (!issue) return 'unknown';
  const path = v.getDotPath(issue) ?? 'the input';
  return `${path.slice(0, 200)} should be ${(issue.expected ?? 'something else').slice(0, 200)}`;
}
