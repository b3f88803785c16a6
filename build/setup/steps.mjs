/**
 * Runs the steps of a set-up one after the other, and says which one it is at, how long it took, and, when
 * one fails, what to do. Plain JavaScript for Node 20: it runs before anything is installed.
 */
import { spawn } from 'node:child_process';

/** A step that cannot go on; `next` is what the person at the keyboard should do. */
export class StepFailure extends Error {
  constructor(message, next) {
    super(message);
    this.next = next;
  }
}

/**
 * @param {string} title
 * @param {{name: string, run: () => Promise<string | void>}[]} steps each returns a short note ("already done")
 */
export async function runSteps(title, steps) {
  console.log(title);
  for (const [index, step] of steps.entries()) {
    const label = `[${index + 1}/${steps.length}] ${step.name}`;
    console.log(`${label} ...`);
    const began = Date.now();
    try {
      const note = await step.run();
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      console.log(`${label}: ${note ?? 'done'} (${seconds} s)`);
    } catch (error) {
      console.error(`${label}: FAILED`);
      console.error(`  ${error instanceof Error ? error.message : error}`);
      if (error instanceof StepFailure && error.next) console.error(`  Next: ${error.next}`);
      process.exit(1);
    }
  }
}

/**
 * Runs a program with its output on ours. Rejects with the exit code in the message.
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, quiet?: boolean, next?: string}} [options] `quiet` shows
 *   the output only when the program fails
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env ?? process.env,
      stdio: ['ignore', options.quiet ? 'pipe' : 'inherit', options.quiet ? 'pipe' : 'inherit'],
    });
    const kept = [];
    child.stdout?.on('data', (data) => kept.push(data));
    child.stderr?.on('data', (data) => kept.push(data));
    child.on('error', (error) =>
      reject(new StepFailure(`${command} could not be started: ${error.message}`, options.next)),
    );
    child.on('exit', (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(kept).toString());
      if (options.quiet) process.stderr.write(Buffer.concat(kept));
      reject(
        new StepFailure(`${command} ${args.join(' ')} ended with ${signal ?? `code ${code}`}`, options.next),
      );
    });
  });
}
