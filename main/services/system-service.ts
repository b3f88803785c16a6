import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import type { OutputOf, ServiceImplementation } from '../../app/contract/method.ts';
import type { LedgerLine, system } from '../../app/contract/system.ts';
import { Failure } from '../../app/failure/failure.ts';
import { loadAddon } from '../attention/addon.ts';
import type { Purpose } from '../egress/ledger.ts';
import { installation } from '../installation/installation.ts';
import { findPack } from '../packs/list.ts';
import type { Keychain } from '../vault/keychain/keychain.ts';
import type { AnswerQueue } from './answer-queue.ts';
import type { AppContext } from './app-context.ts';
import { packPlaces } from './pack-places.ts';
import type { ServerDirectory } from './server-directory.ts';

export interface SystemParts {
  /** Of Sotto. */
  readonly version: string;
  readonly keychain: Keychain;
  readonly servers: ServerDirectory;
  /** The check's own product is none of an answer's, and it may start the bundled server for another pack. */
  readonly queue: AnswerQueue;
}

type Licences = OutputOf<typeof system.about>['licences'];

const purposes: readonly Purpose[] = ['server', 'packs', 'keys', 'products'];

/** Answers `system`. */
export function createSystemService(
  context: Pick<AppContext, 'profile' | 'settings' | 'ledger' | 'signal'>,
  { version, keychain, servers, queue }: SystemParts,
): ServiceImplementation<typeof system> {
  const { profile, ledger } = context;
  const since = Date.now();
  return {
    async about() {
      return {
        version,
        platform: `${process.platform} ${process.arch}`,
        node: process.versions.node,
        engine: engineName(),
        profile: profile.dir,
        licences: await readLicences(),
      };
    },
    async ledger({ purpose, direction, peer, limit }) {
      const matching = ledger
        .entries()
        .filter(
          (entry) =>
            (purpose === null || entry.purpose === purpose) &&
            (direction === null || entry.direction === direction) &&
            (peer === null || entry.peer === peer),
        );
      const newest = matching.slice(Math.max(0, matching.length - limit)).reverse();
      return {
        entries: newest.map((entry): LedgerLine => ({ ...entry })),
        matching: matching.length,
        totals: purposes.map((name) => ({ purpose: name, ...ledger.totals(name) })),
        since,
      };
    },
    async *doctor(_, asked) {
      const signal = AbortSignal.any([asked, context.signal]);
      const { pack, server } = context.settings.current();
      const { checkHealth } = await import('./health.ts');
      const checks = checkHealth({
        profile,
        packRoot: await findPack(packPlaces(profile), pack ?? undefined),
        keychain,
        ledger,
        reach: (packRoot, stop) => servers.reach(server, { packRoot, signal: stop }),
        signal,
      });
      let passed = true;
      const turn = await queue.turn(signal);
      try {
        for await (const { name, passed: well, detail, next } of checks) {
          passed &&= well;
          yield { name, passed: well, detail: detail.slice(0, 2000), next: next?.slice(0, 2000) ?? null };
        }
      } catch (error) {
        if (signal.aborted) throw new Failure('cancelled', 'Stopped.');
        throw error;
      } finally {
        turn.done();
      }
      return { passed };
    },
  };
}

/** The encryption scheme, or that there is none: this page is shown also where the native part is broken. */
function engineName(): string {
  try {
    const { name, n } = loadAddon().schemeInfo();
    return `${name}, n = ${n}`;
  } catch {
    return 'not available: the encryption library does not load';
  }
}

const component = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  version: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  licence: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
});
const lockFile = v.object({
  packages: v.record(
    v.string(),
    v.object({
      version: v.optional(v.string()),
      license: v.optional(v.string()),
      dev: v.optional(v.boolean()),
      devOptional: v.optional(v.boolean()),
    }),
  ),
});

/** What the build wrote down; in a checkout without a build, the npm packages of the lock file. */
async function readLicences(): Promise<Licences> {
  try {
    const parsed: unknown = JSON.parse(await readFile(installation.components, 'utf8'));
    return v.parse(v.array(component), parsed).slice(0, 5000);
  } catch {
    const root = join(dirname(installation.components), '..', '..');
    const text = await readFile(join(root, 'package-lock.json'), 'utf8').catch(() => '{"packages":{}}');
    return licencesOf(v.parse(lockFile, JSON.parse(text)));
  }
}

function licencesOf({ packages }: v.InferOutput<typeof lockFile>): Licences {
  const shipped = Object.entries(packages).flatMap(([path, { version, license, dev, devOptional }]) =>
    path !== '' && version !== undefined && license !== undefined && !dev && !devOptional
      ? [{ name: path.replace(/^.*node_modules\//, ''), version, licence: license }]
      : [],
  );
  const byName = new Map(shipped.map((entry) => [`${entry.name} ${entry.version}`, entry]));
  return [...byName.values()].sort((a, b) => a.name.localeCompare(b.name, 'en')).slice(0, 5000);
}
