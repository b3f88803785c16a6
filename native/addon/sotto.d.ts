/**
 * The addon's face: the client half of `native/lattice`. Only `main/attention` and `main/vault` load it.
 *
 * Errors carry `code`: `argument` (wrong type, length or range, or a destroyed key), `format` (bytes from outside
 * are malformed), `product` (products are wrong) or `internal` (a defect). Functions that return a promise reject; they never throw.
 * What takes less time than waking another thread, one row mostly, is done when the promise is returned.
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

/**
 * What a message asks of a server: the products of rows; what of the products of rows to come does not depend on their
 * values; what is left of the products of such rows.
 */
export type RequestKind = 'whole' | 'preparation' | 'online';

/** Bytes of a message that asks for `count` rows (1 to `maxRows`); `whole` where no kind is given. */
export function requestBytes(facts: MatrixFacts, count: number, kind?: RequestKind): number;

/** Bytes of the response to it. */
export function responseBytes(facts: MatrixFacts, count: number, kind?: RequestKind): number;

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

  /**
   * Asks a server to prepare `count` rows: a message that it answers like a request.
   * @param counter as for `encrypt`.
   */
  prepare(facts: MatrixFacts, count: number, counter: bigint): Promise<Uint8Array>;

  /** The `count` rows that `preparation` asked for and `response` prepared. To be called once for a preparation. */
  prepared(
    facts: MatrixFacts,
    count: number,
    preparation: Uint8Array,
    response: Uint8Array,
  ): Promise<PreparedRows>;

  /** Overwrites the key as soon as the calls under way on it are done; every later call is refused. */
  destroy(): void;
}

/**
 * Rows of one matrix that a server has prepared, each for one use: what is left to be done for them takes a client
 * microseconds, and a server one pass over the weights. They need their key no more.
 */
export class PreparedRows {
  private constructor();

  /** Rows that are left. */
  count(): number;

  /** Splits the first `count` rows off. @throws Error `argument` when fewer are left */
  take(count: number): PreparedRows;

  /** Encrypts `count` rows, all that there are, as `SecretKey.encrypt` takes them. A second call is refused. */
  encrypt(rows: Uint8Array): Promise<Uint8Array>;

  /** Decrypts the response to that request, as `SecretKey.decrypt`. */
  decrypt(response: Uint8Array, check: ProductCheck | null): Promise<Int32Array>;

  /** Overwrites what it holds; every later call is refused. */
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
