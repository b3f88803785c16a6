import { fork } from 'node:child_process';
import type { HostServices } from '../../app/contract/contract.ts';
import { installation } from '../installation/installation.ts';

/** One keychain call in a child process that is killed at its limit; `null` when it did not answer. */
export const runKeychainChild: HostServices['host']['keychain'] = ({ request, limitMs }, signal) =>
  new Promise((resolve) => {
    const child = fork(installation.entry('keychain-child'), [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    let answer: string | null = null;
    const kill = () => void child.kill('SIGKILL');
    const limit = setTimeout(kill, limitMs);
    signal.addEventListener('abort', kill, { once: true });
    const finish = () => {
      clearTimeout(limit);
      signal.removeEventListener('abort', kill);
      resolve({ answer });
    };
    child.once('message', (reply) => {
      answer = JSON.stringify(reply);
      kill();
    });
    child.once('error', finish);
    child.once('exit', finish);
    child.send(JSON.parse(request) as object, () => undefined);
  });
