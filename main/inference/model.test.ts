import { createHash } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPack } from '../packs/pack.ts';
import type { SmallPack } from '../packs/small-pack.fixture.ts';
import { writeSmallPack } from '../packs/small-pack.fixture.ts';
import { loadModel } from './model.ts';
import { smallTokenizer } from './small-tokenizer.fixture.ts';

let small: SmallPack;
beforeEach(async () => {
  small = await writeSmallPack();
});
afterEach(() => rm(small.root, { recursive: true, force: true }));

async function putTokenizer(text: string): Promise<void> {
  await writeFile(join(small.root, 'client', 'tokenizer.json'), text);
  const entry = small.manifest.files.find((file) => file.path === 'tokenizer.json');
  const bytes = Buffer.from(text);
  Object.assign(entry ?? {}, {
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  await small.rewrite();
}

it('a tokenizer that cannot be read fails before any graph is loaded', async () => {
  await expect(loadModel(await openPack(small.root))).rejects.toThrow(/tokenizer is not a byte-level BPE/);
});

it('a file with the right hash that is no graph is named', async () => {
  await putTokenizer(JSON.stringify(smallTokenizer()));
  const loading = loadModel(await openPack(small.root));
  await expect(loading).rejects.toMatchObject({
    code: 'pack',
    message: "The pack's graph embed.onnx could not be loaded.",
  });
});

it('loading stops when it is told to', async () => {
  await putTokenizer(JSON.stringify(smallTokenizer()));
  const loading = loadModel(await openPack(small.root), { signal: AbortSignal.abort() });
  await expect(loading).rejects.toMatchObject({ code: 'cancelled' });
});
