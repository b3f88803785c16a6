/**
 * Benchmarks: `npm run bench -- NAME [--json] [--runs N]`, `--list` for the names.
 *
 * With --json one object on standard output: `machine`, and `rows` with name, unit, median, min, max, runs.
 */
import { parseArgs } from 'node:util';
import { describeMachine } from './machine.ts';
import type { Benchmark, Row } from './row.ts';
import { answer24 } from './answer.ts';
import { application } from './app.ts';
import { detection } from './detect.ts';
import { gpt2Attention } from './gpt2-attention.ts';

const benchmarks: readonly Benchmark[] = [gpt2Attention, answer24, application, detection];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    runs: { type: 'string', default: '7' },
  },
});

function usage(message: string): never {
  console.error(message);
  console.error(`Usage: npm run bench -- NAME [--json] [--runs N]\n${listing()}`);
  process.exit(2);
}

function listing(): string {
  return benchmarks.map((benchmark) => `  ${benchmark.name.padEnd(16)} ${benchmark.about}`).join('\n');
}

if (values.list) {
  console.log(listing());
  process.exit(0);
}
const chosen = benchmarks.find((benchmark) => benchmark.name === positionals[0]);
if (!chosen)
  usage(positionals[0] === undefined ? 'Which benchmark?' : `There is no benchmark '${positionals[0]}'.`);
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1 || runs > 1000)
  usage('--runs must be a whole number from 1 to 1000.');

const rows = await chosen.run({ runs, progress: (text) => console.error(text) });
if (values.json) console.log(JSON.stringify({ machine: describeMachine(), rows }, null, 2));
else console.log(table(rows));

function table(measured: readonly Row[]): string {
  const lines = measured.map((row) => [
    row.name,
    row.unit,
    ...[row.median, row.min, row.max].map((value) =>
      Number.isInteger(value) ? String(value) : value.toFixed(3),
    ),
    String(row.runs),
  ]);
  const header = ['name', 'unit', 'median', 'min', 'max', 'runs'];
  const widths = header.map((title, i) =>
    Math.max(title.length, ...lines.map((line) => line[i]?.length ?? 0)),
  );
  return [header, ...lines]
    .map((line) => line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '))
    .join('\n');
}
