import { bundledServerName } from '../../app/contract/servers.ts';
import { t } from '../language/t.svelte.ts';
import { session } from './session.svelte.ts';

/** What the user calls a server. @param name its name or its address, or how the services name the bundled one. */
export function serverNamed(name: string): string {
  const own = session.servers.find((server) => server.name === name || server.address === name);
  if (own) return own.name;
  return name === bundledServerName ? t('frame.bundledServer') : name;
}
