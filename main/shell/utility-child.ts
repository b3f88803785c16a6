/** Processes of Node without a window, which end with the application: the services, and each keychain call. */
import type { ChildPort } from '../process/child-port.ts';
import type { ChildLike } from '../vault/keychain/run-child.ts';
import type { ShellElectron } from './electron.ts';

type UtilityElectron = Pick<ShellElectron, 'utilityProcess'>;

/** @param kill for tests; a signal that no process can catch. */
export function forkServices(
  electron: UtilityElectron,
  path: string,
  kill: (pid: number) => void = killAtOnce,
): ChildPort {
  return fork(electron, path, 'Sotto services', kill);
}

/** The request may hold the root key: it goes over the pipe, never into arguments or environment. */
export function forkKeychain(
  electron: UtilityElectron,
  path: string,
  kill: (pid: number) => void = killAtOnce,
): ChildLike {
  const child = fork(electron, path, 'Sotto keychain', kill);
  return { ...child, send: (message) => child.post(message) };
}

function fork(
  { utilityProcess }: UtilityElectron,
  path: string,
  serviceName: string,
  kill: (pid: number) => void,
): ChildPort {
  const child = utilityProcess.fork(path, [], {
    serviceName,
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  let ended = false;
  const onExit: (() => void)[] = [];
  child.once('exit', () => {
    ended = true;
    for (const listener of onExit) listener();
  });
  return {
    post(message) {
      if (!ended) child.postMessage(message);
    },
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => void onExit.push(listener),
    kill() {
      if (ended) return;
      // Electron's own way asks with SIGTERM, upon which the services would finish what they do. Before there is a
      // process it is the only way.
      if (child.pid === undefined) child.kill();
      else kill(child.pid);
    },
  };
}

function killAtOnce(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
