import type { FailureReason } from './reasons.ts';

/**
 * The closed set of ways in which a task of Sotto can end without its result. The message says what
 * happened and what was not lost; `next` says what to do. Neither ever holds a secret or a prompt.
 */
export const failureCodes = ['usage', 'refused', 'server', 'pack', 'integrity', 'cancelled'] as const;

/**
 * - `usage`: the request itself is wrong (unknown option, empty prompt).
 * - `refused`: going on would leak, or the key store is locked or unavailable. Nothing was sent.
 * - `server`: the server or the network failed or said no.
 * - `pack`: a model pack or other data on disk is missing, damaged or does not fit.
 * - `integrity`: a product did not verify or a ciphertext was malformed; the answer is discarded.
 * - `cancelled`: the user stopped it.
 */
export type FailureCode = (typeof failureCodes)[number];

export interface FailureOptions {
  /** What to do now. */
  readonly next?: string;
  readonly cause?: unknown;
  readonly reason?: FailureReason;
  readonly facts?: FailureFacts;
}

/** What a sentence about a `reason` needs: an address, a number of bytes. Never a secret. */
export type FailureFacts = Readonly<Record<string, string | number>>;

export class Failure extends Error {
  override readonly name = 'Failure';
  readonly code: FailureCode;
  readonly next: string | undefined;
  readonly reason: FailureReason | undefined;
  readonly facts: FailureFacts;

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.next = options.next;
    this.reason = options.reason;
    this.facts = options.facts ?? {};
  }
}
