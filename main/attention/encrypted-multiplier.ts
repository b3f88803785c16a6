/**
 * Products on the server, under encryption: encrypt, send, decrypt, check.
 *
 * The server sees ciphertexts, a key id, a matrix index, and the number of rows rounded up to a bucket. What it gets
 * back is nothing: no product is asked for twice, and after a wrong one the requests go on, of rows of zeros, to the
 * answer's greatest length or the user's stop. A product that is wrong only for some rows would else be a question
 * about them, which the moment of the stop answers. That some product was wrong the server learns afterwards, when
 * the key is deleted: one bit for an answer, whatever was asked in it.
 *
 * Without the pack's weights a wrong product inside the range of right ones is not noticed. Such products do not
 * count as verified.
 */
import { Failure } from '../../app/failure/failure.ts';
import { bucketOf, maxRowsPerRequest } from '../../app/plan/bucket.ts';
import type { MultiplyStream } from '../egress/multiply-stream.ts';
import type { Multiplier, RemoteMatrix, Spoilt } from '../inference/multiplier.ts';
import type { SecretKey } from './addon.ts';
import { loadAddon } from './addon.ts';
import type { ProductChecks } from './product-checks.ts';
import type { SizesAddon } from './product-sizes.ts';
import { productSizes } from './product-sizes.ts';

export interface EncryptedMultiplierOptions {
  /** The session key. It is destroyed after an anomaly; after a wrong product, when the answer ends. */
  readonly key: Pick<SecretKey, 'encrypt' | 'decrypt' | 'destroy'>;
  /** 16 bytes: what the server knows the session key by. */
  readonly keyId: Uint8Array;
  /** The first of `count` consecutive numbers that were never used under this key, durable before it resolves. */
  readonly nextCounter: (count: number) => Promise<bigint>;
  /** @throws Failure `refused` when the key is not to be used any more: then whoever retired it may have destroyed it. */
  readonly requireKey: () => void;
  /** 32 bytes: what the server knows the pack by. */
  readonly packId: Uint8Array;
  readonly checks: ProductChecks;
  /** The answer's stream. It is closed after an anomaly; after a wrong product, when the answer ends. */
  readonly stream: Pick<MultiplyStream, 'multiply' | 'close'>;
  readonly onStage?: (stage: ProductStage) => void;
  /** Sees each request right before it is sent. */
  readonly onRequest?: (request: SentRequest) => void;
  /** Retires the key for good; called once, after the key was destroyed and the stream closed. */
  readonly onAnomaly: () => void | Promise<void>;
  readonly addon?: SizesAddon;
}

/** A request as it leaves. */
export interface SentRequest {
  /** Rows in the ciphertext, dummies included. */
  readonly bucket: number;
  /** Not to be kept or changed: what is wanted of it is to be copied. */
  readonly ciphertext: Uint8Array;
}

/** One product, for the receipt. Times in milliseconds. */
export interface ProductStage {
  readonly matrix: RemoteMatrix;
  /** Rows of the step, without dummies. */
  readonly rows: number;
  readonly bucket: number;
  readonly encryptMs: number;
  /** Round trip without the server's time. */
  readonly networkMs: number;
  /** What the server says it took, at most the round trip. */
  readonly serverMs: number;
  /** With the check. */
  readonly decryptMs: number;
  readonly verified: boolean;
  readonly ciphertextBytes: number;
  readonly productBytes: number;
}

export interface EncryptedMultiplier extends Multiplier {
  /** Products (one per request) that were checked against the weights, and those that were wrong. */
  readonly verified: { readonly products: number; readonly failed: number };
}

/** Byte that stands for 0 in a row. */
const zeroPoint = 128;

export function createEncryptedMultiplier(options: EncryptedMultiplierOptions): EncryptedMultiplier {
  return new ServerMultiplier(options);
}

class ServerMultiplier implements EncryptedMultiplier {
  readonly #options: EncryptedMultiplierOptions;
  readonly #addon: SizesAddon;
  #products = 0;
  #failed = 0;
  #anomaly: Promise<Failure> | undefined;
  #spoilt: Spoilt | undefined;

  constructor(options: EncryptedMultiplierOptions) {
    this.#options = options;
    this.#addon = options.addon ?? loadAddon();
  }

