/** Schemas that several services share. Everything is plain JSON; times are milliseconds since 1970. */
import * as v from 'valibot';
import { kinds } from '../detect/kinds.ts';
import { policies } from '../plan/policy.ts';

export const nothing = v.strictObject({});
export const text = (most: number) => v.pipe(v.string(), v.maxLength(most));
export const line = (most: number) =>
  v.pipe(v.string(), v.minLength(1), v.maxLength(most), v.regex(/^[^\p{Cc}]*$/u, 'has a control character'));
export const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.safeInteger(), v.minValue(least), v.maxValue(most));
export const count = whole(0, Number.MAX_SAFE_INTEGER);
export const finite = v.pipe(v.number(), v.finite());
export const time = count;
export const list = <T extends v.GenericSchema>(item: T, most: number) =>
  v.pipe(v.array(item), v.maxLength(most));

/** A random id made by main: a conversation, a message, a server. */
export const id = v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,64}$/, 'not an id'));
/** The form that main gives to the id of a conversation: a UUID (RFC 9562) in lower case. */
export const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;
export const packName = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'not a pack name'));
/** `sha256:` and lower-case hex. */
export const identity = v.pipe(v.string(), v.regex(/^sha256:[0-9a-f]{64}$/, 'not a certificate identity'));
export const address = line(300);
export const passphrase = v.pipe(v.string(), v.minLength(1), v.maxLength(1024));
export const token = v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,4096}$/, 'not a token'));
export const policy = v.picklist(policies);
export const kind = v.picklist(kinds);

/** The longest prompt that the contract carries, UTF-16 units; a model's context is far shorter. */
export const maxPromptLength = 1_000_000;
export const prompt = text(maxPromptLength);

/** A stretch of a text: UTF-16 offsets, `end` exclusive. */
export const range = v.strictObject({ start: whole(0, maxPromptLength), end: whole(0, maxPromptLength) });
export const mark = v.strictObject({
  ...range.entries,
  kind,
  score: v.pipe(finite, v.minValue(0), v.maxValue(1)),
  source: v.picklist(['rule', 'user', 'model']),
  entity: count,
});

/** Stretches that a prompt has marked by hand at most, and as many unmarked. */
export const maxEdits = 1000;

/** What the user changed about what detection marked. */
export const edits = v.strictObject({
  marked: list(v.strictObject({ ...range.entries, kind }), maxEdits),
  /** `confirmed`: the user was asked, since it is a proven secret. */
  unmarked: list(v.strictObject({ ...range.entries, confirmed: v.boolean() }), maxEdits),
});

export const spanFact = v.strictObject({
  ...range.entries,
  kind: v.string(),
  score: finite,
  source: v.string(),
});
export const rowCounts = v.strictObject({
  prompt: count,
  clear: count,
  protected: count,
  /** Absent where there are none. */
  kept: v.exactOptional(count),
  generated: count,
});
export const wireTotals = v.strictObject({ messages: count, sent: count, received: count });
/** Requests of one size: how many, and the bytes of them all. */
export const bucketFact = v.strictObject({
  rows: count,
  requests: count,
  sent: count,
  received: count,
});
export const schemeFacts = v.strictObject({
  name: v.string(),
  n: count,
  log2_q: finite,
  log2_qp: finite,
  log2_t: finite,
  failure_log2: finite,
});
export const serverFacts = v.strictObject({ address: v.string(), identity: v.nullable(v.string()) });

export type Id = v.InferOutput<typeof id>;
export type Edits = v.InferOutput<typeof edits>;
