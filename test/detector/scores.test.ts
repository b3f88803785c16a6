/** No change may make detection worse: scores on development sets against those that are committed. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '..', '..');
const shared = join(root, '..', 'shared');
const wanted = ['data/pii', 'data/dialogue', 'tools/score_spans.py'];
const missing = wanted.filter((path) => !existsSync(join(shared, path)));
if (missing.length > 0) console.log(`skipped: ../shared has no ${missing.join(', ')}`);

/** How much a score may be below the committed one. */
const slack = 0.01;

type Scores = Readonly<Record<string, Readonly<Record<string, number>>>>;

describe.skipIf(missing.length > 0)('detection on the development sets', () => {
  const committed = JSON.parse(
    readFileSync(join(root, 'build', 'detector', 'scores.json'), 'utf8'),
  ) as Scores;
  let scores: Scores;

  beforeAll(() => {
    const script = join(root, 'build', 'detector', 'score.py');
    const output = execFileSync('python3', [script, '--node', process.execPath], { encoding: 'utf8' });
    scores = JSON.parse(output) as Scores;
  }, 600_000);

  it('scores the sets that are committed', () => {
    expect(Object.keys(scores)).toEqual(Object.keys(committed));
  });

  it.each(Object.keys(committed))('%s: finds as much, and is as often right', (set) => {
    for (const measure of ['F1', 'F2']) {
      expect(scores[set]?.[measure], measure).toBeGreaterThan((committed[set]?.[measure] ?? 1) - slack);
    }
    expect(scores[set]?.['leak']).toBeLessThan((committed[set]?.['leak'] ?? 0) + slack);
  });
});
