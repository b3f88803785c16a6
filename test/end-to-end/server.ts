/** The real server on the default pack, for as long as a test lasts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import * as interop from '../interop/sotto-server.ts';
import type { TestServer, TestServerOptions } from '../interop/sotto-server.ts';
import { defaultPack } from './sotto.ts';

export interface RunningServer extends TestServer {
  readonly dataDir: string;
}

/** With a `dataDir` of the test's own, that folder is kept; else a temporary one goes with the test. */
export async function startServer(
  options: Partial<Omit<TestServerOptions, 'pack'>> = {},
): Promise<RunningServer> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'sotto-server-data-')));
  const server = await interop.startServer({ ...options, pack: defaultPack, dataDir });
  onTestFinished(async () => {
    await server.kill();
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  });
  return { ...server, dataDir };
}
