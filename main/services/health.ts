/** Checks of this machine, for `sotto doctor`: each says what works, or what to do. */
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import { loadAddon } from '../attention/addon.ts';
import type { MatrixFacts } from '../attention/addon.ts';
import { Ledger } from '../egress/ledger.ts';
import { loadModel } from '../inference/model.ts';
import type { Multiplier } from '../inference/multiplier.ts';
import { openPack, readMatrixWeights } from '../packs/pack.ts';
import type { Pack } from '../packs/pack.ts';
import { inspectStoreFile, storeFile } from '../store/store-file.ts';
import type { Keychain } from '../vault/keychain/keychain.ts';
import { foundVault, openVault } from '../vault/open-vault.ts';
import type { Vault } from '../vault/vault.ts';
import { serverBinary } from './bundled-server.ts';
import { openEncryptedSession } from './encrypted-session.ts';
import { forgetKeys } from './pending-keys.ts';
import type { Profile } from './profile.ts';
import { detectMarks } from './question.ts';
import { reachServer } from './server-choice.ts';
import type { ReachedServer } from './server-choice.ts';

export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** What was found. */
  readonly detail: string;
  /** What to do; only where it did not pass. */
  readonly next?: string;
}

export interface HealthOptions {
  readonly profile: Profile;
  readonly packRoot: string;
  readonly server?: string;
  readonly token?: string;
  readonly signal: AbortSignal;
  /** The operating system's, unless its calls have to go another way. */
  readonly keychain?: Keychain;
  readonly ledger?: Ledger;
  /** How to reach the server instead of by its address. */
  readonly reach?: (packRoot: string, signal: AbortSignal) => Promise<ReachedServer>;
}

/** Runs every check, each on its own: one that fails does not hide the next. */
export async function* checkHealth(options: HealthOptions): AsyncGenerator<Check> {
  for (const [name, run] of checks) {
    options.signal.throwIfAborted();
    try {
      yield { name, passed: true, detail: await run(options) };
    } catch (error) {
      if (error instanceof Failure && error.code === 'cancelled') throw error;
      const failure = error instanceof Failure ? error : new Failure('pack', String(error));
      yield { name, passed: false, detail: failure.message, ...(failure.next && { next: failure.next }) };
    }
  }
}

type Run = (options: HealthOptions) => string | Promise<string>;

const checks: readonly (readonly [string, Run])[] = [
  ['Node', checkNode],
  ['profile folder', checkProfile],
  ['keychain', checkKeychain],
  ['history file', checkHistory],
  ['encryption library', checkAddon],
  ['detection', checkDetection],
  ['model pack', checkPack],
  ['exact integer products on this processor', checkProducts],
  ['server program', checkServerBinary],
  ['encrypted product, there and back', checkServer],
];

async function checkNode(): Promise<string> {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 24) {
    throw new Failure('usage', `Node ${process.versions.node} is too old to run Sotto's sources.`, {
      next: 'Run: npm run setup (it brings Node 24)',
    });
  }
  return `Node ${process.versions.node}`;
}

async function checkProfile({ profile }: HealthOptions): Promise<string> {
  const probe = join(profile.dir, `.probe-${process.pid}`);
  try {
    await mkdir(profile.dir, { recursive: true, mode: 0o700 });
    await writeFile(probe, 'x', { mode: 0o600 });
    await rm(probe);
  } catch (cause) {
    throw new Failure('pack', `${profile.dir} cannot be written.`, {
      next: 'Free some space, mend its permissions, or set SOTTO_HOME to another folder.',
      cause,
    });
  }
  return profile.dir;
}

async function checkKeychain({ profile, keychain }: HealthOptions): Promise<string> {
  const state = await openVault({
    profileDir: profile.dir,
    profileName: profile.name,
    ...(keychain ? { keychain } : {}),
  });
  switch (state.state) {
    case 'found':
      state.vault.close();
      return 'found: the root key is there';
    case 'absent':
      if (!state.lost) return 'absent: the keychain works, and there is no root key yet';
      throw new Failure('refused', 'The root key of this profile is gone.', {
        next: 'Import its backup: sotto keys import FILE',
        reason: 'keys-lost',
      });
    case 'passphrase':
      return 'not asked: this profile keeps its root key under a passphrase';
    case 'locked':
    case 'unavailable':
      throw new Failure('refused', `${state.state}: ${state.message}`, { next: state.next });
  }
}

function checkHistory({ profile }: HealthOptions): string {
  try {
    const facts = inspectStoreFile(join(profile.dir, storeFile));
    if (!facts) return 'there is none yet';
    return `sound: ${facts.conversations} conversations, ${facts.messages} messages, ${facts.bytes} bytes`;
  } catch (error) {
    // By the window of this profile, most of all by the one that asks.
    if (error instanceof Failure && error.reason === 'profile-in-use')
      return 'in use by the Sotto that is running';
    throw error;
  }
}

async function checkAddon(): Promise<string> {
  const { name, n, log2Q } = loadAddon().schemeInfo();
  return `${name}, n = ${n}, log2 q = ${log2Q.toFixed(1)}`;
}

