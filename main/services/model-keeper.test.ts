import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import type { TestPacks } from '../inference/test-packs.fixture.ts';
import { makeTestPacks, missingPacks, packVariants } from '../inference/test-packs.fixture.ts';
import { createModelKeeper } from './model-keeper.ts';

describe.skipIf(missingPacks)(`the model keeper ${missingPacks ?? ''}`.trim(), () => {
  let packs: TestPacks;
  let dir: string;
  beforeAll(async () => {
    packs = await makeTestPacks();
    dir = await mkdtemp(join(tmpdir(), 'sotto-models-'));
  });
  afterAll(async () => {
    await packs.remove();
    await rm(dir, { recursive: true, force: true });
  });
  const source = () => packs.root(packVariants[0] ?? '');
  const keeperOf = async (name: string, idle = 60_000) => {
    const root = join(dir, name);
    await cp(source(), root, { recursive: true });
    return { root, keeper: createModelKeeper({ defaultPack: root, packsDir: join(dir, 'none') }, { idle }) };
  };
  const manifest = (root: string) => join(root, 'client', 'manifest.json');

  it('opens a pack once, and loads its model once', async () => {
    const { keeper } = await keeperOf('once');
    const [one, two] = await Promise.all([keeper.open(null), keeper.open(null)]);
    expect(two).toBe(one);
    expect(keeper.isLoaded(one)).toBe(false);
    const [a, b] = await Promise.all([keeper.hold(one), keeper.hold(one)]);
    expect(b.model).toBe(a.model);
    expect(a.model.tokenizer).toBe(one.tokenizer);
    a.release();
    b.release();
    await keeper.close();
  });

  it('frees a model that nobody uses after a while, and loads it again', async () => {
    const { keeper } = await keeperOf('idle', 5);
    const opened = await keeper.open(null);
    const held = await keeper.hold(opened);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(keeper.isLoaded(opened)).toBe(true);
    held.release();
    await expect.poll(() => keeper.isLoaded(opened)).toBe(false);
    const again = await keeper.hold(opened);
    expect(again.model).not.toBe(held.model);
    again.release();
    await keeper.close();
  });

  it('loads again what could not be loaded, and keeps it for who holds it', async () => {
    const { root, keeper } = await keeperOf('unreadable', 5);
    const opened = await keeper.open(null);
    const away = join(dir, 'away');
    await rename(root, away);
    await expect(keeper.hold(opened)).rejects.toThrow();
    await rename(away, root);
    const held = await keeper.hold(opened);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(keeper.isLoaded(opened)).toBe(true);
    const again = await keeper.hold(opened);
    expect(again.model).toBe(held.model);
    again.release();
    held.release();
    await keeper.close();
  });

  it('opens a pack again when it was installed anew, and an answer under way keeps its model', async () => {
    const { root, keeper } = await keeperOf('anew');
    const before = await keeper.open(null);
    const held = await keeper.hold(before);
    const text = await readFile(manifest(root), 'utf8');
    await rm(manifest(root));
    await writeFile(manifest(root), `${text} `);
    const after = await keeper.open(null);
    expect(after).not.toBe(before);
    const embed = held.model.graphs.get(before.pack.program.embed);
    expect(embed.path).toBe(before.pack.program.embed);
    held.release();
    await keeper.close();
  });

  it('says that a pack is gone, or damaged, and opens it when it is back', async () => {
    const { root, keeper } = await keeperOf('gone');
    const opened = await keeper.open(null);
    const reasonOf = (name: string | null) =>
      keeper.open(name).then(
        () => undefined,
        (error: unknown) => (error instanceof Failure ? error.reason : error),
      );
    await rm(root, { recursive: true });
    expect(await reasonOf(null)).toBe('pack-missing');
    expect(await reasonOf('nowhere')).toBe('pack-missing');
    await cp(source(), root, { recursive: true });
    await writeFile(join(root, 'client', opened.pack.tokenizer.file), '{}');
    expect(await reasonOf(null)).toBe('pack-damaged');
    await rm(root, { recursive: true });
    await cp(source(), root, { recursive: true });
    expect(await reasonOf(null)).toBeUndefined();
    await keeper.close();
  });

  it('does not load for who has left', async () => {
    const { keeper } = await keeperOf('left');
    const opened = await keeper.open(null);
    await expect(keeper.hold(opened, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    await keeper.close();
  });
});
