/** The client bundle's manifest: what it may hold, and its shape as the rest of the client uses it. */
import * as v from 'valibot';
import { Failure } from '../../app/failure/failure.ts';

export const maxManifestBytes = 4 << 20;
const format = 'sotto-pack/1';

/** What a pack may be called; a folder of an installed pack is named so. */
export const packName = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** A file of a bundle: segments of plain characters, never a parent, never absolute. */
const path = v.pipe(
  v.string(),
  v.maxLength(200),
  v.regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*)*$/, 'not a path inside the bundle'),
);
const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most));
const finite = v.pipe(v.number(), v.finite());
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'not a SHA-256 in lower-case hex'));
const name = v.pipe(v.string(), v.regex(packName, 'not a pack name'));
const size = whole(1, 1 << 20);
const bytes = whole(0, 2 ** 40);
const list = <T extends v.GenericSchema>(item: T, most: number) => v.pipe(v.array(item), v.maxLength(most));
const token = whole(0, 2 ** 24);

const stepSchema = v.union([
  v.strictObject({ run: path }),
  v.strictObject({ multiply: whole(0, 65_535) }),
  v.strictObject({ attend: path }),
]);

const matrixSchema = v.strictObject({
  index: whole(0, 65_535),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  layer: whole(0, 1023),
  inputs: size,
  outputs: size,
  t: whole(3, 2 ** 32),
  range_bound: whole(0, Number.MAX_SAFE_INTEGER),
  noise_log2: finite,
  failure_log2: finite,
  weights: v.nullable(
    v.strictObject({
      file: path,
      offset: bytes,
      length: bytes,
      layout: v.literal('input-major'),
      zero_point: v.literal(128),
    }),
  ),
  graph: v.nullable(path),
});

const manifestSchema = v.strictObject({
  format: v.literal(format),
  name,
  pack: hash,
  model: v.strictObject({
    architecture: v.pipe(v.string(), v.maxLength(64)),
    layers: whole(1, 1024),
    hidden: size,
    heads: whole(1, 4096),
    kv_heads: whole(1, 4096),
    head_size: whole(1, 4096),
    context: whole(1, 1 << 20),
    vocabulary: whole(1, 2 ** 24),
  }),
  tokenizer: v.strictObject({
    file: path,
    begin: list(token, 64),
    end: list(token, 64),
    turn: v.nullable(
      v.strictObject({
        user: v.pipe(v.string(), v.maxLength(100)),
        assistant: v.pipe(v.string(), v.maxLength(100)),
      }),
    ),
  }),
  padding: v.strictObject({ rows: whole(1, 64), cache: whole(1, 4096) }),
  matrices: list(matrixSchema, 4096),
  program: v.strictObject({ embed: path, layers: list(list(stepSchema, 64), 1024), head: path }),
  files: list(v.strictObject({ path, bytes, sha256: hash }), 16_384),
});

/** A server's announcement of a client bundle: see `BundleSource`. */
export const announcementSchema = v.object({
  name,
  id: hash,
  files: list(v.object({ path, bytes, sha256: hash }), 16_384),
});

type ManifestFile = v.InferOutput<typeof manifestSchema>;

/** One step of a layer's program; see `main/inference/program.ts`. */
export type ProgramStep = v.InferOutput<typeof stepSchema>;

export interface Program {
  /** Graph from (ids, positions) to `x`. */
  readonly embed: string;
  readonly layers: readonly (readonly ProgramStep[])[];
  /** Graph from `x` to `logits`. */
  readonly head: string;
}

/** Where a matrix's weights lie: u8 with zero point 128, [inputs][outputs]. */
export interface WeightsPlace {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
  readonly layout: 'input-major';
  readonly zeroPoint: 128;
}

/** A weight matrix that the server applies, with the public facts of its products. */
export interface RemoteMatrix {
  readonly index: number;
  readonly name: string;
  readonly layer: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Plaintext modulus, an odd prime over twice `rangeBound`. */
  readonly t: number;
  /** Bound on the magnitude of an output for any int8 row. */
  readonly rangeBound: number;
  readonly noiseLog2: number;
  /** log2 of the bound on the probability that one output decrypts wrongly. */
  readonly failureLog2: number;
}

/** A remote matrix with what the pack has of its weights. */
export interface PackMatrix extends RemoteMatrix {
  /** `null` in a private pack. */
  readonly weights: WeightsPlace | null;
  /** The graph of the local product, `q` to `y`; `null` in a private pack. */
  readonly graph: string | null;
}

export interface ModelFacts {
  readonly architecture: string;
  readonly layers: number;
  readonly hidden: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headSize: number;
  /** The most positions. */
  readonly context: number;
  readonly vocabulary: number;
}

export interface TokenizerFacts {
  readonly file: string;
  /** Ids put before a prompt. */
  readonly begin: readonly number[];
  /** Ids that end an answer. */
  readonly end: readonly number[];
  /** Special tokens that begin a turn, for a model of conversations. */
  readonly turn: { readonly user: string; readonly assistant: string } | null;
}

