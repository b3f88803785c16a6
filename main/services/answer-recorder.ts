/** What an answer's record holds beside its receipt, measured while the answer is made. */
import { performance } from 'node:perf_hooks';
import type { AnswerRecord } from '../../app/contract/assistant.ts';
import type { Plan } from '../../app/plan/plan.ts';
import type { SentRequest } from '../attention/encrypted-multiplier.ts';
import type { Ledger, LedgerEntry } from '../egress/ledger.ts';
import type { GenerateEvent } from '../inference/engine.ts';

/** One of the prompt's steps. */
export interface StepTime {
  readonly protected: boolean;
  /** Rows of a request that carries the step. */
  readonly bucket: number;
  readonly rows: number;
  readonly ms: number;
}

export interface Recorded {
  /** Requests of the prompt by size; their bytes are the ledger's. */
  readonly buckets: AnswerRecord['buckets'];
  readonly ciphertext: AnswerRecord['ciphertext'];
  /** The prompt's steps that came to their end. */
  readonly steps: readonly StepTime[];
}

export interface AnswerRecorder {
  onRequest(request: SentRequest): void;
  onEvent(event: GenerateEvent): void;
  recorded(): Recorded;
  /** Stops listening to the ledger. Safe to repeat. */
  close(): void;
}

/** Bytes of the first ciphertext that are kept. */
const shownBytes = 64;

/**
 * Listens to the ledger from now on. No other answer may run on the same ledger meanwhile.
 * @param ledger `null` where nothing is sent
 */
export function createAnswerRecorder(plan: Plan, ledger: Ledger | null): AnswerRecorder {
  const sizes: number[] = [];
  const sent: LedgerEntry[] = [];
  const received: LedgerEntry[] = [];
  const steps: StepTime[] = [];
  let ciphertext: Recorded['ciphertext'] = null;
  let ofPrompt: number | undefined;
  let stepBegan = performance.now();
  const stop = ledger?.subscribe((entry) => {
    if (entry.purpose === 'products') (entry.direction === 'sent' ? sent : received).push(entry);
  });
  return {
    onRequest({ bucket, ciphertext: bytes }) {
      ciphertext ??= {
        hex: Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(shownBytes, bytes.length)).toString('hex'),
        bytes: bytes.length,
        entropy: entropyOf(bytes),
      };
      sizes.push(bucket);
    },
    onEvent(event) {
      if (event.type === 'token') ofPrompt ??= sizes.length;
      if (event.type !== 'prefill' || event.layer !== event.layers) return;
      const now = performance.now();
      const step = plan.steps[event.step - 1];
      if (step) {
        const { protected: isProtected, bucket, positions } = step;
        steps.push({ protected: isProtected, bucket, rows: positions.length, ms: now - stepBegan });
      }
      stepBegan = now;
    },
    recorded() {
      const buckets = new Map<number, { rows: number; requests: number; sent: number; received: number }>();
      for (const [index, rows] of sizes.slice(0, ofPrompt).entries()) {
        const fact = buckets.get(rows) ?? { rows, requests: 0, sent: 0, received: 0 };
        fact.requests += 1;
        fact.sent += sent[index]?.bytes ?? 0;
        fact.received += received[index]?.bytes ?? 0;
        buckets.set(rows, fact);
      }
      return { buckets: [...buckets.values()].sort((a, b) => a.rows - b.rows), ciphertext, steps };
    },
    close: () => stop?.(),
  };
}

/** Shannon's entropy of the bytes, bits per byte: close to 8 for what looks like noise. */
function entropyOf(bytes: Uint8Array): number {
  const counts = new Uint32Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  let bits = 0;
  for (const count of counts) {
    if (count > 0) bits -= (count / bytes.length) * Math.log2(count / bytes.length);
  }
  return Math.min(8, Math.max(0, bits));
}
