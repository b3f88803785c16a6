/** Hugging Face model directories of a GPT-2 with weights that a test chooses. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { randomNumbers } from '../gpt2-attention/weights.ts';

export interface Gpt2Size {
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly context: number;
  /** At least 257: every byte, and an end token. */
  readonly vocabulary: number;
}

/** Gives a tensor's values. */
export type Values = (name: string, shape: readonly number[]) => Float32Array;

/** Normal numbers, with gains around 1; `spread` scales all of them. */
export function randomValues(seed: number, spread = 1): Values {
  const random = randomNumbers(seed);
  return (name, shape) => {
    const norm = /ln_(1|2|f)\.weight$/.test(name);
    const size = shape.reduce((product, length) => product * length, 1);
    const scale = spread * (shape.length === 2 ? 1.5 / Math.sqrt(shape[0] ?? 1) : 0.1);
    const embedding = /^w[tp]e/.test(name);
    return Float32Array.from({ length: size }, () => {
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      return (norm ? 1 : 0) + normal * (embedding ? 0.4 * spread : scale);
    });
  };
}

/** Every weight of a layer's matrices at an end of the range: all above, all below, or alternating, by output. */
export function extremeValues(seed: number): Values {
  const random = randomValues(seed);
  return (name, shape) => {
    const values = random(name, shape);
    const outputs = shape[1];
    if (outputs === undefined || !/attn|mlp/.test(name)) return values;
    return values.map((_, index) => {
      const [input, output] = [Math.floor(index / outputs), index % outputs];
      return output % 3 === 0 ? 1 : output % 3 === 1 ? -1 : (-1) ** input;
    });
  };
}

/** Writes config.json, model.safetensors (fp32) and tokenizer.json (bytes alone). */
export function writeCheckpoint(dir: string, size: Gpt2Size, values: Values): void {
  const { layers, hidden, heads, context, vocabulary } = size;
  const shapes: [string, number[]][] = [
    ['wte.weight', [vocabulary, hidden]],
    ['wpe.weight', [context, hidden]],
    ['ln_f.weight', [hidden]],
    ['ln_f.bias', [hidden]],
  ];
  for (let layer = 0; layer < layers; layer++) {
    const linear = (name: string, inputs: number, outputs: number) => {
      shapes.push([`h.${layer}.${name}.weight`, [inputs, outputs]], [`h.${layer}.${name}.bias`, [outputs]]);
    };
    for (const norm of ['ln_1', 'ln_2']) {
      shapes.push([`h.${layer}.${norm}.weight`, [hidden]], [`h.${layer}.${norm}.bias`, [hidden]]);
    }
    linear('attn.c_attn', hidden, 3 * hidden);
    linear('attn.c_proj', hidden, hidden);
    linear('mlp.c_fc', hidden, 4 * hidden);
    linear('mlp.c_proj', 4 * hidden, hidden);
  }
  let end = 0;
  const tensors = shapes.map(([name, shape]) => {
    const data = values(name, shape);
    const begin = end;
    end += data.byteLength;
    return { name, data, entry: { dtype: 'F32', shape, data_offsets: [begin, end] } };
  });
  const json = JSON.stringify(Object.fromEntries(tensors.map(({ name, entry }) => [name, entry])));
  const header = Buffer.from(json.padEnd(Math.ceil(json.length / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const bytes = tensors.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'model.safetensors'), Buffer.concat([length, header, ...bytes]));
  const config = {
    model_type: 'gpt2',
    n_embd: hidden,
    n_head: heads,
    n_layer: layers,
    n_positions: context,
    vocab_size: vocabulary,
    eos_token_id: 256,
  };
  writeFileSync(join(dir, 'config.json'), JSON.stringify(config));
  writeFileSync(join(dir, 'tokenizer.json'), JSON.stringify(byteTokenizer()));
}

/** A byte-level tokenizer without merges: a token is a byte. */
function byteTokenizer(): unknown {
  const printable = (byte: number) =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  const characters = Array.from({ length: 256 }, (_, byte) =>
    String.fromCharCode(printable(byte) ? byte : next++),
  );
  const end = '<|end|>';
  const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    added_tokens: [
      {
        id: 256,
        content: end,
        special: true,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
      },
    ],
    normalizer: null,
    pre_tokenizer: level,
    post_processor: null,
    decoder: level,
    model: {
      type: 'BPE',
      vocab: Object.fromEntries([...characters, end].map((token, id) => [token, id])),
      merges: [],
    },
  };
}
