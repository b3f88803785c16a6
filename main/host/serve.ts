import { resolve } from 'node:path';
import { installation } from '../installation/installation.ts';
import { version } from '../installation/version.ts';
import { openProfile } from '../services/profile.ts';
import type { Terminal } from './terminal.ts';
import { startWebHost } from './web-host.ts';

export interface ServeOptions {
  /** Holds the profiles. */
  readonly home: string;
  readonly port: number;
  /** The folder that "Install from folder" takes in a browser. */
  readonly packFolder: string | undefined;
}

/**
 * The application for a browser on this machine, until a signal ends it. The built page must be there.
 * @returns the address to open.
 */
export async function serve(options: ServeOptions, terminal: Terminal): Promise<string> {
  const host = await startWebHost({
    port: options.port,
    start: { version, profile: openProfile('default', options.home) },
    pageFolder: installation.renderer,
    packFolder: options.packFolder === undefined ? null : resolve(options.packFolder),
    terminal,
  });
  // Before the address is said: who reads it may end this process at once.
  let stops = 0;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      stops += 1;
      if (stops > 1) process.exit(130);
      void host.close().then(() => process.exit(0));
    });
  }
  terminal.event({ event: 'listening', address: host.address, token: host.token });
  return host.address;
}
