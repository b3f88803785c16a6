/**
 * Where a profile keeps its files. Nothing here is secret by itself: the root key lives in the OS keychain,
 * and what is private on disk is encrypted under it.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';

export interface Profile {
  readonly name: string;
  /** Vault state and counter, pinned servers. Created by whoever writes first, with mode 0700. */
  readonly dir: string;
  /** Packs that the user installed. */
  readonly packsDir: string;
  /** What a bundled server keeps: its certificate, the evaluation keys uploaded to it, and encoded weights. */
  readonly bundledServerDir: string;
  readonly pinsFile: string;
}

/** `SOTTO_HOME` wins; else the platform's place for application data. */
export function profileHome(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env['SOTTO_HOME']) return env['SOTTO_HOME'];
  if (platform === 'darwin') return join(homedir(), 'Library', 'Application Support', 'Sotto');
  if (platform === 'win32') return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Sotto');
  return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'sotto');
}

export function openProfile(name = 'default', home = profileHome()): Profile {
  const dir = join(home, 'profiles', name);
  return {
    name,
    dir,
    packsDir: join(home, 'packs'),
    bundledServerDir: join(dir, 'bundled-server'),
    pinsFile: join(dir, 'pinned-servers.json'),
  };
}
