import { fork } from 'node:child_process';
import type { ChildLike } from './run-child.ts';

/** Starts a child under Node. The secret travels on its IPC channel. */
export function forkNode(file: string): ChildLike {
  const child = fork(file, [], { execArgv: [], stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  return {
    // A failed send (the child is already gone) shows as its exit.
    send: (message) => void child.send(message, () => undefined),
    onMessage: (listener) => void child.once('message', listener),
    onExit(listener) {
      child.once('error', listener);
      child.once('exit', listener);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
