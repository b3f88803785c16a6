/**
 * What `npm run bench -- lattice --json` prints: the rows that scripts rely on, and the details that
 * docs/performance.md is made of.
 */
import * as v from 'valibot';

/** Rows that every run has. */
export const alwaysThere = [
  'gpt2-all-1row',
  'gpt2-attention-1row',
  'gpt2-all-16rows',
  'gpt2-all-64rows',
  'gpt2-online-1row',
  'gpt2-prepare-1row',
  'gpt2-prepare-16rows',
  'client-token',
  'client-online-1row',
  'bytes-all',
  'bytes-attention',
  'key-bytes',
  'bytes-per-weight',
  'wrong-outputs',
  'failure-log2',
] as const;

/** Rows that a run with --quick leaves out. */
export const notQuick = ['llama1b-all-1row', 'llama1b-attention-1row'] as const;

/** Rows that need the whole program: the addon, the server and the default pack. */
export const ofTheProgram = ['answer-overhead'] as const;

/** Rows of --peer, where the other libraries can be installed. */
export const ofPeers = [
  'peer-qkv',
  'peer-ratio-qkv',
  'peer-exact-share',
  'peer-tenseal-qkv',
  'peer-tenseal-ratio-qkv',
  'peer-tenseal-exact-share',
] as const;

const positive = v.pipe(v.number(), v.gtValue(0));
const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const optional = <T extends v.GenericSchema>(schema: T) => v.optional(v.nullable(schema));

/** Least, median and greatest milliseconds of one row, and what they are measured over. */
const point = {
  rows: count,
  threads: count,
  median: positive,
  min: positive,
  max: positive,
  runs: count,
  /** The bound of `native/lattice/examples/bench/floor.rs`; absent where the layout is not the one it counts. */
  floor: optional(positive),
};

const matrix = v.object({
  name: v.string(),
  inputs: count,
  outputs: count,
  t: count,
  noise_log2: v.number(),
  failure_log2: v.number(),
  memory_bytes: count,
  request_bytes: count,
  response_bytes: count,
  encode_ms: positive,
  transforms: optional(count),
  multiply_adds: optional(count),
  times: v.array(v.object(point)),
  /** Milliseconds of each step of the product of one row on one thread, where the engine tells. */
  stages: v.optional(v.array(v.object({ name: v.string(), ms: v.pipe(v.number(), v.minValue(0)) }))),
});

const held = v.object({
  layers: count,
  layers_held: count,
  weights_held: count,
  memory_bytes_held: count,
  multiplied_by: positive,
});

const sweep = v.array(
  v.object({ ...point, inputs: count, outputs: count, copies: count, memory_bytes: count }),
);

const peer = v.object({
  library: v.string(),
  version: v.string(),
  parameters: v.string(),
  median: positive,
  exact_share: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  largest_error: v.number(),
  request_bytes: count,
  response_bytes: count,
  key_bytes: count,
});

const row = v.object({
  name: v.string(),
  unit: v.string(),
  median: v.number(),
  min: v.number(),
  max: v.number(),
  runs: count,
  floor: v.optional(positive),
  share: v.optional(positive),
});

export const latticeReport = v.object({
  machine: v.object({
    cpu: v.string(),
    cores: count,
    memory_gib: count,
    system: v.string(),
    node: v.string(),
    vector_units: v.string(),
  }),
  rows: v.array(row),
  details: v.object({
    /** Day of the run, UTC. */
    date: v.pipe(v.string(), v.isoDate()),
    /** The revision of the sources, with a plus sign where files were changed. */
    revision: v.string(),
    /** How many processes wanted a processor, in the mean over the minute before: over 0, something else ran. */
    load: v.optional(v.object({ before: v.number(), cores: count })),
    scheme: v.object({
      name: v.string(),
      n: count,
      log2_q: positive,
      log2_qp: positive,
      error_sigma: positive,
    }),
    threads: count,
    runs: count,
    quick: v.boolean(),
    weights: v.string(),
    failure_of: v.string(),
    outputs_compared: count,
    evaluation_keys_memory: count,
    speeds: v.array(
      v.object({
        threads: count,
        bandwidth_gb_per_second: positive,
        transform_us: positive,
        multiply_adds_per_ns_and_thread: positive,
        multiplications_per_second: positive,
      }),
    ),
    gpt2: held,
    gpt2_matrices: v.array(matrix),
    gpt2_rows: v.array(
      v.object({
        ...point,
        multiplications_per_byte: optional(positive),
        multiplications_per_second: optional(positive),
      }),
    ),
    sweep_inputs: sweep,
    sweep_outputs: sweep,
    llama1b: v.optional(held),
    llama1b_matrices: v.optional(v.array(matrix)),
    peers: v.optional(v.array(peer)),
    /** What was left out, and why. */
    notes: v.array(v.string()),
  }),
});

export type LatticeReport = v.InferOutput<typeof latticeReport>;
export type LatticeMatrix = v.InferOutput<typeof matrix>;
export type Point = v.InferOutput<v.ObjectSchema<typeof point, undefined>>;
export type SweepPoint = v.InferOutput<typeof sweep>[number];
export type Peer = v.InferOutput<typeof peer>;

/** Milliseconds or another unit of every run, as the Rust part prints them. */
export const engineOutput = v.object({
  rows: v.array(
    v.object({
      name: v.string(),
      unit: v.string(),
      samples: v.pipe(v.array(v.number()), v.minLength(1)),
      floor: v.nullable(positive),
    }),
  ),
  details: v.record(v.string(), v.unknown()),
});

export const peerOutput = v.object({
  peers: v.array(v.object({ ...peer.entries, samples: v.pipe(v.array(positive), v.minLength(1)) })),
  missing: v.array(v.string()),
});
export type PeerOutput = v.InferOutput<typeof peerOutput>;
