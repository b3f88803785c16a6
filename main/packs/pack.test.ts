import { cp, mkdtemp, rename, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import { openPack, readMatrixWeights, readPack } from './pack.ts';
import type { SmallPack } from './small-pack.fixture.ts';
import { sha256, writeSmallPack } from './small-pack.fixture.ts';
import { verifyPack } from './verify.ts';

let small: SmallPack;
beforeEach(async () => {
  small = await writeSmallPack();
});
afterEach(() => rm(small.root, { recursive: true, force: true }));

/** `code: message` of the failure to open. */
async function failure(root = small.root): Promise<string> {
  try {
    await openPack(root);
  } catch (error) {
    if (error instanceof Failure) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'opened';
}

describe('openPack', () => {
  it('gives the facts of the manifest', async () => {
    const pack = await openPack(small.root);
    expect(pack).toMatchObject({
      name: 'small',
      id: small.manifest.pack,
      hasLocalWeights: true,
      root: small.root,
    });
    expect(pack.model).toMatchObject({ kvHeads: 2, headSize: 2, context: 64 });
    expect(pack.matrices[0]).toMatchObject({
      rangeBound: 30000,
      failureLog2: -180.25,
      graph: 'multiply/0.onnx',
    });
    expect(pack.program.layers[0]).toHaveLength(4);
  });

  it('reads the weights of a matrix', async () => {
    const pack = await openPack(small.root);
    const [matrix] = pack.matrices;
    const read = matrix && (await readMatrixWeights(pack, matrix));
    expect(read).toMatchObject({ layout: 'input-major', zeroPoint: 128 });
    expect(read?.weights[23]).toBe(143);
  });

  it('knows a private pack by what it lacks', async () => {
    Object.assign((small.manifest.matrices as object[])[0] ?? {}, { weights: null, graph: null });
    await small.rewrite();
    const pack = await openPack(small.root);
    expect(pack.hasLocalWeights).toBe(false);
    expect(pack.matrices[0] && (await readMatrixWeights(pack, pack.matrices[0]))).toBeNull();
  });

  it('stops when it is told to', async () => {
    const reason = new Failure('cancelled', 'Stopped.');
    await expect(openPack(small.root, AbortSignal.abort(reason))).rejects.toBe(reason);
  });
});

describe('verifyPack', () => {
  it('says how far it is, to the end', async () => {
    const steps: [number, number][] = [];
    const { bytes, files } = await verifyPack(small.root, undefined, (done, all) => steps.push([done, all]));
    expect(files).toBe(small.manifest.files.length + 1);
    expect(steps[0]).toEqual([0, bytes]);
    expect(steps.at(-1)).toEqual([bytes, bytes]);
    expect(steps.every(([done], i) => i === 0 || done > (steps[i - 1]?.[0] ?? 0))).toBe(true);
  });

  it('verifies both halves, or the one that is there', async () => {
    await expect(verifyPack(small.root)).resolves.toMatchObject({ server: true });
    await writeFile(join(small.root, 'server', 'matrices.bin'), 'damaged');
    await expect(verifyPack(small.root)).rejects.toMatchObject({ code: 'pack' });
    await rm(join(small.root, 'server'), { recursive: true });
    await expect(verifyPack(small.root)).resolves.toMatchObject({ server: false });
  });
});

describe('damage on disk', () => {
  const weights = () => join(small.root, 'client', 'weights.bin');

  it('one changed bit', async () => {
    await writeFile(
      weights(),
      Uint8Array.from({ length: 24 }, (_, i) => (i === 11 ? 0 : 120 + i)),
    );
    expect(await failure()).toMatch(/^pack: .* weights\.bin does not have the hash/);
  });
  it('one changed bit with the old length and time stamp, after a good opening', async () => {
    await openPack(small.root);
    await writeFile(weights(), new Uint8Array(24));
    expect(await failure()).toMatch(/weights\.bin does not have the hash/);
  });
  it('a truncated file', async () => {
    await truncate(weights(), 23);
    expect(await failure()).toMatch(/weights\.bin has 23 bytes instead of 24/);
  });
  it('a missing file', async () => {
    await rm(weights());
    expect(await failure()).toMatch(/lacks its file weights\.bin/);
  });
  it('a folder in place of a file', async () => {
    await rm(weights());
    await cp(join(small.root, 'server'), weights(), { recursive: true });
    expect(await failure()).toMatch(/^pack: .*weights\.bin is not a file/);
  });
  it('a file that is a link out of the bundle', async () => {
    const outside = join(small.root, 'elsewhere.bin');
    await rename(weights(), outside);
    await symlink(outside, weights());
    expect(await failure()).toMatch(/weights\.bin that lies outside/);
  });
  // A link to itself stands for what only another user meets: a file that is there and cannot be read.
  it.each(['weights.bin', 'manifest.json'])('none, where %s is there and cannot be read', async (name) => {
    const file = join(small.root, 'client', name);
    await rm(file);
    await symlink(file, file);
    const problem = await openPack(small.root).catch((error: unknown) => error);
    expect(problem).toMatchObject({
      code: 'pack',
      reason: undefined,
      message: expect.stringMatching(new RegExp(`${name} cannot be read \\(ELOOP\\)\\.$`)) as string,
      next: expect.stringMatching(/permissions/) as string,
    });
  });
  it('no folder, and no manifest', async () => {
    expect(await failure(join(small.root, 'nowhere'))).toMatch(/^pack: There is no pack at /);
    await rm(join(small.root, 'client', 'manifest.json'));
    expect(await failure()).toMatch(/^pack: There is no pack at /);
  });
});

describe('a manifest that does not fit', () => {
  const matrix = (change: object) => () =>
    Object.assign((small.manifest.matrices as object[])[0] ?? {}, change) as unknown;
  const file = (path: string) => () => small.manifest.files.push({ path, bytes: 1, sha256: sha256('x') });
  const weights = { file: 'weights.bin', offset: 0, length: 24, layout: 'input-major', zero_point: 128 };

  it.each<[string, () => unknown, RegExp]>([
    [
      'another version',
      () => (small.manifest.format = 'sotto-pack/2'),
      /"sotto-pack\/2"; this Sotto reads sotto-pack\/1/,
    ],
    ['an unknown field', () => (small.manifest.extra = 1), /extra/],
    ['a missing field', () => delete small.manifest.padding, /padding/],
    ['a path to a parent', file('../secret'), /files\.8\.path: not a path inside the bundle/],
    ['a path through a parent', file('layers/../../secret'), /not a path inside the bundle/],
    ['an absolute path', file('/etc/passwd'), /not a path inside the bundle/],
    ['a Windows path', file('C:\\secret'), /not a path inside the bundle/],
    ['a hidden file', file('.ssh'), /not a path inside the bundle/],
    ['a path twice', file('weights.bin'), /a path occurs twice/],
    ['a graph that is not listed', () => (small.manifest.program = { embed: 'x.onnx', layers: [[]], head: 'head.onnx' }), /program\.embed: x\.onnx is not in files/], // prettier-ignore
    ['a matrix that is not there', () => (small.manifest.program = { embed: 'embed.onnx', layers: [[{ multiply: 1 }]], head: 'head.onnx' }), /no matrix 1/], // prettier-ignore
    ['more layers than the model', () => (small.manifest.program = { embed: 'embed.onnx', layers: [[], []], head: 'head.onnx' }), /2 layers, the model has 1/], // prettier-ignore
    [
      'weights behind the end of their file',
      matrix({ weights: { ...weights, offset: 1 } }),
      /does not lie in weights\.bin/,
    ],
    [
      'weights of another size than the matrix',
      matrix({ weights: { ...weights, length: 23 } }),
      /does not lie in/,
    ],
    ['a matrix under another index', matrix({ index: 3 }), /matrices\.0\.index: is 3/],
    ['a negative size', matrix({ inputs: -4 }), /matrices\.0\.inputs/],
    ['a hash in capitals', () => (small.manifest.pack = 'A'.repeat(64)), /pack: not a SHA-256/],
    ['a name that is a path', () => (small.manifest.name = '../small'), /name: not a pack name/],
    ['an end token outside the vocabulary', () => (small.manifest.tokenizer = { file: 'tokenizer.json', begin: [], end: [300], turn: null }), /token 300/], // prettier-ignore
  ])('%s', async (_, change, message) => {
    change();
    await small.rewrite();
    expect(await failure()).toMatch(message);
    expect(await failure()).toMatch(/^pack: /);
  });

  it('no JSON, or a manifest of 5 MB', async () => {
    const path = join(small.root, 'client', 'manifest.json');
    await writeFile(path, '{"format":');
    expect(await failure()).toMatch(/^pack: .*not JSON/);
    await writeFile(path, ' '.repeat(5 << 20));
    expect(await failure()).toMatch(/^pack: .*larger than a manifest can be/);
  });

  it('a pack is never created by reading', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'sotto-empty-'));
    await expect(readPack(empty)).rejects.toMatchObject({ code: 'pack' });
    await rm(empty, { recursive: true });
  });
});
