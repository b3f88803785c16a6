/**
 * Inputs for every method of the contract, made from its schemas: valid ones, and mutations of them that an attacker
 * or a defect could send. The same seed gives the same inputs.
 */
import * as v from 'valibot';

/** Mulberry32, by Tommy Ettinger (public domain): quick, and good enough to pick from lists. */
export function createRandom(seed: number) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    below: (limit: number) => Math.floor(next() * limit),
    pick: <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T,
  };
}
export type Random = ReturnType<typeof createRandom>;

/** Texts among which each pattern of the contract finds one that it takes. */
const texts = [
  'a',
  'a-1',
  'correct horse',
  '0'.repeat(64),
  `sha256:${'0'.repeat(64)}`,
  'DE',
  'https://127.0.0.1:9',
  '2026-01-01',
  '',
];

interface Schema {
  readonly type: string;
  readonly entries?: Readonly<Record<string, Schema>>;
  readonly options?: readonly unknown[];
  readonly item?: Schema;
  readonly wrapped?: Schema;
  readonly literal?: unknown;
}

/** A valid input of a schema. @throws Error for a kind of schema that the contract did not use before. */
export function sample(schema: v.GenericSchema, random: Random): unknown {
  const made = make(schema, random);
  if (!v.is(schema, made)) throw new Error(`no sample for a ${schema.type}: ${JSON.stringify(made)}`);
  return made;
}

function make(schema: Schema, random: Random): unknown {
  const asSchema = schema as unknown as v.GenericSchema;
  switch (schema.type) {
    case 'strict_object':
      return Object.fromEntries(
        Object.entries(schema.entries ?? {})
          .filter(([, entry]) => entry.type !== 'optional' || random.below(2) === 0)
          .map(([name, entry]) => [name, make(entry, random)]),
      );
    case 'nullable':
      return random.below(2) === 0 || !schema.wrapped ? null : make(schema.wrapped, random);
    case 'optional':
      return schema.wrapped && make(schema.wrapped, random);
    case 'array':
      return schema.item
        ? Array.from({ length: random.below(3) }, () => make(schema.item as Schema, random))
        : [];
    case 'picklist':
      return random.pick(schema.options ?? []);
    case 'variant':
    case 'union':
      return make(random.pick(schema.options ?? []) as Schema, random);
    case 'literal':
      return schema.literal;
    case 'boolean':
      return random.below(2) === 0;
    case 'number':
      return [random.below(100), 1, 0.5, 0].find((number) => v.is(asSchema, number));
    case 'string':
      return texts.find((text) => v.is(asSchema, text));
    default:
      throw new Error(`the contract uses a ${schema.type}, of which there is no sample yet`);
  }
}

const large = 'x'.repeat(1 << 20);
const nested = (depth: number): unknown => {
  let value: unknown = 0;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
};
const deep = nested(100_000);

/** What JSON can carry. */
const plainValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  -0,
  2 ** 53,
  1e308,
  '',
  'a',
  '0',
  'null',
  '__proto__',
  'constructor',
  '../../../etc/passwd',
  '/etc/passwd',
  'C:\\Windows\\win.ini',
  '%2e%2e%2f',
  'a\u0000b',
  'file:///etc/passwd',
  '\ud800',
  '\u202egnp.exe',
  'e\u0301'.repeat(500),
  '😀'.repeat(500),
  '\r\nX-Header: 1',
  '${jndi:ldap://x}',
  "'; DROP TABLE records; --",
  large,
  [],
  {},
  [[]],
  [null],
  { length: 1 },
  { then: 1 },
  { toJSON: 1 },
  nested(40),
  JSON.parse('{"__proto__":{"polluted":true}}'),
  { constructor: { prototype: { polluted: true } } },
  Array.from({ length: 1000 }, () => ({})),
];

function cycle(): unknown {
  const value: Record<string, unknown> = {};
  value['self'] = [value, value];
  return value;
}

