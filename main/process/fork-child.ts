import { fork } from 'node:child_process';
import { installation } from '../installation/installation.ts';
import type { ChildPort } from './child-port.ts';

/**
 * The services in a child process of Node. Its standard error is the caller's; it prints nothing else.
 * @param entry for tests; the services' process by default.
 */
export function forkChild(entry = installation.entry('services-process')): ChildPort {
  const child = fork(entry, [], {
    // The structured clone of page messages, as Electron's channels do it: NaN stays NaN.
    serialization: 'advanced',
    // Errors of both name places in the same files.
    execArgv: process.sourceMapsEnabled ? ['--enable-source-maps'] : [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  let ended = false;
  const onExit: (() => void)[] = [];
  const end = () => {
    if (ended) return;
    ended = true;
    for (const listener of onExit) listener();
  };
  child.once('exit', end);
  // Without a process there is no exit; an error of a message or a signal is followed by one.
  child.once('error', () => {
    if (child.pid === undefined) end();
  });
  return {
    post(message) {
      // A failed send means that the child is gone.
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => child.on('message', listener),
    onExit: (listener) => onExit.push(listener),
    kill: () => child.kill('SIGKILL'),
  };
}
