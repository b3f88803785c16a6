/**
 * Asks the Secret Service (freedesktop.org, version 0.2) whether an entry is there, without a prompt: none of
 * the three questions below needs an unlocked collection or opens a session, so none can put a window up.
 *
 * Through GLib's `gdbus` (docs/adr/0003-keychain-probe.md). Whatever it says that is not understood counts
 * as unavailable: only a clear answer may lead to the creation of a key.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { redact } from '../../../app/failure/redact.ts';
import { locked, unavailable } from './keychain.ts';
import type { KeychainRefusal, Presence } from './keychain.ts';

const execute = promisify(execFile);
const destination = 'org.freedesktop.secrets';
const root = '/org/freedesktop/secrets';
/** Includes the start of the daemon by D-Bus activation. */
const replyLimitSeconds = 10;

/** The attributes are those that `@napi-rs/keyring` stores an entry under. */
export async function probeSecretService(service: string, account: string): Promise<Presence> {
  try {
    const attributes = `{'service': ${quoted(service)}, 'username': ${quoted(account)}}`;
    const items = parseSearch(await call(root, 'org.freedesktop.Secret.Service.SearchItems', attributes));
    if (items.unlocked > 0) return { state: 'found' };
    if (items.locked > 0) return locked('The keyring that holds the key is locked.').refused();

    const collection = parseObjectPath(
      await call(root, 'org.freedesktop.Secret.Service.ReadAlias', 'default'),
    );
    if (collection === '/') return noDefaultCollection().refused();
    const property = ['org.freedesktop.Secret.Collection', 'Locked'];
    const closed = parseBoolean(await call(collection, 'org.freedesktop.DBus.Properties.Get', ...property));
    return closed ? locked('The keyring is locked.').refused() : { state: 'absent' };
  } catch (error) {
    return refusalFor(error).refused();
  }
}

export function noDefaultCollection(): KeychainRefusal {
  return unavailable(
    'The keychain has no default keyring that could hold a key.',
    'Create a default keyring in the keyring manager (logging in to the desktop once does so as well), or pass --ephemeral-keys for keys that last one run.',
  );
}

/** One method call; resolves with what `gdbus` prints, a tuple in GVariant's text format. */
async function call(objectPath: string, method: string, ...args: string[]): Promise<string> {
  const { stdout } = await execute(
    'gdbus',
    [
      ...['call', '--session', '--timeout', String(replyLimitSeconds)],
      ...['--dest', destination, '--object-path', objectPath, '--method', method, ...args],
    ],
    { timeout: (replyLimitSeconds + 2) * 1000, killSignal: 'SIGKILL', maxBuffer: 1 << 20 },
  );
  return stdout.trim();
}

/** A string literal in GVariant's text format. */
export function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** `([objectpath '/a', '/b'], @ao [])` -> how many items are unlocked, how many locked. */
export function parseSearch(reply: string): { unlocked: number; locked: number } {
  const paths = String.raw`(?:@ao \[\]|\[(?:objectpath )?'[\w/]+'(?:, (?:objectpath )?'[\w/]+')*\])`;
  const match = new RegExp(`^\\((${paths}), (${paths})\\)$`).exec(reply);
  if (!match) throw new NotUnderstood(reply);
  const count = (list: string | undefined) => list?.match(/'/g)?.length ?? 0;
  return { unlocked: count(match[1]) / 2, locked: count(match[2]) / 2 };
}

/** `(objectpath '/a',)` -> `/a`. */
export function parseObjectPath(reply: string): string {
  const path = /^\(objectpath '([\w/]+)',\)$/.exec(reply)?.[1];
  if (path === undefined) throw new NotUnderstood(reply);
  return path;
}

/** `(<true>,)` -> `true`. */
export function parseBoolean(reply: string): boolean {
  const value = /^\(<(true|false)>,\)$/.exec(reply)?.[1];
  if (value === undefined) throw new NotUnderstood(reply);
  return value === 'true';
}

class NotUnderstood extends Error {
  constructor(reply: string) {
    super(`an answer that was not understood: ${reply.slice(0, 200)}`);
  }
}

function refusalFor(error: unknown): KeychainRefusal {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return unavailable(
      'The keychain cannot be asked: the program gdbus, a part of GLib, is not installed.',
      'Install it (Debian and Ubuntu: apt install libglib2.0-bin), or pass --ephemeral-keys for keys that last one run.',
    );
  }
  const said = redact(reasonOf(error).slice(0, 300));
  return unavailable(`There is no keychain here that answers${said ? ` (${said})` : ''}.`);
}

/** The last line that the program wrote to standard error, or what could not be understood of its answer. */
function reasonOf(error: unknown): string {
  if (error instanceof NotUnderstood) return error.message;
  if (!(error instanceof Error && 'stderr' in error)) return '';
  return String(error.stderr).trim().split('\n').at(-1) ?? '';
}
