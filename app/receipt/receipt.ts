/** The record of one answer: what left, how long each stage took, what was verified. */
import type { Plan } from '../plan/plan.ts';
import type { Policy } from '../plan/policy.ts';
import type { RowCounts, SchemeFacts, ServerFacts, SpanFact, WireFacts } from './facts.ts';
import { rowCounts, spanFact } from './facts.ts';
import { amount, byteCount, duration, schemeLine } from './wording.ts';

/** Milliseconds. `network_ms` is what of a request's time neither the server nor encryption accounts for. */
export interface TimeFacts {
  readonly total_ms: number;
  /** From the question to the first token; `null` when there was none. */
  readonly first_token_ms: number | null;
  readonly server_ms: number;
  /** Encrypting, decrypting and verifying. */
  readonly crypto_ms: number;
  /** The model's own computation on this machine. */
  readonly local_ms: number;
  readonly network_ms: number;
}

/** One layer's part of the waterfall, milliseconds; `layer` is `null` for embedding and head. */
export interface LayerFacts {
  readonly layer: number | null;
  readonly local_ms: number;
  readonly crypto_ms: number;
  readonly server_ms: number;
  readonly network_ms: number;
}

/** What `ask --json` prints. */
export interface Answer {
  readonly text: string;
  readonly tokens: readonly number[];
  readonly finish: 'stop' | 'length' | 'cancelled';
  readonly policy: Policy;
  readonly engine: 'encrypted' | 'reference';
  readonly pack: string;
  readonly spans: readonly SpanFact[];
  readonly rows: RowCounts;
  readonly wire: WireFacts;
  readonly time: TimeFacts;
  /** `null` for the reference. */
  readonly scheme: SchemeFacts | null;
  /** `null` for the reference. */
  readonly server: ServerFacts | null;
  /** Products whose integrity was checked, and how many of those were wrong. */
  readonly verified: { readonly products: number; readonly failed: number };
}

export interface Receipt extends Answer {
  readonly layers: readonly LayerFacts[];
}

/** What was measured while a plan was executed. */
export interface Measured {
  readonly wire: WireFacts;
  readonly time: TimeFacts;
  readonly verified: { readonly products: number; readonly failed: number };
  readonly layers: readonly LayerFacts[];
}

export interface ReceiptInput {
  readonly plan: Plan;
  readonly spans: readonly SpanFact[];
  readonly pack: string;
  readonly answer: Pick<Answer, 'text' | 'tokens' | 'finish'>;
  readonly measured: Measured;
  /** `null` for the reference. */
  readonly remote: { readonly scheme: SchemeFacts; readonly server: ServerFacts } | null;
}

export function makeReceipt({ plan, spans, pack, answer, measured, remote }: ReceiptInput): Receipt {
  return {
    text: answer.text,
    tokens: answer.tokens,
    finish: answer.finish,
    policy: plan.policy,
    engine: remote === null ? 'reference' : 'encrypted',
    pack,
    spans: spans.map(spanFact),
    rows: rowCounts(plan, answer.tokens.length),
    wire: measured.wire,
    time: measured.time,
    scheme: remote?.scheme ?? null,
    server: remote?.server ?? null,
    verified: measured.verified,
    layers: measured.layers,
  };
}

/** The receipt without its waterfall: exactly the object of `ask --json`. */
export function answerOf({ layers: _, ...answer }: Receipt): Answer {
  return answer;
}

/** The receipt as text: the first line for anyone, the last for a cryptographer. */
export function renderReceipt(receipt: Receipt): string {
  const lines = [headline(receipt), timeLine(receipt), ...remoteLines(receipt), schemeLine(receipt.scheme)];
  return lines.filter((line) => line !== '').join('\n');
}

function headline({ server, rows, finish }: Receipt): string {
  const pieces = amount(rows.generated, 'piece');
  const how =
    finish === 'cancelled' ? `Stopped after ${pieces} (tokens).` : `Answered in ${pieces} (tokens).`;
  if (server === null) return `${how} Nothing left this machine.`;
  return `${how} What left this machine was encrypted; the server computed on numbers that it cannot read.`;
}

function timeLine({ time }: Receipt): string {
  const first =
    time.first_token_ms === null ? '' : `, the first piece after ${duration(time.first_token_ms)}`;
  return (
    `Time: ${duration(time.total_ms)}${first}; this machine's model ${duration(time.local_ms)}, encryption ` +
    `${duration(time.crypto_ms)}, server ${duration(time.server_ms)}, network ${duration(time.network_ms)}.`
  );
}

function remoteLines({ server, wire, rows, policy, verified }: Receipt): readonly string[] {
  if (server === null) return [];
  const keys = wire.keys === 0 ? '' : `, and ${byteCount(wire.keys)} of evaluation keys`;
  const { prompt, kept = 0 } = rows;
  const before = kept === 0 ? '' : ` ${amount(kept, 'row')} of earlier turns had been read before.`;
  return [
    `Policy ${policy}: ${rows.protected} of the prompt's ${amount(prompt - kept, 'row')} and all of the answer's were protected.${before}`,
    `Sent ${byteCount(wire.sent)}, received ${byteCount(wire.received)} in ${amount(wire.messages, 'message')}${keys}, ` +
      `to ${server.address} (${server.identity ?? 'no TLS'}).`,
    verifiedLine(verified),
  ];
}

function verifiedLine({ products, failed }: Receipt['verified']): string {
  if (products === 0)
    return 'No product was verified: that needs the weights, and the pack does not carry them.';
  if (failed > 0) return `${failed} of ${amount(products, 'product')} did not verify.`;
  return `${amount(products, 'product')} verified, none wrong.`;
}
