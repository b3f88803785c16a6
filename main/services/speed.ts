/** How fast this machine's last answers were, for an estimate of the next one. */
import * as v from 'valibot';
import type { Plan } from '../../app/plan/plan.ts';
import type { Policy } from '../../app/plan/policy.ts';
import type { StepTime } from './answer-recorder.ts';

/** What tells one route of answers from another. */
export interface SpeedKey {
  /** The pack's id. */
  readonly pack: string;
  /** A server's id; `null` is the bundled one. */
  readonly server: string | null;
}

/** What an answer took. */
export interface AnswerTimes {
  readonly policy: Policy;
  readonly steps: readonly StepTime[];
  /** Milliseconds of a generated token; `null` when there were fewer than two. */
  readonly perToken: number | null;
  /** Tokens; `null` for an answer that was stopped. */
  readonly length: number | null;
}

/** Milliseconds. */
export interface Estimate {
  readonly firstToken: number;
  readonly perToken: number;
  readonly answer: number;
}

const ms = v.pipe(v.number(), v.finite(), v.minValue(0));
const entry = v.object({
  /** Of a step of clear rows, per row. */
  clear: v.nullable(ms),
  /** Of a step of protected rows, by its bucket. */
  protected: v.record(v.string(), ms),
  token: v.nullable(ms),
  lengths: v.record(v.string(), v.array(ms)),
});
type Entry = v.InferOutput<typeof entry>;
const table = v.record(v.string(), entry);

/** What is remembered: plain JSON. */
export type SpeedTable = Readonly<Record<string, Entry>>;

/**
 * The share of the newest answer in an average. What makes an answer slow passes more often than what makes it quick:
 * a first one finds a server that still prepares its matrices.
 */
const newest = { slower: 0.3, quicker: 0.7 } as const;
/** A request of twice the rows takes this power of two as long: see `gpt2-attention-16rows` and `-64rows` in docs/performance.md. */
const growth = 0.75;
const keptLengths = 15;
const keptKeys = 40;

/** A table as it was stored; an empty one for anything else. */
export function speedTable(stored: unknown): SpeedTable {
  const parsed = v.safeParse(table, stored);
  return parsed.success ? parsed.output : {};
}

/** The table with one more answer; the keys that were not used for longest go. */
export function withAnswer(before: SpeedTable, key: SpeedKey, times: AnswerTimes): SpeedTable {
  const name = nameOf(key);
  const old = before[name] ?? { clear: null, protected: {}, token: null, lengths: {} };
  let { clear } = old;
  const byBucket = { ...old.protected };
  for (const step of times.steps) {
    if (step.protected) byBucket[step.bucket] = average(byBucket[step.bucket], step.ms);
    else clear = average(clear, step.ms / step.rows);
  }
  const lengths = times.length === null ? [] : [times.length];
  const made: Entry = {
    clear,
    protected: byBucket,
    token: times.perToken === null ? old.token : average(old.token, times.perToken),
    lengths: {
      ...old.lengths,
      [times.policy]: [...(old.lengths[times.policy] ?? []), ...lengths].slice(-keptLengths),
    },
  };
  const others = Object.entries(before).filter(([other]) => other !== name);
  return Object.fromEntries([...others, [name, made] as const].slice(-keptKeys));
}

/** The estimate for a plan; `null` as long as too little is known. */
export function estimateOf(known: SpeedTable, key: SpeedKey, plan: Plan): Estimate | null {
  const entry = known[nameOf(key)];
  const token = entry?.token ?? null;
  if (entry === undefined || token === null) return null;
  let firstToken = 0;
  for (const step of plan.steps) {
    const took = step.protected
      ? protectedStep(entry.protected, step.bucket)
      : (entry.clear ?? 0) * step.positions.length;
    // A step of one row is what a generated token takes.
    firstToken += took ?? token * Math.sqrt(step.bucket);
  }
  const length = median(entry.lengths[plan.policy] ?? []) ?? median(Object.values(entry.lengths).flat());
  if (length === null) return null;
  const tokens = Math.min(length, plan.maxNewTokens);
  return {
    firstToken,
    perToken: token,
    answer: firstToken + token * Math.max(0, tokens - 1),
  };
}

/** Of a bucket that was not measured: from the nearest one's. */
function protectedStep(measured: Entry['protected'], bucket: number): number | undefined {
  const own = measured[bucket];
  if (own !== undefined) return own;
  const [nearest] = Object.entries(measured)
    .map(([rows, took]) => ({ rows: Number(rows), took }))
    .sort((a, b) => Math.abs(Math.log2(a.rows / bucket)) - Math.abs(Math.log2(b.rows / bucket)));
  return nearest && nearest.took * (bucket / nearest.rows) ** growth;
}

function nameOf({ pack, server }: SpeedKey): string {
  return `${pack} ${server ?? 'bundled'}`;
}

function average(before: number | null | undefined, now: number): number {
  if (before === null || before === undefined) return now;
  return before + (now < before ? newest.quicker : newest.slower) * (now - before);
}

function median(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
