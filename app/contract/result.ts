/** Tagged results: only plain data crosses a process boundary, so an error is a value there. */
import * as v from 'valibot';
import { Failure, failureCodes } from '../failure/failure.ts';
import { failureReasons } from '../failure/reasons.ts';
import { redact } from '../failure/redact.ts';

export const errorSchema = v.strictObject({
  /** One of `failureCodes`, or `defect` for what no part of Sotto foresaw. */
  code: v.picklist([...failureCodes, 'defect']),
  /** English, for people; never holds a secret or a prompt. */
  message: v.pipe(v.string(), v.maxLength(2000)),
  /** What to do, in English. */
  next: v.nullable(v.pipe(v.string(), v.maxLength(2000))),
  /** A stable name of what happened, where a face shows a state of its own for it. */
  reason: v.nullable(v.picklist(failureReasons)),
  /** Plain facts that a sentence about `reason` needs: an address, a number. */
  facts: v.record(v.string(), v.union([v.string(), v.number()])),
});

export type ContractError = v.InferOutput<typeof errorSchema>;

export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: ContractError };

/** A failure as it crosses the boundary. What is not a `Failure` says nothing of itself but that it is a defect. */
export function errorOf(thrown: unknown): ContractError {
  if (!(thrown instanceof Failure)) {
    return {
      code: 'defect',
      message: 'Something went wrong inside Sotto. Nothing more was sent.',
      next: 'Try again. If it happens again, restart Sotto and report it.',
      reason: null,
      facts: {},
    };
  }
  return {
    code: thrown.code,
    message: redact(thrown.message).slice(0, 2000),
    next: thrown.next === undefined ? null : redact(thrown.next).slice(0, 2000),
    reason: thrown.reason ?? null,
    facts: thrown.facts,
  };
}

/** The other way: what a caller of the contract catches or shows. */
export function failureOf(error: ContractError): Failure {
  return new Failure(error.code === 'defect' ? 'pack' : error.code, error.message, {
    ...(error.next === null ? {} : { next: error.next }),
    ...(error.reason === null ? {} : { reason: error.reason }),
    facts: error.facts,
  });
}