async function checkDetection(): Promise<string> {
  const card = '4111 1111 1111 1111';
  const found = await detectMarks(`Maria Keller pays with ${card}.`, {});
  for (const [kind, name] of [
    ['card', 'card number'],
    ['person', 'name'],
  ] as const) {
    if (found.some((mark) => mark.kind === kind)) continue;
    throw new Failure('refused', `A ${name} was not found.`);
  }
  return 'finds a name and a card number';
}

async function checkPack({ packRoot, signal }: HealthOptions): Promise<string> {
  const pack = await openPack(packRoot, signal);
  const worst = Math.max(...pack.matrices.map((matrix) => matrix.failureLog2));
  return `${pack.name}, ${pack.files.length} files verified, failure bound 2^${Math.ceil(worst)} per output`;
}

/** Some processors' 8-bit kernels saturate: compares the largest possible sums with plain integers. */
async function checkProducts({ packRoot, signal }: HealthOptions): Promise<string> {
  const pack = await openPack(packRoot, signal);
  if (!pack.hasLocalWeights) return 'not needed: a private pack computes no product here';
  const model = await loadModel(pack, { signal });
  try {
    const matrix = firstMatrix(pack);
    const extremes = Uint8Array.from({ length: 2 * matrix.inputs }, (_, i) => (i < matrix.inputs ? 255 : 1));
    await compareWithIntegers(pack, model.local, extremes, 2, signal);
  } finally {
    await model.close();
  }
  return 'the largest sums are exact';
}

async function checkServerBinary(): Promise<string> {
  if (!existsSync(serverBinary())) {
    throw new Failure('server', 'The bundled server is not built.', { next: 'Run: npm run setup' });
  }
  return 'built';
}

async function checkServer(options: HealthOptions): Promise<string> {
  const { profile, packRoot, signal } = options;
  const pack = await openPack(packRoot, signal);
  const vault = foundVault(
    await openVault({ profileDir: profile.dir, profileName: profile.name, ephemeral: true }),
  );
  try {
    const server = await (options.reach?.(packRoot, signal) ?? reachForCheck(options));
    try {
      await checkEncryptedProduct(pack, vault, server, signal);
      return `${server.connection.address}: an encrypted row came back as the exact product`;
    } finally {
      // The evaluation keys may be at the server by now, also where the check was stopped before it was told so.
      await forgetKeys(vault, server.connection);
      await server.close();
    }
  } finally {
    vault.close();
  }
}

async function checkEncryptedProduct(
  pack: Pack,
  vault: Vault,
  server: ReachedServer,
  signal: AbortSignal,
): Promise<void> {
  const session = await openEncryptedSession({ pack, vault, server, scope: 'doctor', signal });
  try {
    const opened = await session.openMultiplier(signal, () => undefined);
    try {
      const { inputs } = firstMatrix(pack);
      const row = Uint8Array.from({ length: inputs }, (_, i) => 1 + ((i * 37) % 255));
      await compareWithIntegers(pack, opened.multiplier, row, 1, signal);
    } finally {
      await opened.close();
    }
  } finally {
    session.close();
  }
}

function reachForCheck(options: HealthOptions): Promise<ReachedServer> {
  const { profile, packRoot, signal, ledger = new Ledger() } = options;
  return reachServer({
    ...(options.server === undefined ? {} : { address: options.server }),
    ...(options.token === undefined ? {} : { token: options.token }),
    ephemeral: options.server === undefined,
    packRoot,
    profile,
    ledger,
    signal,
  });
}

function firstMatrix(pack: Pack): Pack['matrices'][number] {
  const [matrix] = pack.matrices;
  if (!matrix) throw new Failure('pack', 'The pack has no remote matrix.');
  return matrix;
}

/** @param rows [count][inputs], zero point 128 */
async function compareWithIntegers(
  pack: Pack,
  multiplier: Multiplier,
  rows: Uint8Array,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const matrix = firstMatrix(pack);
  const got = await multiplier.multiply(matrix, rows, count, signal);
  const stored = await readMatrixWeights(pack, matrix);
  if (!stored) return;
  const wanted = integerProduct(matrix, stored.weights, stored.zeroPoint, rows, count);
  if (!got.every((sum, i) => sum === wanted[i])) {
    throw new Failure('integrity', 'A product differs from plain integers.', {
      next: 'Do not use this machine or server for protected prompts; report the processor model.',
    });
  }
}

/** @param weights [inputs][outputs] */
function integerProduct(
  { inputs, outputs }: MatrixFacts,
  weights: Uint8Array,
  zeroPoint: number,
  rows: Uint8Array,
  count: number,
): Int32Array {
  const sums = new Int32Array(count * outputs);
  for (let r = 0; r < count; r++) {
    for (let i = 0; i < inputs; i++) {
      const x = (rows[r * inputs + i] ?? 128) - 128;
      for (let o = 0; o < outputs; o++) {
        const at = r * outputs + o;
        sums[at] = (sums[at] ?? 0) + x * ((weights[i * outputs + o] ?? zeroPoint) - zeroPoint);
      }
    }
  }
  return sums;
}
