/**
 * Chooses the probability from which on each of the model's kinds is marked: coordinate ascent on the mean of F1 and F2
 * over samples of the development sets, less a price for marks in texts that have none, with rules and merging as in
 * the program. Prints each kind's curve.
 *
 * Usage: node build/detector/thresholds.ts [--data DIR] [--records N] [--write]
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createDetector } from '../../app/detect/detect.ts';
import type { TaggedWord } from '../../app/detect/model/reader.ts';
import { openDetectionModel } from '../../main/detection/model.ts';
import { installation } from '../../main/installation/installation.ts';
import { countMarks, fMeasure, sum } from './marks.ts';
import type { Counts, Range } from './marks.ts';

const root = join(import.meta.dirname, '..', '..');
const grid = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8];
/** Sets that label names alone. */
const namesOnly = new Set(['uner', 'wnut']);
const names = new Set(['person', 'place', 'organisation']);

/** What a false mark in 1,000 words of text without anything sensitive costs of the mean F. */
const price = 0.004;

interface Found {
  readonly bySet: ReadonlyMap<string, Counts>;
  /** Marks in 1,000 words of texts without a label. */
  readonly loose: number;
}

interface Row {
  readonly set: string;
  readonly text: string;
  readonly gold: readonly Range[];
  readonly ignored: readonly Range[];
  readonly words: readonly TaggedWord[];
}

const { values } = parseArgs({
  options: {
    data: { type: 'string', default: join(root, '..', 'shared', 'data') },
    records: { type: 'string', default: '350' },
    write: { type: 'boolean', default: false },
  },
});
const detector = createDetector();
const model = await openDetectionModel();
const rows = await readRows(values.data, Number(values.records));
const thresholds = new Map(model.facts.kinds.map(({ name, threshold }) => [name, threshold]));

let best = await measure();
console.log('before', report(best));
for (const name of thresholds.keys()) {
  const before = thresholds.get(name) ?? 0.5;
  let chosen = before;
  const curve: string[] = [];
  for (const value of grid) {
    thresholds.set(name, value);
    const found = await measure();
    curve.push(`${value} ${score(found).toFixed(4)}`);
    if (score(found) > score(best) + 1e-5) [best, chosen] = [found, value];
  }
  thresholds.set(name, chosen);
  console.log(name.padEnd(13), curve.join('  '), `-> ${chosen}`);
}
console.log('after', report(best));
if (values.write) {
  const file = join(installation.detector, 'detector.json');
  const facts = JSON.parse(readFileSync(file, 'utf8')) as { thresholds: unknown };
  writeFileSync(
    file,
    `${JSON.stringify({ ...facts, thresholds: Object.fromEntries(thresholds) }, null, 2)}\n`,
  );
}

async function readRows(data: string, most: number): Promise<Row[]> {
  const script = join(root, 'build', 'detector', 'records.py');
  const output = execFileSync('python3', [script, '--data', data], { maxBuffer: 2 ** 28, encoding: 'utf8' });
  const made: Row[] = [];
  const taken = new Map<string, number>();
  for (const line of output.trimEnd().split('\n')) {
    const { set, text, spans, ignored } = JSON.parse(line) as {
      set: string;
      text: string;
      spans: [number, number, unknown][];
      ignored: [number, number][];
    };
    const count = taken.get(set) ?? 0;
    if (count >= most) continue;
    taken.set(set, count + 1);
    // Offsets of the sets are code points.
    const units = unitsOf(text);
    const range = ([start, end]: readonly [number, number, ...unknown[]]): Range => [
      units[start] ?? text.length,
      units[end] ?? text.length,
    ];
    const words: TaggedWord[] = [];
    const keep = async (read: string) => {
      words.push(...(await model.read(read)));
      return words;
    };
    await detector.detectWith({ ...model, read: keep }, text);
    made.push({ set, text, gold: spans.map(range), ignored: ignored.map(range), words });
  }
  return made;
}

function unitsOf(text: string): number[] {
  const units: number[] = [];
  let at = 0;
  for (const character of text) {
    units.push(at);
    at += character.length;
  }
  return [...units, at];
}

/** Counts by set, with the thresholds of now. */
async function measure(): Promise<Found> {
  const facts = {
    ...model.facts,
    kinds: model.facts.kinds.map((kind) => ({ ...kind, threshold: thresholds.get(kind.name) ?? 0.5 })),
  };
  const bySet = new Map<string, Counts>();
  let [marked, written] = [0, 0];
  for (const { set, text, gold, ignored, words } of rows) {
    const marks = await detector.detectWith({ ...model, facts, read: () => Promise.resolve(words) }, text);
    const kept = marks.filter(({ kind }) => !namesOnly.has(set) || names.has(kind));
    const counts = countMarks(
      text,
      gold,
      ignored,
      kept.map(({ start, end }) => [start, end]),
    );
    bySet.set(set, sum(bySet.get(set), counts));
    if (gold.length + ignored.length > 0) continue;
    marked += kept.length;
    written += text.trim().split(/\s+/u).length;
  }
  return { bySet, loose: (1000 * marked) / Math.max(1, written) };
}

function score({ bySet, loose }: Found): number {
  const all = [...bySet.values()].map((counts) => (fMeasure(counts, 1) + fMeasure(counts, 2)) / 2);
  return all.reduce((a, b) => a + b, 0) / all.length - price * loose;
}

function report(found: Found): string {
  const { bySet, loose } = found;
  const each = [...bySet].map(
    ([set, counts]) => `${set} ${fMeasure(counts, 1).toFixed(3)}/${fMeasure(counts, 2).toFixed(3)}`,
  );
  return `${score(found).toFixed(4)}: ${each.join('  ')}  false marks ${loose.toFixed(1)} in 1,000 words`;
}
