/** Packs, tokenizers and models that this process has open, each once, until nobody needs them. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../app/failure/failure.ts';
import { orCancelled } from '../egress/cancellation.ts';
import type { Model } from '../inference/model.ts';
import type { Tokenizer } from '../inference/tokenizer.ts';
import type { PackPlaces } from '../packs/list.ts';
import { findPack } from '../packs/list.ts';
import { clientFolder, manifestFile, openPack } from '../packs/pack.ts';
import type { Pack } from '../packs/pack.ts';

export interface OpenedPack {
  readonly pack: Pack;
  readonly tokenizer: Tokenizer;
}

export interface HeldModel {
  readonly model: Model;
  /** To be called when the answer is done. Safe to repeat. */
  release(): void;
}

export interface ModelKeeper {
  /**
   * A pack by name, verified when it was first opened; `null` is the default one. It is opened again after it was
   * installed anew.
   * @throws Failure `pack` with reason `pack-missing` or `pack-damaged`
   */
  open(name: string | null, signal?: AbortSignal): Promise<OpenedPack>;
  /** Whether `hold` would not have to load it. */
  isLoaded(opened: OpenedPack): boolean;
  /** The model in memory; it stays there for a while after the last release. */
  hold(opened: OpenedPack, signal?: AbortSignal): Promise<HeldModel>;
  /** Frees what is open of a pack, before its files are removed. Answers under way keep their model. */
  forget(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Milliseconds that an unused model stays in memory. */
const idleMs = 10 * 60_000;

interface Entry {
  /** Of the manifest's file: another one is another pack. */
  readonly stamp: string;
  readonly opened: Promise<OpenedPack>;
}

interface Loaded {
  readonly model: Promise<Model>;
  users: number;
  /** No longer to be used: it goes with its last user. */
  dropped: boolean;
  timer?: NodeJS.Timeout;
}

export function createModelKeeper(
  places: PackPlaces,
  { idle = idleMs }: { readonly idle?: number } = {},
): ModelKeeper {
  const entries = new Map<string, Entry>();
  const models = new Map<OpenedPack, Loaded>();
  const roots = new Map<string | null, string>();

  const drop = async (root: string) => {
    const entry = entries.get(root);
    entries.delete(root);
    const opened = await entry?.opened.catch(() => undefined);
    const loaded = opened && models.get(opened);
    if (!opened || !loaded) return;
    loaded.dropped = true;
    if (loaded.users === 0) await free(opened, loaded);
  };
  const free = async (opened: OpenedPack, loaded: Loaded) => {
    clearTimeout(loaded.timer);
    if (models.get(opened) === loaded) models.delete(opened);
    await (await loaded.model.catch(() => undefined))?.close();
  };
  const rootOf = async (name: string | null) => {
    const known = roots.get(name);
    if (known !== undefined && (await stampOf(known)) !== undefined) return known;
    const root = await findPack(places, name ?? undefined).catch((error: unknown) => {
      throw withReason(error, 'pack-missing', name);
    });
    roots.set(name, root);
    return root;
  };

  return {
    async open(name, signal) {
      const root = await rootOf(name);
      const stamp = await stampOf(root);
      if (stamp === undefined) {
        await drop(root);
        throw missing(name ?? root);
      }
      const known = entries.get(root);
      if (known && known.stamp !== stamp) await drop(root);
      const entry = entries.get(root) ?? { stamp, opened: openBoth(root) };
      if (!entries.has(root)) {
        entries.set(root, entry);
        entry.opened.catch(() => entries.get(root) === entry && entries.delete(root));
      }
      try {
        return await orCancelled(entry.opened, signal);
      } catch (error) {
        throw withReason(error, 'pack-damaged', name);
      }
    },
    isLoaded: (opened) => models.has(opened),
    async hold(opened, signal) {
      let loaded = models.get(opened);
      if (!loaded) {
        const made: Loaded = {
          model: load(opened),
          users: 0,
          dropped: false,
        };
        made.model.catch(() => {
          made.dropped = true;
          clearTimeout(made.timer);
          if (models.get(opened) === made) models.delete(opened);
        });
        models.set(opened, made);
        loaded = made;
      }
      const held = loaded;
      clearTimeout(held.timer);
      held.users += 1;
      let released = false;
      const release = () => {
        if (released) return;
        released = true;
        held.users -= 1;
        if (held.users > 0) return;
        if (held.dropped) void free(opened, held);
        else held.timer = setTimeout(() => void free(opened, held), idle).unref();
      };
      try {
        return { model: await orCancelled(held.model, signal), release };
      } catch (error) {
        release();
        throw withReason(error, 'pack-damaged', opened.pack.name);
      }
    },
    async forget(name) {
      for (const root of [roots.get(name), join(places.packsDir, name)]) {
        if (root !== undefined) await drop(root);
      }
      roots.delete(name);
    },
    async close() {
      await Promise.all([...entries.keys()].map(drop));
      await Promise.all([...models].map(([opened, loaded]) => free(opened, loaded)));
    },
  };
}

async function load({ pack, tokenizer }: OpenedPack): Promise<Model> {
  const { loadModel } = await import('../inference/model.ts');
  return loadModel(pack, { tokenizer });
}

async function openBoth(root: string): Promise<OpenedPack> {
  const pack = await openPack(root);
  const { openTokenizer } = await import('../inference/tokenizer.ts');
  return { pack, tokenizer: await openTokenizer(pack) };
}

/** Changes whenever the manifest is written anew; nothing when it is not there. */
async function stampOf(root: string): Promise<string | undefined> {
  const facts = await stat(join(root, clientFolder, manifestFile)).catch(() => undefined);
  return facts && [facts.ino, facts.size, facts.mtimeMs].join(' ');
}

function missing(pack: string): Failure {
  return new Failure('pack', 'The model pack is not on this machine. Nothing was sent.', {
    next: 'Install it, or choose another one.',
    reason: 'pack-missing',
    facts: { pack },
  });
}

function withReason(error: unknown, reason: 'pack-missing' | 'pack-damaged', name: string | null): unknown {
  if (!(error instanceof Failure) || error.code !== 'pack' || error.reason !== undefined) return error;
  return new Failure('pack', error.message, {
    ...(error.next === undefined ? {} : { next: error.next }),
    cause: error,
    reason,
    facts: name === null ? {} : { pack: name },
  });
}
