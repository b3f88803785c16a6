/**
 * Benchmarks: `npm run bench -- NAME [--json] [--runs N] [--threads N] [--quick] [--peer]`, `--list` for the names.
 *
 * With --json one object on standard output: `machine`, and `rows` with name, unit, median, min, max, runs; where a
 * benchmark has more to say, `details`. Of a failure it is the object that docs/cli.md describes, but for an interrupt:
 * that one the command line tells, which may have ended this program before it could. Progress goes to standard error.
 */
import { parseArgs } from 'node:util';
import { Failure } from '../../app/failure/failure.ts';
import { exitCodeOf } from '../../main/cli/exit-code.ts';
import { print } from '../../main/cli/print.ts';
import { describeMachine } from './machine.ts';
import type { Benchmark, Row } from './row.ts';
import { answer24 } from './answer.ts';
import { application } from './app.ts';
import { detection } from './detect.ts';
import { gpt2Attention } from './gpt2-attention.ts';
import { lattice } from './lattice.ts';

const benchmarks: readonly Benchmark[] = [lattice, gpt2Attention, answer24, application, detection];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    peer: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    runs: { type: 'string', default: '7' },
    threads: { type: 'string', default: '2' },
  },
});

function usage(message: string): never {
  console.error(message);
  console.error(
    `Usage: npm run bench -- NAME [--json] [--runs N] [--threads N] [--quick] [--peer]\n${listing()}`,
  );
  const names = benchmarks.map((benchmark) => benchmark.name).join(', ');
  tellScript(new Failure('usage', message, { next: `Benchmarks: ${names}.` }));
  process.exit(2);
}

function tellScript({ code, message, next }: Failure): void {
  if (values.json) print(true, { error: { code, message, next: next ?? null } }, () => '');
}

function listing(): string {
  return benchmarks.map((benchmark) => `  ${benchmark.name.padEnd(16)} ${benchmark.about}`).join('\n');
}

if (values.list) {
  print(values.json, { benchmarks: benchmarks.map(({ name, about }) => ({ name, about })) }, listing);
  process.exit(0);
}
const chosen = benchmarks.find((benchmark) => benchmark.name === positionals[0]);
if (!chosen)
  usage(positionals[0] === undefined ? 'Which benchmark?' : `There is no benchmark '${positionals[0]}'.`);
const runs = wholeNumber('--runs', values.runs, 1000);
const threads = wholeNumber('--threads', values.threads, 256);

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    // A benchmark that listens ends its programs and removes its files; the others are ended.
    stop.abort();
    setTimeout(() => process.exit(130), 3000).unref();
  });
}
// As of every command: a table whose reader has had enough is no failure, an object that nobody took is one.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exitCode = values.json ? 130 : 0;
  else process.exitCode = 5;
});
const measured = await chosen
  .run({
    runs,
    threads,
    quick: values.quick,
    peer: values.peer,
    progress: (text) => console.error(text),
    signal: stop.signal,
  })
  .catch((error: unknown) => {
    if (stop.signal.aborted) process.exit(130);
    console.error(error instanceof Error ? error.message : String(error));
    if (error instanceof Failure) tellScript(error);
    process.exit(exitCodeOf(error));
  });
if (stop.signal.aborted) process.exit(130);
const { rows, ...rest } = 'rows' in measured ? measured : { rows: measured };
if (values.json) console.log(JSON.stringify({ machine: describeMachine(), rows, ...rest }, null, 2));
else console.log(table(rows));

function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    usage(`${option} must be a whole number from 1 to ${most}.`);
  return value;
}

function table(measured: readonly Row[]): string {
  const lines = measured.map((row) => [
    row.name,
    row.unit,
    ...[row.median, row.min, row.max].map((value) =>
      Number.isInteger(value) ? String(value) : value.toFixed(3),
    ),
    String(row.runs),
    row.share === undefined ? '' : `${(100 * row.share).toFixed(0)} %`,
  ]);
  const header = ['name', 'unit', 'median', 'min', 'max', 'runs', 'of floor'];
  const widths = header.map((title, i) =>
    Math.max(title.length, ...lines.map((line) => line[i]?.length ?? 0)),
  );
  return [header, ...lines]
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
