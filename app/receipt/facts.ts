/**
 * Parts that a preview and a receipt share. Field names are those of the command line's JSON (`ask --json`, `plan
 * --json`), which scripts rely on.
 */
import type { Plan } from '../plan/plan.ts';

/** A sensitive stretch of the prompt: UTF-16 offsets; never its text. */
export interface SpanFact {
  readonly start: number;
  readonly end: number;
  readonly kind: string;
  readonly score: number;
  readonly source: string;
}

export interface RowCounts {
  /** Tokens of the prompt with its template, and of the turns before it: clear, protected and kept ones. */
  readonly prompt: number;
  readonly clear: number;
  readonly protected: number;
  /**
   * Rows of earlier turns that an earlier answer has read, where there are any. Nothing is computed for them, and nothing
   * sent.
   */
  readonly kept?: number;
  /** Tokens of the answer; each is a protected row. In a preview, the most that there can be. */
  readonly generated: number;
}

/** Bytes and messages. `keys` is what the evaluation keys take, sent once per key; not in `sent`. */
export interface WireFacts {
  readonly sent: number;
  readonly received: number;
  /** Requests; each has one response. */
  readonly messages: number;
  readonly keys: number;
}

export interface SchemeFacts {
  readonly name: string;
  /** Ring dimension. */
  readonly n: number;
  readonly log2_q: number;
  readonly log2_qp: number;
  /** Of the largest plaintext modulus in use. */
  readonly log2_t: number;
  /** log2 of the bound on the probability that one output decrypts wrongly; the worst matrix, from its real weights. */
  readonly failure_log2: number;
}

export interface ServerFacts {
  readonly address: string;
  /** `sha256:` and the certificate's hash; `null` without TLS. */
  readonly identity: string | null;
}

/** The encryption scheme's own parameters, as the addon gives them. */
export interface SchemeParameters {
  readonly name: string;
  readonly n: number;
  readonly log2Q: number;
  readonly log2Qp: number;
}

/** @param matrices the remote matrices of the pack; at least one. */
export function schemeFacts(
  scheme: SchemeParameters,
  matrices: readonly { readonly t: number; readonly failureLog2: number }[],
): SchemeFacts {
  return {
    name: scheme.name,
    n: scheme.n,
    log2_q: scheme.log2Q,
    log2_qp: scheme.log2Qp,
    log2_t: Math.log2(Math.max(...matrices.map((matrix) => matrix.t))),
    failure_log2: Math.max(...matrices.map((matrix) => matrix.failureLog2)),
  };
}

export function rowCounts(plan: Plan, generated: number): RowCounts {
  const read = plan.order.slice(plan.kept);
  const clear = read.filter((position) => plan.rows[position]?.protected === false).length;
  return {
    prompt: plan.rows.length,
    clear,
    protected: read.length - clear,
    ...(plan.kept > 0 && { kept: plan.kept }),
    generated,
  };
}

/** The fields of a span that are shown and stored. */
export function spanFact(span: SpanFact): SpanFact {
  const { start, end, kind, score, source } = span;
  return { start, end, kind, score, source };
}
