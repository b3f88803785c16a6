/** How long a server may take before a call is given up. */
export interface TimeLimits {
  /** Until a connection stands, in milliseconds. */
  readonly connectMs: number;
  /** For a call with one answer, and for a stream to be accepted. */
  readonly unaryMs: number;
  /** Between two signs of life while a file or keys are transferred. */
  readonly transferIdleMs: number;
  /** Between two products, while one is awaited. */
  readonly multiplyIdleMs: number;
}

export const defaultLimits: TimeLimits = {
  connectMs: 10_000,
  unaryMs: 15_000,
  transferIdleMs: 60_000,
  multiplyIdleMs: 60_000,
};

/** Bytes of one message in either direction; the largest product of 64 rows is a tenth of it. */
export const maxMessageBytes = 16 * 1024 * 1024;
