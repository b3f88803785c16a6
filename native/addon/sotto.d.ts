/**
 * The addon's face: the client half of `native/lattice`. Only `main/attention` and `main/vault` load it.
 *
 * Errors carry `code`: `argument` (wrong type, length or range, or a destroyed key), `format` (bytes from outside
 * are malformed), `product` (products are wrong) or `internal` (a defect). Functions that return a promise reject; they never throw.
 */

/** Public facts of one remote matrix, from a pack's manifest. */
export interface MatrixFacts {
  readonly inputs: number;
  readonly outputs: number;
  /** Plaintext modulus, an odd prime over twice `rangeBound`. */
  readonly t: number;
  /** No output of an int8 row exceeds it. */
  readonly rangeBound: number;
  /** log2 of the root mean square of the worst output's noise. */
  readonly noiseLog2: number;
  /** log2 of the bound on the probability that one output decrypts wrongly. */
  readonly failureLog2: number;
}

export interface SchemeFacts {
  readonly name: string;
  /** Ring degree. */
  readonly n: number;
  /** log2 of the ciphertext modulus. */
  readonly log2Q: number;
  /** log2 of the largest modulus under which a key is published. */
  readonly log2Qp: number;
  /** Standard deviation of the error. */
  readonly errorSigma: number;
  /** Most rows in one request. */
  readonly maxRows: number;
}

/** The order of a matrix's weights in memory, and the byte that stands for 0: 128 for uint8, 0 for int8. */
export interface WeightLayout {
  readonly layout: 'input-major' | 'output-major';
  readonly zeroPoint: 0 | 128;
}

/** Parameters of the encryption scheme. */
export function schemeInfo(): SchemeFacts;

/** Bytes of a request of `count` rows (1 to `maxRows`). */
export function requestBytes(facts: MatrixFacts, count: number): number;

/** Bytes of a response to `count` rows (1 to `maxRows`). */
export function responseBytes(facts: MatrixFacts, count: number): number;

/** A handle on a secret key, which never enters JavaScript. */
export class SecretKey {
  private constructor();

  /** The key that a 32-byte seed determines. The caller overwrites its seed. */
  static fromSeed(seed: Uint8Array): SecretKey;

  /** What a server needs to multiply under this key; the same bytes on every call. */
  evaluationKeys(): Promise<Uint8Array>;

  /**
   * Encrypts `count` rows: `count * inputs` bytes with zero point 128, none of them 0.
   * @param counter 0 to 2^64 - 1, never used before under this key: reuse reveals rows.
   */
  encrypt(facts: MatrixFacts, rows: Uint8Array, count: number, counter: bigint): Promise<Uint8Array>;

  /**
   * Decrypts a response to `count` rows: `count * outputs` exact integers. Products over `rangeBound`, and with `check`
   * those that are not the products of its rows, are refused with the code `product`.
   */
  decrypt(
    facts: MatrixFacts,
    response: Uint8Array,
    count: number,
    check: ProductCheck | null,
  ): Promise<Int32Array>;

  /** Overwrites the key as soon as the calls under way on it are done; every later call is refused. */
  destroy(): void;
}

/** What products are checked with. */
export interface ProductCheck {
  /** That of the matrix. */
  readonly verifier: Verifier;
  /** The rows that were encrypted. */
  readonly rows: Uint8Array;
}

/** A secret check of the products with one matrix (Freivalds), which `SecretKey.decrypt` makes. */
export class Verifier {
  private constructor();

  /** Draws fresh secret vectors for `outputs * inputs` weights. */
  static create(facts: MatrixFacts, weights: Uint8Array, layout: WeightLayout): Promise<Verifier>;

  /** log2 of the probability that one wrong row passes. */
  soundnessLog2(): number;
}
