/**
 * A command that is asked to stop and takes its time over it: `node interrupted.fixture.ts`. It prints a line for each
 * signal that did not end it, and ends with its standard input.
 */
import { writeSync } from 'node:fs';
import { watchInterruptions } from './interruption.ts';

const { signal } = watchInterruptions();
for (const name of ['SIGINT', 'SIGHUP'] as const) {
  process.on(name, () => writeSync(1, `${name}, ${signal.aborted ? 'stopping' : 'going on'}\n`));
}
process.stdin.resume();
process.stdin.once('end', () => process.exit(0));
writeSync(1, 'started\n');
