/** The real server on the default pack, for as long as a test lasts. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { serverBinary } from '../../main/services/bundled-server.ts';
import { defaultPack } from './sotto.ts';

export interface RunningServer {
  readonly address: string;
  readonly port: number;
  readonly identity: string | null;
  readonly dataDir: string;
  /** Everything that it wrote to standard error. */
  log(): string;
  /** Ends it as a crash would. */
  kill(): Promise<void>;
}

export interface ServerOptions {
  readonly tls?: boolean;
  readonly tokens?: string;
  /** Kept when the test ends; without it a temporary one. */
  readonly dataDir?: string;
  readonly port?: number;
}

export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const { tls = true, port = 0 } = options;
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'sotto-server-data-')));
  const args = ['serve', '--pack', defaultPack, '--listen', `127.0.0.1:${port}`, '--data', dataDir];
  if (options.tokens !== undefined) args.push('--tokens', options.tokens);
  if (!tls) args.push('--insecure-no-tls');
  const child = spawn(serverBinary(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (data: Buffer) => (log += data.toString('utf8')));
  const exited = once(child, 'exit');
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(async () => {
    await kill();
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  });
  const first = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then(() => null),
  ]);
  if (first === null) throw new Error(`the server did not start:\n${log}`);
  const { address, identity } = JSON.parse(String(first[0])) as { address: string; identity: string | null };
  return {
    address: `${tls ? 'https' : 'http'}://${address}`,
    port: Number(address.split(':').at(-1)),
    identity,
    dataDir,
    log: () => log,
    kill,
  };
}
