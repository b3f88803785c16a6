import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { meanings } from '../../build/performance/meanings.ts';
import { renderPage } from '../../build/performance/page.ts';
import { drawPlot } from '../../build/performance/plot.ts';
import type { Plot } from '../../build/performance/plot.ts';
import { latticeReport } from './lattice/report.ts';

const root = join(import.meta.dirname, '..', '..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const report = v.parse(latticeReport, JSON.parse(read('docs/performance/lattice.json')));

describe('docs/performance.md', () => {
  it('is what the script makes of the committed report', async () => {
    const files = await renderPage(report);
    for (const [path, text] of files) expect(read(path), path).toBe(text);
    const pictures = readdirSync(join(root, 'docs/performance')).map((name) => `docs/performance/${name}`);
    expect(pictures.sort()).toEqual(
      [...files.keys()].filter((path) => path.includes('/performance/')).sort(),
    );
  });

  it('says what every row means', () => {
    const unexplained = report.rows.filter(({ name }) => !meanings.some(({ pattern }) => pattern.test(name)));
    expect(unexplained.map(({ name }) => name)).toEqual([]);
  });

  it('shows the steps where the engine tells their times', async () => {
    const stages = [
      { name: 'expansion', ms: 0.15 },
      { name: 'giants', ms: 0.5 },
    ];
    const matrices = report.details.gpt2_matrices.map((matrix) => ({ ...matrix, stages }));
    const files = await renderPage({ ...report, details: { ...report.details, gpt2_matrices: matrices } });
    expect(files.get('docs/performance.md')).toMatch(/\| qkv +\| 150 +\| 500 +\| 650 +\|/);
  });

  it('says so where there were fewer than seven runs', async () => {
    const page = async (runs: number) => {
      const files = await renderPage({ ...report, details: { ...report.details, runs } });
      return files.get('docs/performance.md');
    };
    expect(await page(3)).toContain('Seven runs: this report has 3.');
    expect(await page(7)).not.toContain('Seven runs');
  });

  it('says so where the processor was busy', async () => {
    const page = async (before: number) => {
      const files = await renderPage({
        ...report,
        details: { ...report.details, load: { before, cores: 2 } },
      });
      return files.get('docs/performance.md');
    };
    expect(await page(1.8)).toContain('Other programs wanted the processor');
    expect(await page(0.1)).not.toContain('Other programs wanted the processor');
  });
});

describe('a plot', () => {
  const plot: Plot = {
    title: 'a <b> & c',
    x: { title: 'rows', scale: 'log', ticks: [1, 10] },
    y: { title: 'ms', scale: 'linear' },
    series: [
      { name: 'measured', points: [{ x: 1, y: 90, low: 80, high: 100 }] },
      { name: 'floor', points: [{ x: 10, y: 0 }], dashed: true },
    ],
  };

  it('places points by its scales and escapes text', () => {
    const svg = drawPlot(plot);
    // The left end and nine tenths of the height of the area; the right end and its bottom.
    expect(svg).toContain('<circle cx="76" cy="44.4" r="4.5"/>');
    expect(svg).toContain('d="M700 300"');
    expect(svg).toContain('a &lt;b> &amp; c');
    expect(svg).toContain('prefers-color-scheme:dark');
  });

  it('refuses what it has no place for', () => {
    expect(() => drawPlot({ ...plot, series: [] })).toThrow(RangeError);
    const zero = [{ name: 'zero', points: [{ x: 0, y: 1 }] }];
    expect(() => drawPlot({ ...plot, series: zero })).toThrow(/no place on a logarithmic axis/);
  });
});
