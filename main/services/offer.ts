/** What a server says of itself, as the contract tells it. */
import { performance } from 'node:perf_hooks';
import type { OutputOf } from '../../app/contract/method.ts';
import type { servers } from '../../app/contract/servers.ts';
import type { ServerConnection } from '../egress/connect.ts';

export type Offer = OutputOf<typeof servers.test>;

/** @throws Failure as the calls of a connection. */
export async function readOffer(connection: ServerConnection, signal: AbortSignal): Promise<Offer> {
  const began = performance.now();
  const { version, scheme } = await connection.info(signal);
  const latency = performance.now() - began;
  const packs = await connection.packs(signal);
  return {
    address: connection.address,
    identity: connection.identity ?? null,
    version: version.slice(0, 200),
    scheme: scheme.name.slice(0, 200),
    packs: packs.slice(0, 1000).flatMap(({ name }) => (name === '' ? [] : [name])),
    latency,
  };
}
