/** What `connect` opens, over gRPC. */
import { Metadata } from '@grpc/grpc-js';
import { Failure } from '../../app/failure/failure.ts';
import { parseServerAddress } from './address.ts';
import type { ServerAddress } from './address.ts';
import { callOf } from './calls.ts';
import { Channel } from './channel.ts';
import type { ConnectOptions, PutKeysOptions, ServerConnection } from './connect.ts';
import { Sotto } from './generated/sotto/v1/sotto_pb.ts';
import type { Ledger } from './ledger.ts';
import type { TimeLimits } from './limits.ts';
import { defaultLimits } from './limits.ts';
import type { Malformed } from './multiply-stream.ts';
import { openMultiplyStream } from './multiply-stream.ts';
import { serverInfoOf, serverPackOf } from './offer.ts';
import { identityOf } from './pins.ts';
import type { CallContext } from './rpc.ts';
import { download, unary, upload } from './rpc.ts';
import { watchSockets } from './sockets.ts';
import type { Trust } from './trust.ts';
import { trustServer } from './trust.ts';

const keyChunkBytes = 256 * 1024;

/** As `connect`. */
export async function openConnection(options: ConnectOptions): Promise<ServerConnection> {
  const { ledger, pins, signal } = options;
  const address = parseServerAddress(options.address, options);
  const limits = { ...defaultLimits, ...options.limits };
  const metadata = metadataOf(options.token);
  const unwatch = watchSockets(address, ledger);
  try {
    const trust = address.encrypted
      ? await trustServer(address, pins, options.identity, { connectMs: limits.connectMs, signal })
      : undefined;
    const channel = new Channel(address, trust?.pin, limits.connectMs);
    try {
      await channel.ready(signal);
      if (trust?.isNew) await pins.set(address.peer, trust.pin);
    } catch (error) {
      channel.close();
      throw error;
    }
    return connectionOn({ channel, address, trust, metadata, ledger, limits, unwatch });
  } catch (error) {
    unwatch();
    throw error;
  }
}

interface Parts {
  readonly channel: Channel;
  readonly address: ServerAddress;
  readonly trust: Trust | undefined;
  readonly metadata: Metadata;
  readonly ledger: Ledger;
  readonly limits: TimeLimits;
  readonly unwatch: () => void;
}

function connectionOn({
  channel,
  address,
  trust,
  metadata,
  ledger,
  limits,
  unwatch,
}: Parts): ServerConnection {
  const { method } = Sotto;
  const getInfo = callOf(method.getInfo, ledger, address.peer);
  const listPacks = callOf(method.listPacks, ledger, address.peer);
  const fetchBundle = callOf(method.fetchBundle, ledger, address.peer);
  const hasKeys = callOf(method.hasKeys, ledger, address.peer);
  const putKeys = callOf(method.putKeys, ledger, address.peer);
  const deleteKeys = callOf(method.deleteKeys, ledger, address.peer);
  const multiply = callOf(method.multiply, ledger, address.peer);

  const context = async (limitMs: number, signal?: AbortSignal): Promise<CallContext> => ({
    client: await channel.ready(signal),
    metadata,
    limitMs,
    signal,
  });
  const soon = (signal?: AbortSignal) => context(limits.unaryMs, signal);
  const transfer = (signal?: AbortSignal) => context(limits.transferIdleMs, signal);

  return {
    address: address.url,
    identity: trust && identityOf(trust.pin),
    isNewServer: trust?.isNew ?? false,
    async info(signal) {
      return serverInfoOf(await unary(getInfo, {}, await soon(signal)));
    },
    async packs(signal) {
      const { packs } = await unary(listPacks, {}, await soon(signal));
      return packs.map(serverPackOf);
    },
    async *fetchBundle(pack, path, offset, signal) {
      const request = { pack, path, offset: BigInt(offset) };
      for await (const { data } of download(fetchBundle, request, await transfer(signal))) yield data;
    },
    async hasKeys(keyId, signal) {
      return (await unary(hasKeys, { keyId }, await soon(signal))).present;
    },
    async putKeys(keyId, keys, { onProgress, signal } = {}) {
      await upload(putKeys, keyChunks(keyId, keys, onProgress), await transfer(signal));
    },
    async deleteKeys(keyId, signal) {
      return (await unary(deleteKeys, { keyId }, await soon(signal))).existed;
    },
    async openMultiply(signal) {
      const client = await channel.ready(signal);
      const { path, serialize, deserialize } = multiply;
      const parse = (bytes: Buffer) => {
        try {
          return deserialize(bytes);
        } catch {
          return { malformed: true } satisfies Malformed;
        }
      };
      return openMultiplyStream(
        client.makeBidiStreamRequest(path, serialize, parse, metadata),
        limits,
        signal,
      );
    },
    close() {
      unwatch();
      channel.close();
    },
  };
}

function* keyChunks(keyId: Uint8Array, keys: Uint8Array, onProgress: PutKeysOptions['onProgress']) {
  for (let start = 0; start === 0 || start < keys.length; start += keyChunkBytes) {
    const data = keys.subarray(start, start + keyChunkBytes);
    yield start === 0 ? { keyId, totalBytes: BigInt(keys.length), data } : { data };
    onProgress?.(start + data.length, keys.length);
  }
}

function metadataOf(token: string | undefined): Metadata {
  const metadata = new Metadata();
  if (token !== undefined) {
    if (!/^[\x21-\x7e]+$/.test(token)) {
      throw new Failure(
        'usage',
        'The token is empty or has characters that a token cannot have. Nothing was sent.',
        {
          next: 'Check the file of the token: one line, without spaces.',
        },
      );
    }
    metadata.set('authorization', `Bearer ${token}`);
  }
  return metadata;
}
