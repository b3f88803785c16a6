/** The three shapes of call that are not products, with time limits, cancellation and failures. */
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { Client, Metadata, ServiceError } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import type { Failure } from '../../app/failure/failure.ts';
import type { Call } from './calls.ts';
import { cancelled, onAbort } from './cancellation.ts';
import { failureOfStatus, limitMetadata } from './status.ts';

/** Where a call goes and how long it may take. */
export interface CallContext {
  readonly client: Client;
  readonly metadata: Metadata;
  /** Milliseconds in which the call must give a sign of life. */
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** One message there, one back. @throws Failure `server`, `cancelled` */
export function unary<I extends DescMessage, O extends DescMessage>(
  call: Call<I, O>,
  message: MessageInitShape<I>,
  context: CallContext,
): Promise<MessageShape<O>> {
  return new Promise((resolve, reject) => {
    const { path, serialize, deserialize } = call;
    const { client, metadata } = context;
    const running = client.makeUnaryRequest(
      path,
      serialize,
      deserialize,
      message,
      metadata,
      {},
      (error, answer) => {
        watch.end();
        if (error) reject(watch.failure(error));
        else if (answer) resolve(answer);
        else reject(failureOfStatus(status.INTERNAL, 'no answer'));
      },
    );
    const watch = watchCall(() => running.cancel(), context);
  });
}

/** One message there, many back; taken one by one, as fast as the caller reads. @throws Failure `server`, `cancelled` */
export async function* download<I extends DescMessage, O extends DescMessage>(
  call: Call<I, O>,
  message: MessageInitShape<I>,
  context: CallContext,
): AsyncGenerator<MessageShape<O>, void, undefined> {
  const { path, serialize, deserialize } = call;
  const running = context.client.makeServerStreamRequest(
    path,
    serialize,
    deserialize,
    message,
    context.metadata,
  );
  const watch = watchCall(() => running.cancel(), context);
  try {
    for await (const chunk of running) {
      // The limit is for the server; what the caller does with a chunk takes as long as it takes.
      watch.pause();
      yield chunk as MessageShape<O>;
      watch.alive();
    }
  } catch (error) {
    throw isServiceError(error) ? watch.failure(error) : error;
  } finally {
    watch.end();
    running.cancel();
  }
}

/** Many messages there, one back. Waits for each to be taken before the next. @throws Failure `server`, `cancelled` */
export async function upload<I extends DescMessage, O extends DescMessage>(
  call: Call<I, O>,
  messages: Iterable<MessageInitShape<I>>,
  context: CallContext,
): Promise<MessageShape<O>> {
  const { path, serialize, deserialize } = call;
  const { promise: outcome, resolve, reject } = Promise.withResolvers<MessageShape<O>>();
  const running = context.client.makeClientStreamRequest(
    path,
    serialize,
    deserialize,
    context.metadata,
    {},
    (error, answer) => {
      if (error) reject(error);
      else if (answer) resolve(answer);
      else reject(failureOfStatus(status.INTERNAL, 'no answer'));
    },
  );
  const watch = watchCall(() => running.cancel(), context);
  try {
    for (const message of messages) {
      const taken = new Promise<void>((resolve) => running.write(message, () => resolve()));
      // A server that refuses midway answers at once.
      await Promise.race([taken, outcome]);
      watch.alive();
    }
    running.end();
    return await outcome;
  } catch (error) {
    throw isServiceError(error) ? watch.failure(error) : error;
  } finally {
    watch.end();
    running.cancel();
  }
}

/** Cancels a call at its limit or at the caller's wish, and knows afterwards which it was. */
function watchCall(cancel: () => void, { limitMs, signal }: CallContext) {
  let ended: Failure | undefined;
  const end = (failure: Failure) => {
    ended = failure;
    cancel();
  };
  const start = () => setTimeout(() => end(failureOfStatus(status.DEADLINE_EXCEEDED, '')), limitMs);
  let timer = start();
  const letGo = onAbort(signal, () => end(cancelled()));
  return {
    /** A sign of life: the limit starts anew. */
    alive() {
      clearTimeout(timer);
      timer = start();
    },
    pause: () => clearTimeout(timer),
    end() {
      clearTimeout(timer);
      letGo();
    },
    failure: (error: ServiceError) => ended ?? failureOfStatus(error.code, error.details, limitOf(error)),
  };
}

/** Which limit of the server's a refusal is about, where it says so in words for programs. */
function limitOf({ metadata }: ServiceError): string | undefined {
  const [limit] = metadata.get(limitMetadata);
  return typeof limit === 'string' ? limit : undefined;
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && 'details' in error;
}
