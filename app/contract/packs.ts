/** Model packs on this machine. */
import * as v from 'valibot';
import { call, stream } from './method.ts';
import { count, id, line, list, nothing, packName, text } from './shapes.ts';

const pack = v.strictObject({
  /** The folder's name when it cannot be opened. */
  name: text(200),
  bytes: count,
  /** It comes with Sotto and cannot be removed. */
  default: v.boolean(),
  /** What is wrong with it; `null` for a sound one. */
  problem: v.nullable(text(2000)),
  facts: v.nullable(
    v.strictObject({
      architecture: text(64),
      layers: count,
      hidden: count,
      context: count,
      vocabulary: count,
      matrices: count,
      /** All weights are in the pack: clear rows never leave this machine. */
      local: v.boolean(),
    }),
  ),
});
export type PackFacts = v.InferOutput<typeof pack>;

const transfer = v.strictObject({ done: count, total: count });

export const packs = {
  list: call({ in: nothing, out: v.strictObject({ packs: list(pack, 1000) }) }),
  /** What a server offers. `null` is the bundled one. */
  offers: call({
    in: v.strictObject({ server: v.nullable(id) }),
    out: v.strictObject({
      packs: list(v.strictObject({ name: line(200), bytes: count, installed: v.boolean() }), 1000),
    }),
  }),
  /** Goes on where a stopped transfer ended. Stopping keeps what is there. */
  installFromServer: stream({
    in: v.strictObject({ server: v.nullable(id), name: packName }),
    item: transfer,
    out: v.strictObject({ name: packName, bytes: count }),
  }),
  /** The host asks the user for the folder; a page never names a path. */
  installFromFolder: stream({
    in: nothing,
    item: transfer,
    out: v.strictObject({ name: v.nullable(packName), bytes: count }),
  }),
  /** Checks every file's hash. */
  verify: stream({
    in: v.strictObject({ name: packName }),
    item: transfer,
    out: v.strictObject({ files: count, bytes: count }),
  }),
  remove: call({ in: v.strictObject({ name: packName }), out: nothing }),
};
