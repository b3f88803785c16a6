/**
 * Runs a program of Sotto on the Node that the set-up brought: `node build/setup/with-node.mjs FILE [ARGUMENT ...]`.
 *
 * In a script that sets up first, `node FILE` would be the Node from before: the shell has looked that up by then. Ends as
 * the program ends. Plain JavaScript for Node 20.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { broughtNode } from './brought-node.mjs';

const child = spawn(existsSync(broughtNode) ? broughtNode : process.execPath, process.argv.slice(2), {
  stdio: 'inherit',
});
// A terminal interrupts the whole group; what is sent to this process alone is passed on.
process.on('SIGINT', () => {});
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(`Node could not be started: ${error.message}`);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