export interface BundleFile {
  readonly path: string;
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface Manifest {
  readonly name: string;
  /** SHA-256 of the server bundle's manifest: what the server knows the pack by. */
  readonly id: string;
  readonly model: ModelFacts;
  readonly tokenizer: TokenizerFacts;
  /** Shapes for which every kernel gives a row the same bits: at least `rows` rows, the cache a multiple of `cache`. */
  readonly padding: { readonly rows: number; readonly cache: number };
  /** By index. */
  readonly matrices: readonly PackMatrix[];
  readonly program: Program;
  /** Every file of the bundle but the manifest. */
  readonly files: readonly BundleFile[];
}

/**
 * Parses and checks a manifest: every field bounded, none unknown, every file that it refers to listed.
 * @throws Failure `pack` naming the field.
 */
export function parseManifest(text: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw damaged('it is not JSON');
  }
  if (typeof json === 'object' && json !== null && 'format' in json && json.format !== format) {
    throw new Failure(
      'pack',
      `The pack's format is ${JSON.stringify(json.format)}; this Sotto reads ${format}.`,
      {
        next: 'Update Sotto, or build the pack again with this version of sotto-pack.',
      },
    );
  }
  const parsed = v.safeParse(manifestSchema, json, { abortEarly: true });
  if (!parsed.success) {
    const [issue] = parsed.issues;
    throw damaged(`${v.getDotPath(issue) ?? 'the whole'}: ${issue.message}`);
  }
  checkReferences(parsed.output);
  return manifestOf(parsed.output);
}

function checkReferences(file: ManifestFile): void {
  const sizes = new Map(file.files.map((entry) => [entry.path, entry.bytes]));
  if (sizes.size !== file.files.length) throw damaged('files: a path occurs twice');
  const listed = (where: string, path: string) => {
    if (!sizes.has(path)) throw damaged(`${where}: ${path} is not in files`);
  };
  listed('tokenizer.file', file.tokenizer.file);
  listed('program.embed', file.program.embed);
  listed('program.head', file.program.head);
  if (file.program.layers.length !== file.model.layers) {
    throw damaged(`program.layers: ${file.program.layers.length} layers, the model has ${file.model.layers}`);
  }
  for (const [layer, steps] of file.program.layers.entries()) {
    for (const step of steps) {
      if ('run' in step) listed(`program.layers.${layer}`, step.run);
      else if ('attend' in step) listed(`program.layers.${layer}`, step.attend);
      else if (step.multiply >= file.matrices.length)
        throw damaged(`program.layers.${layer}: no matrix ${step.multiply}`);
    }
  }
  for (const [index, matrix] of file.matrices.entries()) {
    const where = `matrices.${index}`;
    if (matrix.index !== index) throw damaged(`${where}.index: is ${matrix.index}`);
    if (matrix.graph !== null) listed(`${where}.graph`, matrix.graph);
    if (matrix.weights === null) continue;
    const { file: weightsFile, offset, length } = matrix.weights;
    listed(`${where}.weights.file`, weightsFile);
    if (length !== matrix.inputs * matrix.outputs || offset + length > (sizes.get(weightsFile) ?? 0)) {
      throw damaged(`${where}.weights: does not lie in ${weightsFile}`);
    }
  }
  for (const id of [...file.tokenizer.begin, ...file.tokenizer.end]) {
    if (id >= file.model.vocabulary) throw damaged(`tokenizer: token ${id} is not in the vocabulary`);
  }
}

function manifestOf(file: ManifestFile): Manifest {
  const { model, tokenizer } = file;
  return {
    name: file.name,
    id: file.pack,
    model: {
      architecture: model.architecture,
      layers: model.layers,
      hidden: model.hidden,
      heads: model.heads,
      kvHeads: model.kv_heads,
      headSize: model.head_size,
      context: model.context,
      vocabulary: model.vocabulary,
    },
    tokenizer,
    padding: file.padding,
    matrices: file.matrices.map((matrix) => ({
      index: matrix.index,
      name: matrix.name,
      layer: matrix.layer,
      inputs: matrix.inputs,
      outputs: matrix.outputs,
      t: matrix.t,
      rangeBound: matrix.range_bound,
      noiseLog2: matrix.noise_log2,
      failureLog2: matrix.failure_log2,
      weights: matrix.weights && {
        file: matrix.weights.file,
        offset: matrix.weights.offset,
        length: matrix.weights.length,
        layout: matrix.weights.layout,
        zeroPoint: matrix.weights.zero_point,
      },
      graph: matrix.graph,
    })),
    program: file.program,
    files: file.files,
  };
}

function damaged(what: string): Failure {
  return new Failure('pack', `The pack's manifest does not fit its format: ${what}.`, {
    next: 'Install or build the pack again.',
    reason: 'pack-damaged',
  });
}
