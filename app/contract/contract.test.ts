/** What holds for every method of the contract, those that are still to come included. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { hostContract, pageContract, servicesContract, windowContract } from './contract.ts';
import type { Method } from './method.ts';
import { defaultMaxNewTokens } from '../plan/plan.ts';
import { defaultSettings } from './settings.ts';

const methods = Object.entries({ ...pageContract, ...hostContract }).flatMap(([service, of]) =>
  Object.entries(of as Record<string, Method>).map(
    ([name, method]) => [`${service}.${name}`, method] as const,
  ),
);

it('services of the process and of the window have different names', () => {
  const names = Object.keys(servicesContract);
  expect(names.filter((name) => name in windowContract || name in hostContract)).toEqual([]);
});

it('no name is one that every object has', () => {
  for (const [name] of methods) {
    for (const part of name.split('.')) expect(part in {}).toBe(false);
  }
});

describe.each(methods)('%s', (_name, method) => {
  it('refuses a field that it does not know', () => {
    const result = v.safeParse(method.in, { surprise: 1 });
    expect(result.success).toBe(false);
  });

  it.each([undefined, null, 0, 'x', true])('refuses %s', (input) => {
    expect(v.is(method.in, input)).toBe(false);
  });
});

/** Names under which a path of this machine could be asked for. */
const pathLike = /(?:path|file|dir|folder|url)s?$/i;

it('no page names a path or a place on the network, but the address of a server', () => {
  const fields = Object.entries(pageContract).flatMap(([service, of]) =>
    Object.entries(of as Record<string, Method>).flatMap(([name, method]) =>
      fieldsOf(method.in).map((field) => `${service}.${name}.${field}`),
    ),
  );
  expect(fields.length).toBeGreaterThan(30);
  expect(fields.filter((field) => pathLike.test(field.split('.').at(-1) ?? ''))).toEqual([]);
  expect(fields.filter((field) => field.endsWith('.address'))).toEqual([
    'servers.probe.address',
    'servers.add.address',
  ]);
});

/** Names of an input's fields, through objects, variants, lists and pipes. */
function fieldsOf(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { entries, options, item, wrapped, pipe } = schema as Record<string, unknown>;
  const inside = [item, wrapped, ...list(options), ...list(pipe).filter((part) => part !== schema)];
  const own = typeof entries === 'object' && entries !== null ? Object.entries(entries) : [];
  return [...own.flatMap(([name, of]) => [name, ...fieldsOf(of)]), ...inside.flatMap(fieldsOf)];
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

it('an answer is as long by default as the command line’s', () => {
  expect(defaultSettings.sampling.maxTokens).toBe(defaultMaxNewTokens);
});