/** What only a structured clone can carry. */
const cloneValues: readonly unknown[] = [
  undefined,
  NaN,
  Infinity,
  1n,
  new Date(NaN),
  new Map([['a', 1]]),
  new Set([1]),
  new Uint8Array(16),
  new ArrayBuffer(16),
  /(a+)+$/,
  new Error('x'),
  cycle(),
  deep,
  Array(5),
];

const strangeNames = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'then',
  '',
  'a',
  'path',
  '\u0000',
  large,
];

export interface MutationOptions {
  /** Also what JSON cannot carry. */
  readonly clones: boolean;
}

/** One change somewhere in a valid input, sometimes several. The result may be valid by chance. */
export function mutate(input: unknown, random: Random, { clones }: MutationOptions): unknown {
  let mutated: unknown = structuredClone(input);
  for (let changes = 1 + random.below(3); changes > 0; changes -= 1) {
    mutated = changeSomewhere(mutated, random, clones ? [...plainValues, ...cloneValues] : plainValues);
  }
  return mutated;
}

function changeSomewhere(value: unknown, random: Random, values: readonly unknown[]): unknown {
  const isList = Array.isArray(value);
  const names = isPlainObject(value) ? Object.keys(value) : [];
  if ((isList && value.length > 0) || names.length > 0) {
    const down = random.below(3) > 0;
    if (isList) {
      const at = random.below(value.length);
      const kept = value as unknown[];
      return down ? kept.with(at, changeSomewhere(kept[at], random, values)) : [...kept, random.pick(values)];
    }
    const object = value as Record<string, unknown>;
    const name = random.pick(names);
    if (down) return withField(object, name, changeSomewhere(object[name], random, values));
    if (random.below(2) === 0) {
      return Object.fromEntries(Object.entries(object).filter(([key]) => key !== name));
    }
    return withField(object, random.pick(strangeNames), random.pick(values));
  }
  if (isPlainObject(value) && random.below(2) === 0) {
    return withField(value, random.pick(strangeNames), random.pick(values));
  }
  return random.pick(values);
}

/** As own field, whatever its name. */
function withField(object: Record<string, unknown>, name: string, value: unknown): Record<string, unknown> {
  const changed = { ...object };
  Object.defineProperty(changed, name, { value, enumerable: true, configurable: true, writable: true });
  return changed;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return Object.getPrototypeOf(value) === Object.prototype;
}

/** Messages to a port that are no requests, around a valid one. */
export function malformedMessage(random: Random, { clones }: MutationOptions): unknown {
  const request = {
    type: random.pick(['call', 'stream']),
    id: random.below(1000),
    service: 'settings',
    method: random.pick(['get', 'watch']),
    input: {},
  };
  const values = clones ? [...plainValues, ...cloneValues] : plainValues;
  const field = random.pick(['type', 'id', 'service', 'method', 'more'] as const);
  const wrong = {
    type: () =>
      random.pick(['item', 'result', 'stop2', 'CALL', ...values.filter((value) => value !== 'call')]),
    id: () => random.pick([-1, -random.below(1000), 1.5, 2 ** 53, '1', null, [], {}, true, ...(clones ? [NaN, 1n] : [])]), // prettier-ignore
    service: () => random.pick([large, 7, null, [], {}, true]),
    method: () => random.pick([large, 7, null, [], {}, true]),
    more: () => 1,
  };
  return random.below(5) === 0 ? random.pick(values) : { ...request, [field]: wrong[field]() };
}

/** Every text field of an input, with the input that has another text there. */
export function* withTextReplaced(input: unknown, text: string): Generator {
  if (typeof input === 'string') yield text;
  else if (Array.isArray(input)) {
    for (const [at, item] of input.entries()) {
      for (const changed of withTextReplaced(item, text)) yield (input as unknown[]).with(at, changed);
    }
  } else if (isPlainObject(input)) {
    for (const [name, value] of Object.entries(input)) {
      for (const changed of withTextReplaced(value, text)) yield { ...input, [name]: changed };
    }
  }
}
