#!/usr/bin/env node
/** The command line. docs/cli.md describes what scripts may rely on. */
import { Command, CommanderError } from 'commander';
import { Failure } from '../../app/failure/failure.ts';
import { version } from '../installation/version.ts';
import { registerAsk } from './commands/ask.ts';
import { registerBench } from './commands/bench.ts';
import { registerDetect } from './commands/detect.ts';
import { registerDoctor } from './commands/doctor.ts';
import { registerKeys } from './commands/keys.ts';
import { registerPacks } from './commands/packs.ts';
import { registerScore } from './commands/score.ts';
import { exitCodeOf } from './exit-code.ts';
import { watchInterruptions } from './interruption.ts';
import { print } from './print.ts';
import { openTerminal } from './terminal.ts';

/** Looked for in the arguments themselves: where they are wrong no command has read its options. */
const json = process.argv.includes('--json');
const interruption = watchInterruptions({ json });
const { signal } = interruption;
const terminal = openTerminal(signal);

const program = new Command('sotto')
  .description(
    'An assistant that you can tell a secret: protected words leave this machine only as ciphertext.',
  )
  .version(version)
  .showHelpAfterError('(--help shows the options)')
  .exitOverride()
  .addHelpText(
    'after',
    '\nExit codes: 0 done, 1 a check of doctor failed, or a defect of Sotto, 2 usage, 3 refused (would leak, not\n' +
      'confirmed, or the key store is locked), 4 server or network, 5 pack or data, 6 integrity failure, 130 interrupted.\n' +
      'SOTTO_HOME moves the profile to another folder.',
  );

const context = { terminal, signal };
registerAsk(program, context);
registerDetect(program, context);
registerScore(program, context);
registerKeys(program, context);
registerPacks(program, context);
registerDoctor(program, context);
registerBench(program, context);

try {
  await program.parseAsync();
} catch (error) {
  terminal.clear();
  // What failed before the output was lost has set its code.
  if (interruption.isLostOutput(error)) process.exitCode ??= exitCodeOf(error);
  else process.exitCode = report(error);
}

/** Says on standard error what went wrong and what to do next, with --json also as an object; returns the exit code. */
function report(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version are what was asked for; of wrong arguments standard error has been told.
    if (error.exitCode === 0) return 0;
    const message =
      error.code === 'commander.help'
        ? 'There is no such command.'
        : error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    const failure = new Failure('usage', message, { next: '--help shows the options.' });
    reportObject(failure);
    return exitCodeOf(failure);
  }
  if (error instanceof Failure) {
    process.stderr.write(`${error.message}\n`);
    if (error.next !== undefined) process.stderr.write(`${error.next}\n`);
    reportObject(error);
  } else {
    const detail = process.env['SOTTO_DEBUG'] && error instanceof Error ? error.stack : undefined;
    process.stderr.write('Sotto failed in a way it did not expect. Nothing more was sent.\n');
    process.stderr.write(`${detail ?? 'Set SOTTO_DEBUG=1 to see where.'}\n`);
  }
  return exitCodeOf(error);
}

function reportObject({ code, message, next }: Failure): void {
  if (!json) return;
  print(true, { error: { code, message, next: next ?? null } }, () => '');
}