  get verified(): { readonly products: number; readonly failed: number } {
    return { products: this.#products, failed: this.#failed };
  }

  get spoilt(): Spoilt | undefined {
    return this.#spoilt;
  }

  async multiply(
    matrix: RemoteMatrix,
    rows: Uint8Array,
    count: number,
    signal: AbortSignal,
  ): Promise<Int32Array> {
    const { inputs, outputs } = matrix;
    const sums = new Int32Array(count * outputs);
    for (let start = 0; start < count; start += maxRowsPerRequest) {
      const end = Math.min(start + maxRowsPerRequest, count);
      const part = rows.subarray(start * inputs, end * inputs);
      sums.set(await this.#product(matrix, part, end - start, signal), start * outputs);
    }
    return sums;
  }

  /** One request: the sums of its rows, without those of the dummies. */
  async #product(
    matrix: RemoteMatrix,
    rows: Uint8Array,
    count: number,
    signal: AbortSignal,
  ): Promise<Int32Array> {
    const { key, keyId, nextCounter, packId, checks, stream, onStage, onRequest } = this.#options;
    if (this.#anomaly) throw await this.#anomaly;
    stopIfAborted(signal);
    const bucket = bucketOf(count);
    const full = fillUp(this.#spoilt ? rows.subarray(0, 0) : rows, bucket * matrix.inputs);
    const { ciphertextBytes, productBytes } = productSizes(matrix, bucket, this.#addon);

    // Made while the product is on its way; its failure is thrown where it is awaited.
    const check = checks.of(matrix);
    check.catch(() => undefined);

    const counter = await nextCounter(1);
    const began = performance.now();
    const ciphertext = await key
      .encrypt(matrix, full, bucket, counter)
      .catch((error: unknown) => this.#orAnomaly(error, false));
    const encrypted = performance.now();
    stopIfAborted(signal);
    onRequest?.({ bucket, ciphertext });
    const { product, serverMicros } = await stream
      .multiply({ pack: packId, keyId, matrix: matrix.index, rows: bucket, ciphertext, productBytes }, signal)
      .catch((error: unknown) => this.#orAnomaly(error, isIntegrityFailure(error)));
    const received = performance.now();
    const verifier = await check;
    const sums = await key
      .decrypt(matrix, product, bucket, verifier && { verifier, rows: full })
      .catch((error: unknown) => this.#orSpoilt(error));
    const decrypted = performance.now();
    if (verifier && !this.#spoilt) this.#products += 1;
    stopIfAborted(signal);

    const serverMs = Math.min(serverMicros / 1000, received - encrypted);
    onStage?.({
      matrix,
      rows: count,
      bucket,
      encryptMs: encrypted - began,
      networkMs: received - encrypted - serverMs,
      serverMs,
      decryptMs: decrypted - received,
      verified: verifier !== null,
      ciphertextBytes,
      productBytes,
    });
    return sums?.subarray(0, count * matrix.outputs) ?? new Int32Array(count * matrix.outputs);
  }

  /** Takes a wrong product for the end of all that is meant, and no sums for what came of it. Throws what is no product's. */
  async #orSpoilt(error: unknown): Promise<null> {
    if (isRefusal(error, 'argument')) return await this.#orAnomaly(error, false);
    if (this.#spoilt) return null;
    const isWrong = isRefusal(error, 'product');
    if (isWrong) this.#failed += 1;
    const what = isWrong ? 'A product of the server is wrong.' : 'The server sent a malformed product.';
    this.#spoilt = { end: () => this.#retire(what, error) };
    return null;
  }

  /** Throws what was caught: as it is, as the anomaly that it is, or as the end of a key that was retired meanwhile. */
  async #orAnomaly(error: unknown, isAnomaly: boolean): Promise<never> {
    if (this.#anomaly) throw await this.#anomaly;
    if (isRefusal(error, 'argument')) this.#options.requireKey();
    if (!isAnomaly) throw error;
    throw await this.#retire('The server sent a malformed product.', error);
  }

  /** Gives up key and stream, once. Nothing of it is told to the server. */
  #retire(what: string, cause?: unknown): Promise<Failure> {
    this.#anomaly ??= (async () => {
      const { key, stream, onAnomaly } = this.#options;
      key.destroy();
      stream.close();
      const next = 'Ask again: a new key is made. If it happens again, do not use this server.';
      const failure = new Failure('integrity', `${what} The answer is discarded and its key is retired.`, {
        next,
        cause,
        reason: 'integrity-failed',
      });
      try {
        await onAnomaly();
        return failure;
      } catch (error) {
        return new Failure(
          'integrity',
          `${what} The answer is discarded. Its key could not be retired: do not ask again before it is.`,
          { next: 'Run: sotto keys rotate', cause: error, reason: 'integrity-failed' },
        );
      }
    })();
    return this.#anomaly;
  }
}

/** The rows, followed by zero rows up to `length` bytes. */
function fillUp(rows: Uint8Array, length: number): Uint8Array {
  if (rows.length === length) return rows;
  const full = new Uint8Array(length).fill(zeroPoint);
  full.set(rows);
  return full;
}

function isIntegrityFailure(error: unknown): boolean {
  return error instanceof Failure && error.code === 'integrity';
}

/**
 * Whether the addon refused a call with this code: `argument` for the call itself, such as one on a destroyed key, so
 * that nothing is known of the product; `product` for a wrong product.
 */
function isRefusal(error: unknown, code: 'argument' | 'product'): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function stopIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new Failure('cancelled', 'Stopped.');
}
