/** The real `sotto-server` as a child process of a test. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { serverBinary } from '../../main/services/bundled-server.ts';

export interface TestServer {
  /** `https://127.0.0.1:PORT`, or `http://` without TLS. */
  readonly address: string;
  readonly port: number;
  /** `sha256:HEX`; nothing without TLS. */
  readonly identity: string | undefined;
  /** Everything that it wrote to standard error. */
  log(): string;
  /** Stands still, with its connections open, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends it as a crash would. Safe to repeat. */
  kill(): Promise<void>;
}

export interface TestServerOptions {
  readonly pack: string;
  readonly dataDir: string;
  readonly tokens?: string;
  readonly tls?: boolean;
  /** Without it a free one. */
  readonly port?: number;
  /** Evaluation keys that it keeps for an account. */
  readonly maxKeys?: number;
}

/** Whether there is a server to test with; `npm run setup` builds it, `SOTTO_SERVER_BINARY` names another. */
export const hasServer = existsSync(serverBinary());
if (!hasServer) console.warn(`skipped: ${serverBinary()} is not built (npm run setup)`);

export async function startServer(options: TestServerOptions): Promise<TestServer> {
  const { pack, dataDir, tokens, tls = true, port = 0, maxKeys } = options;
  await mkdir(dataDir, { recursive: true });
  const args = ['serve', '--pack', pack, '--listen', `127.0.0.1:${port}`, '--data', dataDir];
  if (tokens !== undefined) args.push('--tokens', tokens);
  if (maxKeys !== undefined) args.push('--max-keys-per-account', String(maxKeys));
  if (!tls) args.push('--insecure-no-tls');
  const child = spawn(serverBinary(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (data: Buffer) => (log += data.toString()));
  const exit = once(child, 'exit');
  const line = once(createInterface({ input: child.stdout }), 'line');
  const first = await Promise.race([line, exit.then(() => undefined)]);
  if (!first) throw new Error(`sotto-server did not start:\n${log}`);
  const { address, identity } = JSON.parse(String(first[0])) as { address: string; identity: string | null };
  return {
    address: `${tls ? 'https' : 'http'}://${address}`,
    port: Number(address.slice(address.lastIndexOf(':') + 1)),
    identity: identity ?? undefined,
    log: () => log,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async kill() {
      child.kill('SIGKILL');
      await exit;
    },
  };
}
