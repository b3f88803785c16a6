/** This installation: facts, health, and the ledger of every byte. */
import * as v from 'valibot';
import { call, stream } from './method.ts';
import { count, line, list, nothing, text, time } from './shapes.ts';

const entry = v.strictObject({
  time,
  direction: v.picklist(['sent', 'received']),
  call: line(64),
  purpose: v.picklist(['server', 'packs', 'keys', 'products']),
  bytes: count,
  peer: text(300),
});
export type LedgerLine = v.InferOutput<typeof entry>;

const totals = v.strictObject({
  purpose: v.picklist(['server', 'packs', 'keys', 'products']),
  sentMessages: count,
  sentBytes: count,
  receivedMessages: count,
  receivedBytes: count,
});

export const check = v.strictObject({
  name: line(200),
  passed: v.boolean(),
  detail: text(2000),
  next: v.nullable(text(2000)),
});

export const system = {
  about: call({
    in: nothing,
    out: v.strictObject({
      version: line(40),
      platform: line(40),
      node: line(40),
      engine: line(200),
      profile: text(1000),
      /** Name, version, licence of every package that is shipped. */
      licences: list(v.strictObject({ name: line(200), version: line(100), licence: line(200) }), 5000),
    }),
  }),
  /** Everything that passed the one door since Sotto started; sizes and names, never contents. Newest first. */
  ledger: call({
    in: v.strictObject({
      purpose: v.nullable(v.picklist(['server', 'packs', 'keys', 'products'])),
      direction: v.nullable(v.picklist(['sent', 'received'])),
      peer: v.nullable(text(300)),
      limit: v.pipe(count, v.maxValue(2000)),
    }),
    out: v.strictObject({
      entries: list(entry, 2000),
      matching: count,
      totals: list(totals, 4),
      since: time,
    }),
  }),
  /** Checks what works on this machine, one after the other. */
  doctor: stream({ in: nothing, item: check, out: v.strictObject({ passed: v.boolean() }) }),
};
