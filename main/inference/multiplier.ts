/** A weight matrix that the server applies, with the public facts of its products. */
export interface RemoteMatrix {
  readonly index: number;
  readonly name: string;
  readonly layer: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Plaintext modulus, an odd prime over twice `rangeBound`. */
  readonly t: number;
  /** Bound on the magnitude of an output for any int8 row. */
  readonly rangeBound: number;
  readonly noiseLog2: number;
  /** log2 of the bound on the probability that one output decrypts wrongly. */
  readonly failureLog2: number;
}

/**
 * Multiplies quantised rows by a remote matrix, exactly. Whether it does so here or on the server under encryption
 * cannot be told from its results.
 */
export interface Multiplier {
  /**
   * @param rows [count][inputs], zero point 128. Read only until the promise settles; never kept or written.
   * @param count 1..64 rows of one step.
   * @returns [count][outputs]: the exact int32 sums of weight times (row - 128).
   * @throws Failure `cancelled` after an abort; `server` or `integrity` from the encrypted one. A step is never tried
   * again.
   */
  multiply(matrix: RemoteMatrix, rows: Uint8Array, count: number, signal: AbortSignal): Promise<Int32Array>;
}
