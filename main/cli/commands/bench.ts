import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { Failure } from '../../../app/failure/failure.ts';
import type { CommandContext } from '../context.ts';

const runner = join(import.meta.dirname, '..', '..', '..', 'test', 'bench', 'run.ts');

export function registerBench(program: Command, context: CommandContext): void {
  program
    .command('bench')
    .description('measure this machine; prints medians with their spread')
    .argument('[name]', 'which benchmark')
    .option('--json', 'one JSON object: machine, rows')
    .option('--list', 'the names of the benchmarks')
    .option('--runs <n>', 'repetitions (7)')
    .option('--threads <n>', 'threads of the server, where the benchmark can choose (2)')
    .option('--quick', 'leave out what takes long: of lattice, the matrices of Llama')
    .option('--peer', 'lattice: install other libraries under native/target and measure them as well')
    .action(async (_name: string | undefined, _options: unknown, command: Command) => {
      // The benchmarks are no part of an installation: they compare with references that tests use.
      if (!existsSync(runner)) throw new Failure('usage', 'Benchmarks run in a checkout only.');
      const args = command.parent?.args.slice(1) ?? [];
      context.signal.throwIfAborted();
      const child = spawn(process.execPath, [runner, ...args], { stdio: 'inherit' });
      context.signal.addEventListener('abort', () => child.kill('SIGTERM'));
      const code = await new Promise<number>((resolve) => child.on('exit', (exit) => resolve(exit ?? 1)));
      // One that was ended while it was still being loaded could not say so. A result that was out before stays the only one.
      if (context.signal.aborted && code !== 0) throw new Failure('cancelled', 'Stopped.');
      process.exitCode = context.signal.aborted ? 130 : code;
    });
}
