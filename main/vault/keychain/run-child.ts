/**
 * Runs one keychain call in a child process. With an unlock prompt on the screen the call hangs inside the addon: an
 * AbortSignal does nothing and even process.exit() waits for it. A child can be killed. The parent never loads the
 * addon.
 *
 * A host calls it with its own way to start a process:
 *
 *     host.keychain = ({ request, limitMs }) => runKeychainChild(forkNode, request, limitMs)     // under Node
 *     host.keychain = ({ request, limitMs }) => runKeychainChild(forkUtility, request, limitMs)  // under Electron
 */
import { installation } from '../../installation/installation.ts';
import type { KeyringReply } from './call.ts';

/** A process that was just started, and its channel. */
export interface ChildLike {
  /** A message to its parent port; one that cannot be sent any more shows as the child's end. */
  send(message: string): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once it is gone, or could not be started. */
  onExit(listener: () => void): void;
  /** At once, whatever it is doing: SIGKILL where there are signals. */
  kill(): void;
}

/** Starts a file as a process whose channel carries messages, with nothing in its arguments or environment. */
export type Fork = (file: string) => ChildLike;

/** The longest that a host waits, whoever asks. Milliseconds. */
const longestMs = 120_000;
/** Longer than any request that Sotto makes. */
const maxRequestLength = 100_000;

/** As `KeychainRunner`. */
export function runKeychainChild(fork: Fork, request: string, limitMs: number): Promise<string | null> {
  if (request.length > maxRequestLength) return Promise.resolve(null);
  return new Promise((resolve) => {
    const child = fork(installation.entry('keychain-child'));
    let outcome: string | null = null;
    const limit = setTimeout(
      () => {
        outcome = JSON.stringify({ ok: false, at: 'limit', reason: '' } satisfies KeyringReply);
        child.kill();
      },
      Math.min(Math.max(limitMs, 0), longestMs),
    );
    child.onMessage((answer) => {
      if (typeof answer === 'string') outcome = answer;
      child.kill();
    });
    child.onExit(() => {
      clearTimeout(limit);
      resolve(outcome);
    });
    child.send(request);
  });
}
