/**
 * The server that comes with Sotto, as a child on loopback, for when no server is configured: the demo,
 * tests, and a first try. It is the same binary that a provider runs.
 */
import { spawn } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import * as v from 'valibot';
import { Failure } from '../../app/failure/failure.ts';
import { installation } from '../installation/installation.ts';

export interface BundledServer {
  /** `https://127.0.0.1:PORT`, or `http://` when started without TLS. */
  readonly address: string;
  /** `sha256:HEX` of its certificate, as it announced it on its standard output; nothing without TLS. */
  readonly identity: string | undefined;
  readonly pid: number;
  /** Resolves when the process is gone, whoever ended it. */
  readonly exited: Promise<void>;
  /** Asks it to finish what is in flight and waits; kills it after five seconds. */
  stop(): Promise<void>;
}

export interface BundledServerOptions {
  /** Pack directories (each with `server/manifest.json`). */
  readonly packs: readonly string[];
  /**
   * Keeps certificate, evaluation keys and encoded weights here; without it the first two in a temporary folder,
   * removed on stop.
   */
  readonly dataDir?: string;
  /** Cleartext HTTP/2, for tests that read the wire. */
  readonly insecureNoTls?: boolean;
  readonly binary?: string;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

const startLimitMs = 60_000;
const stopLimitMs = 5_000;
/**
 * Bytes of tables that read prompts faster, of which the default pack needs two thirds of a GiB: this machine has other
 * things to do, too.
 */
const manyRowsMemory = Math.min(2 ** 30, Math.floor(totalmem() / 8));

/** The release binary of this checkout or installation. */
export function serverBinary(): string {
  const { packaged, serverBinary: own } = installation;
  return packaged ? own : (process.env['SOTTO_SERVER_BINARY'] ?? own);
}

/**
 * Starts the server and waits until it accepts connections.
 * @throws Failure `server` when the binary is missing or does not come up; its last log line is in the message.
 */
export async function startBundledServer(options: BundledServerOptions): Promise<BundledServer> {
  const binary = options.binary ?? serverBinary();
  if (!existsSync(binary)) {
    throw new Failure('server', 'The bundled server is not built. Nothing was sent.', {
      next: 'Run: npm run setup',
      reason: 'server-unreachable',
    });
  }
  const temporary = options.dataDir === undefined ? await temporaryFolder() : undefined;
  const args = ['serve', '--listen', '127.0.0.1:0', '--data', options.dataDir ?? temporary ?? ''];
  // Its standard input is never written to: it ends with this process, also when that is killed, and the server with it.
  args.push('--exit-with-stdin');
  for (const pack of options.packs) args.push('--pack', pack);
  args.push('--many-rows-memory', String(manyRowsMemory));
  // Encoded weights are kept with the rest, or not at all: nobody would open them in a folder that goes.
  if (temporary !== undefined) args.push('--weights-cache', 'none');
  if (options.insecureNoTls) args.push('--insecure-no-tls');
  if (options.threads !== undefined) args.push('--threads', String(options.threads));

  const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    // It could not be started at all.
    child.once('error', () => resolve());
  });
  child.stdin.on('error', () => undefined);
  let lastLog = '';
  createInterface({ input: child.stderr }).on('line', (line) => (lastLog = line));
  const endWithUs = () => {
    child.kill('SIGKILL');
    if (temporary !== undefined) removeNow(temporary);
  };
  process.once('exit', endWithUs);

  const stop = async () => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
    await exited;
    clearTimeout(late);
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    // Not sooner: this process may end while it waits.
    process.removeListener('exit', endWithUs);
  };

  try {
    const announced = await listening(child.stdout, exited, options.signal);
    const scheme = options.insecureNoTls ? 'http' : 'https';
    return {
      address: `${scheme}://${announced.address}`,
      identity: announced.identity ?? undefined,
      pid: child.pid ?? 0,
      exited,
      stop,
    };
  } catch (error) {
    await stop();
    if (error instanceof Failure) throw error;
    const said = logMessage(lastLog);
    throw new Failure(
      'server',
      `The bundled server did not start${said ? `: ${said}` : '.'} Nothing was sent.`,
      {
        next: 'Run: npm run --silent sotto -- doctor',
        cause: error,
        reason: 'server-unreachable',
      },
    );
  }
}

/** @throws Failure `server` where there can be none. */
async function temporaryFolder(): Promise<string> {
  try {
    return await mkdtemp(join(tmpdir(), 'sotto-server-'));
  } catch (cause) {
    throw new Failure(
      'server',
      `The bundled server did not start: no folder can be made in ${tmpdir()}. Nothing was sent.`,
      {
        next: 'Set TMPDIR to a folder that is there, may be written, and has room.',
        reason: 'server-unreachable',
        cause,
      },
    );
  }
}

/** Removes a folder while this process ends. A server that was killed a moment ago may still write into it. */
function removeNow(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 });
  } catch {
    // Nobody is left to be told.
  }
}

const announcement = v.object({
  event: v.literal('listening'),
  address: v.string(),
  identity: v.nullable(v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/))),
});

/** What the server says on its first line of standard output. */
async function listening(
  stdout: NodeJS.ReadableStream,
  exited: Promise<void>,
  stopped: AbortSignal | undefined,
): Promise<v.InferOutput<typeof announcement>> {
  const signal = AbortSignal.any([AbortSignal.timeout(startLimitMs), ...(stopped ? [stopped] : [])]);
  const firstLine = await new Promise<string>((resolve, reject) => {
    createInterface({ input: stdout }).once('line', resolve);
    void exited.then(() => reject(new Error('it exited')));
    signal.addEventListener('abort', () =>
      reject(stopped?.aborted ? new Failure('cancelled', 'Stopped.') : new Error('it took too long')),
    );
  });
  return v.parse(announcement, JSON.parse(firstLine));
}

/** The sentence in a JSON log line, or the line itself when it is not JSON. */
function logMessage(line: string): string {
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null) {
      const fields: unknown = 'fields' in parsed ? parsed.fields : parsed;
      if (typeof fields === 'object' && fields !== null && 'message' in fields) return String(fields.message);
    }
  } catch {
    // Not a JSON line: shown as it is.
  }
  return line;
}
