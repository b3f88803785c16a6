/**
 * The lattice engine: times, bytes, bounds and floors in the shapes of GPT-2 and Llama, what an answer adds to the
 * server's time, and with --peer other libraries on the same matrix. What each row means: docs/performance.md.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildGpt2Pack } from '../gpt2-attention/pack.ts';
import { dataDir, missingData } from '../gpt2-attention/weights.ts';
import { measureAnswers } from './answer.ts';
import { measureEngine } from './lattice/engine.ts';
import { measurePeers } from './lattice/peers.ts';
import { type PeerOutput, notQuick } from './lattice/report.ts';
import { constant, row } from './row.ts';
import type { Benchmark, BenchmarkOptions, Row } from './row.ts';

export const lattice: Benchmark = {
  name: 'lattice',
  about: 'the encryption engine: ms per token, bytes, bounds, floors; --peer, --quick, --threads N',
  async run(options) {
    const { runs, threads, quick, signal, progress } = options;
    const load = loadavg()[0] ?? 0;
    const notes: string[] = [];
    if (quick) notes.push(`${notQuick.join(' and ')} were left out (--quick)`);
    if (!options.peer) notes.push('other libraries were not measured (no --peer)');
    const dir = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
    try {
      const noModel = missingData();
      const engine = await measureEngine({
        ...{ runs, threads, quick, signal, progress },
        ...(noModel ? {} : { model: join(dataDir, 'model.safetensors') }),
        matrixOut: dir,
      });
      const rows = engine.rows.map(({ name, unit, samples, floor }) => {
        const measured = row(name, unit, samples);
        return floor === null ? measured : { ...measured, floor, share: floor / measured.median };
      });
      rows.push(...(await overheads(options, dir, notes)));
      const peers = options.peer ? await others(options, dir, rows, notes) : undefined;
      const details = {
        date: new Date().toISOString().slice(0, 10),
        revision: revision(),
        load: { before: load, cores: cpus().length },
        ...engine.details,
        ...(peers ? { peers: peers.peers.map(({ samples: _, ...peer }) => peer) } : {}),
        notes: noModel ? [...notes, 'failure-log2 is of drawn weights: GPT-2 is not here'] : notes,
      };
      return { rows: rows.concat(peers ? peerRows(peers, rows) : []), details };
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  },
};

/** Time of whole answers over loopback against the server's time: of the default pack, and in GPT-2's shape. */
async function overheads(options: BenchmarkOptions, dir: string, notes: string[]): Promise<Row[]> {
  const { runs, signal, progress } = options;
  const packRoot = join(dir, 'gpt2');
  const cases = [
    { name: 'answer-overhead', prepare: async () => ({}) },
    {
      name: 'answer-overhead-gpt2',
      prepare: async () => {
        const missing = missingData();
        if (missing) throw new Error(missing);
        progress("Building the pack in GPT-2's shape");
        await buildGpt2Pack(packRoot);
        return { packRoot };
      },
    },
  ];
  const rows: Row[] = [];
  for (const { name, prepare } of cases) {
    try {
      const receipts = await measureAnswers({ runs, progress, signal, ...(await prepare()) });
      const ratios = receipts.map(({ time }) => time.total_ms / time.server_ms);
      rows.push(row(name, "of the server's time", ratios));
    } catch (error) {
      signal.throwIfAborted();
      notes.push(`${name} was left out: ${told(error)}`);
    }
  }
  return rows;
}

async function others(
  options: BenchmarkOptions,
  matrix: string,
  rows: readonly Row[],
  notes: string[],
): Promise<PeerOutput | undefined> {
  if (!rows.some(({ name }) => name === 'qkv-1row')) return undefined;
  try {
    const measured = await measurePeers({ ...options, matrix });
    notes.push(...measured.missing);
    return measured;
  } catch (error) {
    options.signal.throwIfAborted();
    notes.push(`other libraries were left out: ${told(error)}`);
    return undefined;
  }
}

const prefixes: Readonly<Record<string, string>> = {
  'concrete-ml-extensions': 'peer',
  tenseal: 'peer-tenseal',
};

function peerRows({ peers }: PeerOutput, rows: readonly Row[]): Row[] {
  const ours = rows.find(({ name }) => name === 'qkv-1row')?.median ?? NaN;
  return peers.flatMap((peer) => {
    const prefix = prefixes[peer.library];
    if (prefix === undefined) return [];
    const product = row(`${prefix}-qkv`, 'ms', peer.samples);
    return [
      product,
      constant(`${prefix}-ratio-qkv`, 'times ours', product.median / ours),
      constant(`${prefix}-exact-share`, 'of outputs', peer.exact_share),
      constant(`${prefix}-bytes`, 'bytes', peer.request_bytes + peer.response_bytes),
      constant(`${prefix}-key-bytes`, 'bytes', peer.key_bytes),
    ];
  });
}

/** The revision of the sources, with a plus sign where they were changed. */
function revision(): string {
  const git = (...args: string[]) =>
    execFileSync('git', args, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no').trim() !== '';
    return git('rev-parse', '--short=7', 'HEAD').trim() + (changed ? '+' : '');
  } catch {
    return 'unknown';
  }
}

function told(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
