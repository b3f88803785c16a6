/** Writes a pack of a few bytes for tests of packs as files: right in every hash, but its graphs are no graphs. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

export interface SmallPack {
  root: string;
  /** The client manifest as it lies on disk; change it and call `rewrite`. */
  manifest: Record<string, unknown> & { files: { path: string; bytes: number; sha256: string }[] };
  rewrite(): Promise<void>;
}

export async function writeSmallPack(name = 'small'): Promise<SmallPack> {
  const root = await mkdtemp(join(tmpdir(), 'sotto-pack-'));
  const put = async (path: string, bytes: Uint8Array | string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), bytes);
  };
  const matrixBytes = Uint8Array.from({ length: 24 }, (_, i) => 120 + i);
  const serverManifest = JSON.stringify({
    format: 'sotto-server-pack/1',
    name,
    private: false,
    matrices: [],
    data: { file: 'matrices.bin', bytes: matrixBytes.length, sha256: sha256(matrixBytes) },
  });
  await put('server/matrices.bin', matrixBytes);
  await put('server/manifest.json', serverManifest);
  const client: Record<string, Uint8Array | string> = {
    'tokenizer.json': '{}',
    'weights.bin': matrixBytes,
    'embed.onnx': 'embed',
    'head.onnx': 'head',
    'layers/in.onnx': 'in',
    'attend.onnx': 'attend',
    'layers/out.onnx': 'out',
    'multiply/0.onnx': 'product',
  };
  for (const [path, bytes] of Object.entries(client)) await put(join('client', path), bytes);
  const manifest = {
    format: 'sotto-pack/1',
    name,
    pack: sha256(serverManifest),
    model: {
      architecture: 'gpt2',
      layers: 1,
      hidden: 4,
      heads: 2,
      kv_heads: 2,
      head_size: 2,
      context: 64,
      vocabulary: 300,
    },
    tokenizer: { file: 'tokenizer.json', begin: [], end: [0], turn: null },
    padding: { rows: 2, cache: 64 },
    matrices: [
      {
        index: 0,
        name: 'h.0.attn.c_attn',
        layer: 0,
        inputs: 4,
        outputs: 6,
        t: 65537,
        range_bound: 30000,
        noise_log2: 20.5,
        failure_log2: -180.25,
        weights: { file: 'weights.bin', offset: 0, length: 24, layout: 'input-major', zero_point: 128 },
        graph: 'multiply/0.onnx',
      },
    ],
    program: {
      embed: 'embed.onnx',
      layers: [
        [{ run: 'layers/in.onnx' }, { multiply: 0 }, { attend: 'attend.onnx' }, { run: 'layers/out.onnx' }],
      ],
      head: 'head.onnx',
    },
    files: Object.entries(client).map(([path, bytes]) => ({
      path,
      bytes: bytes.length,
      sha256: sha256(bytes),
    })),
  };
  const rewrite = () => put('client/manifest.json', JSON.stringify(manifest));
  await rewrite();
  return { root, manifest, rewrite };
}
