import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { executable } from './engine.ts';
import { alwaysThere, latticeReport, notQuick, ofPeers, ofTheProgram } from './report.ts';

const committed = join(import.meta.dirname, '..', '..', '..', 'docs', 'performance', 'lattice.json');
const report = v.parse(latticeReport, JSON.parse(readFileSync(committed, 'utf8')));
const names = report.rows.map(({ name }) => name);

describe('the committed report of bench lattice', () => {
  it('has every row that scripts rely on, once', () => {
    expect(names).toEqual(expect.arrayContaining([...alwaysThere]));
    expect(new Set(names).size).toBe(names.length);
  });

  it('says why where a row is missing that needs more time or more than the engine', () => {
    const notes = report.details.notes.join('\n');
    for (const name of [...notQuick, ...ofTheProgram])
      if (!names.includes(name)) expect(notes).toContain(name);
    for (const name of ofPeers)
      if (!names.includes(name)) expect(notes).toMatch(/other libraries|concrete|tenseal/);
  });

  it('has the names of the command line’s contract', () => {
    const known: readonly string[] = [...alwaysThere, ...notQuick, ...ofTheProgram, ...ofPeers];
    expect(known).toEqual(
      expect.arrayContaining([
        'gpt2-all-1row',
        'gpt2-attention-1row',
        'gpt2-all-16rows',
        'gpt2-all-64rows',
        'llama1b-all-1row',
        'llama1b-attention-1row',
        'client-token',
        'bytes-all',
        'bytes-attention',
        'key-bytes',
        'bytes-per-weight',
        'wrong-outputs',
        'failure-log2',
        'answer-overhead',
        'peer-qkv',
        'peer-ratio-qkv',
        'peer-exact-share',
      ]),
    );
  });

  it('compared ten million outputs, and none was wrong', () => {
    const wrong = report.rows.find(({ name }) => name === 'wrong-outputs');
    expect(wrong).toMatchObject({ median: 0, unit: `of ${report.details.outputs_compared}` });
    expect(report.details.outputs_compared).toBeGreaterThanOrEqual(1e7);
  });

  it('has medians between their extremes, and shares of them', () => {
    for (const row of report.rows) {
      expect(row.median, row.name).toBeGreaterThanOrEqual(row.min);
      expect(row.median, row.name).toBeLessThanOrEqual(row.max);
      if (row.floor !== undefined) expect(row.share, row.name).toBeCloseTo(row.floor / row.median, 9);
    }
  });

  it('is over 1, 4, 16 and 64 rows', () => {
    const own = report.details.gpt2_rows.filter(({ threads }) => threads === report.details.threads);
    expect(own.map(({ rows }) => rows)).toEqual([1, 4, 16, 64]);
  });
});

describe('the shape of a report', () => {
  it('refuses one without a machine, or with a row that lacks a number', () => {
    const { machine: _, ...rest } = report;
    expect(v.is(latticeReport, rest)).toBe(false);
    expect(v.is(latticeReport, { ...report, rows: [{ ...report.rows[0], median: '1' }] })).toBe(false);
  });
});

describe('the program that cargo built', () => {
  it('is found among the messages of a build', () => {
    const lines = [
      { reason: 'compiler-artifact', target: { name: 'lattice', kind: ['lib'] }, executable: null },
      { reason: 'compiler-artifact', target: { name: 'bench', kind: ['example'] }, executable: '/t/bench' },
      { reason: 'build-finished', success: true },
    ];
    expect(executable(lines.map((line) => JSON.stringify(line)).join('\n'))).toBe('/t/bench');
    expect(() => executable('')).toThrow('cargo did not say');
  });
});
