/**
 * The stream of products of one answer. The server gets no word about what its products were worth: a stream ends
 * the same way (the call is cancelled) when an answer is done, when the user stops it, and when a product is wrong.
 */
import type { ClientDuplexStream, StatusObject } from '@grpc/grpc-js';
import { status } from '@grpc/grpc-js';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Failure } from '../../app/failure/failure.ts';
import { cancelled, onAbort } from './cancellation.ts';
import type { MultiplyRequestSchema, MultiplyResponse } from './generated/sotto/v1/sotto_pb.ts';
import { failureOfStatus } from './status.ts';

export interface ProductRequest {
  /** 32 bytes. */
  readonly pack: Uint8Array;
  /** 16 bytes. */
  readonly keyId: Uint8Array;
  /** Index of the matrix in the pack. */
  readonly matrix: number;
  /** Rows in the ciphertext, dummies included. */
  readonly rows: number;
  readonly ciphertext: Uint8Array;
  /** The one length that the product can have. */
  readonly productBytes: number;
}

export interface ProductResponse {
  readonly product: Uint8Array;
  /** From the request's arrival at the server to its product; the server's own figure. */
  readonly serverMicros: number;
}

export interface MultiplyStream {
  /**
   * Sends one request; many may be under way. An aborted signal ends the whole stream, because a stopped answer
   * wants nothing more from it.
   * @throws Failure `server` for a refusal (the stream goes on) or a lost connection, `integrity` for a malformed
   *   response, `cancelled`
   */
  multiply(request: ProductRequest, signal?: AbortSignal): Promise<ProductResponse>;
  /** Ends the stream; what is under way fails as `cancelled`. Safe to repeat. */
  close(): void;
}

/** The bidirectional call; its messages arrive as nothing when their bytes are no message. */
export type MultiplyCall = ClientDuplexStream<
  MessageInitShape<typeof MultiplyRequestSchema>,
  MultiplyResponse | Malformed
>;

/** What the deserializer makes of bytes that are no `MultiplyResponse`. */
export interface Malformed {
  readonly malformed: true;
}

interface Pending {
  readonly productBytes: number;
  readonly resolve: (response: ProductResponse) => void;
  readonly reject: (failure: Failure) => void;
  readonly letGo: () => void;
}

export interface StreamLimits {
  /** Milliseconds until the server must have accepted the stream. */
  readonly unaryMs: number;
  /** Milliseconds between two products, while one is awaited. */
  readonly multiplyIdleMs: number;
}

/**
 * Waits until the server has accepted the call, so that a refused token costs no ciphertext, and gRPC has no reason
 * left to send one twice.
 */
export async function openMultiplyStream(
  call: MultiplyCall,
  limits: StreamLimits,
  signal: AbortSignal,
): Promise<MultiplyStream> {
  const stream = new GrpcMultiplyStream(call, limits, signal);
  await stream.accepted;
  return stream;
}

class GrpcMultiplyStream implements MultiplyStream {
  /** Settles when the server's headers are here, or the call has failed. */
  readonly accepted: Promise<undefined>;
  readonly #call: MultiplyCall;
  readonly #idleMs: number;
  readonly #pending = new Map<number, Pending>();
  #letGo: () => void = () => undefined;
  readonly #refuse: (failure: Failure) => void;
  #nextId = 1;
  #ended: Failure | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(call: MultiplyCall, limits: StreamLimits, signal: AbortSignal) {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    this.accepted = promise;
    this.#refuse = reject;
    this.#call = call;
    this.#idleMs = limits.multiplyIdleMs;
    this.#timer = setTimeout(() => this.#end(lateFailure()), limits.unaryMs);
    call.once('metadata', () => {
      this.#restart();
      resolve(undefined);
    });
    call.on('data', (response: MultiplyResponse | Malformed) => this.#take(response));
    // Every end of the call comes with a status; an error event only repeats it.
    call.on('error', () => undefined);
    call.once('status', ({ code, details }: StatusObject) => {
      const clean = code === status.OK ? status.CANCELLED : code;
      this.#end(failureOfStatus(clean, details));
    });
    this.#letGo = onAbort(signal, () => this.#end(cancelled()));
  }

  multiply(request: ProductRequest, signal?: AbortSignal): Promise<ProductResponse> {
    if (this.#ended) return Promise.reject(this.#ended);
    const id = this.#nextId++;
    const { productBytes, ...fields } = request;
    return new Promise((resolve, reject) => {
      const letGo = onAbort(signal, () => this.#end(cancelled()));
      if (this.#ended) return reject(this.#ended);
      this.#pending.set(id, { productBytes, resolve, reject, letGo });
      if (this.#pending.size === 1) this.#restart();
      this.#call.write({ id, ...fields });
    });
  }

  close(): void {
    this.#end(cancelled());
  }

  #take(response: MultiplyResponse | Malformed): void {
    if (this.#ended) return;
    if ('malformed' in response) return this.#end(anomaly('a response that is no message'));
    const pending = this.#pending.get(response.id);
    if (!pending) return this.#end(anomaly('a response to no request'));
    const { result } = response;
    if (result.case === undefined) return this.#end(anomaly('an empty response'));
    if (result.case === 'product' && result.value.length !== pending.productBytes) {
      return this.#end(anomaly('a product of the wrong length'));
    }
    this.#pending.delete(response.id);
    pending.letGo();
    this.#restart();
    if (result.case === 'product')
      pending.resolve({ product: result.value, serverMicros: response.serverUs });
    else pending.reject(failureOfStatus(result.value.code, result.value.message));
  }

  /** Starts the idle limit anew; none runs while nothing is awaited. */
  #restart(): void {
    clearTimeout(this.#timer);
    this.#timer =
      this.#pending.size === 0 ? undefined : setTimeout(() => this.#end(lateFailure()), this.#idleMs);
  }

  #end(failure: Failure): void {
    if (this.#ended) return;
    this.#ended = failure;
    clearTimeout(this.#timer);
    this.#letGo();
    this.#call.cancel();
    this.#refuse(failure);
    for (const { reject, letGo } of this.#pending.values()) {
      letGo();
      reject(failure);
    }
    this.#pending.clear();
  }
}

function lateFailure(): Failure {
  return failureOfStatus(status.DEADLINE_EXCEEDED, '');
}

function anomaly(what: string): Failure {
  return new Failure('integrity', `The server sent ${what}. The answer is discarded.`, {
    next: 'Ask again: a new key is made. If it stays, do not use this server.',
  });
}
