/** A server, a session key and a pack, checked against each other: everything that encrypted products need. */
import { Failure } from '../../app/failure/failure.ts';
import type { SchemeFacts, ServerFacts } from '../../app/receipt/facts.ts';
import { loadAddon } from '../attention/addon.ts';
import { createEncryptedMultiplier } from '../attention/encrypted-multiplier.ts';
import type { EncryptedMultiplier, ProductStage, SentRequest } from '../attention/encrypted-multiplier.ts';
import { createProductChecks } from '../attention/product-checks.ts';
import type { ServerConnection } from '../egress/connect.ts';
import type { ServerInfo } from '../egress/offer.ts';
import type { RemoteMatrix } from '../inference/multiplier.ts';
import { readMatrixWeights } from '../packs/pack.ts';
import type { Pack } from '../packs/pack.ts';
import type { Vault } from '../vault/vault.ts';
import { uploadKeys } from './key-uploads.ts';
import type { KeysProgress } from './key-uploads.ts';
import { packScheme } from './pack-scheme.ts';
import { deletePendingKeysAt } from './pending-keys.ts';
import type { ReachedServer } from './server-choice.ts';

export interface EncryptedSession {
  readonly server: ServerFacts;
  readonly scheme: SchemeFacts;
  /** 16 bytes: what the server knows the session key by. */
  readonly keyId: Uint8Array;
  /** Bytes of evaluation keys that were sent to open this session; 0 when the server had them. */
  readonly keyBytes: number;
  /** Sends the evaluation keys again if the server has dropped them since. @returns bytes sent */
  refreshKeys(signal: AbortSignal, onProgress?: KeysProgress): Promise<number>;
  /** The multiplier of one answer, on a stream of its own that ends with the signal or `close`. */
  openMultiplier(
    signal: AbortSignal,
    onStage: (stage: ProductStage) => void,
    onRequest?: (request: SentRequest) => void,
  ): Promise<{ readonly multiplier: EncryptedMultiplier; close(): Promise<void> }>;
  /** Zeroises the session key. The connection stays the caller's. */
  close(): void;
}

export interface SessionParts {
  readonly pack: Pack;
  readonly vault: Vault;
  readonly server: ReachedServer;
  /** Whose key: a conversation's id, or `cli`. */
  readonly scope: string;
  readonly signal: AbortSignal;
  readonly onKeysProgress?: KeysProgress;
}

/** @throws Failure `server` when it does not serve the pack as this machine knows it; as `uploadKeys`. */
export async function openEncryptedSession(parts: SessionParts): Promise<EncryptedSession> {
  const { pack, vault, server, signal } = parts;
  const { connection } = server;
  const { limits } = await checkOffer(connection, pack, signal);
  await deletePendingKeysAt(connection, server.name, vault, signal);

  const lattice = vault.latticeKey(parts.scope);
  const key = loadAddon().SecretKey.fromSeed(lattice.seed);
  lattice.seed.fill(0);
  try {
    const { keyId } = lattice;
    const evaluationKeys = async () => {
      // A key that was retired may have been destroyed while the server was asked about it.
      vault.requireActive(keyId);
      return await key.evaluationKeys();
    };
    const upload = {
      connection,
      server: server.name,
      limit: limits.maxKeysPerAccount,
      vault,
      key: { evaluationKeys },
      keyId,
    };
    const sendKeys = (stop: AbortSignal, onProgress?: KeysProgress) => uploadKeys(upload, stop, onProgress);
    const keyBytes = await sendKeys(signal, parts.onKeysProgress);
    const byIndex = new Map(pack.matrices.map((matrix) => [matrix.index, matrix]));
    const readWeights = (matrix: RemoteMatrix) => {
      const entry = byIndex.get(matrix.index);
      return entry ? readMatrixWeights(pack, entry) : Promise.resolve(null);
    };
    const checks = createProductChecks(readWeights);
    return {
      server: { address: connection.address, identity: connection.identity ?? null },
      scheme: packScheme(pack),
      keyId,
      keyBytes,
      refreshKeys: sendKeys,
      async openMultiplier(answerSignal, onStage, onRequest) {
        const stream = await connection.openMultiply(answerSignal);
        const multiplier = createEncryptedMultiplier({
          key,
          keyId,
          nextCounter: (count) => lattice.nextCounter(count),
          requireKey: () => vault.requireActive(keyId),
          packId: Buffer.from(pack.id, 'hex'),
          checks,
          stream,
          onStage,
          ...(onRequest && { onRequest }),
          onAnomaly: () => vault.dropKey(keyId),
        });
        return {
          multiplier,
          async close() {
            // Left before its end, it has not been given up yet.
            await multiplier.spoilt?.end();
            stream.close();
          },
        };
      },
      close: () => key.destroy(),
    };
  } catch (error) {
    key.destroy();
    throw error;
  }
}

/** The server must have this very pack under the same scheme: another modulus would give garbage. */
async function checkOffer(
  connection: ServerConnection,
  pack: Pack,
  signal: AbortSignal,
): Promise<ServerInfo> {
  const [info, packs] = await Promise.all([connection.info(signal), connection.packs(signal)]);
  const ours = loadAddon().schemeInfo();
  if (info.scheme.name !== ours.name || info.scheme.n !== ours.n) {
    throw new Failure(
      'server',
      `The server speaks ${info.scheme.name}, this machine ${ours.name}. Nothing was sent.`,
      {
        next: 'Update Sotto or the server, whichever is older.',
      },
    );
  }
  const offered = packs.find(({ id }) => Buffer.from(id).toString('hex') === pack.id);
  if (!offered) {
    const names = packs.map(({ name }) => name).join(', ') || 'none';
    throw new Failure(
      'server',
      `The server does not serve this build of the pack ${pack.name}. Nothing was sent.`,
      {
        next: `It serves: ${names}. Choose one with --pack, or install it: sotto packs install --server URL NAME`,
        reason: 'server-lacks-pack',
        facts: { pack: pack.name, offered: names },
      },
    );
  }
  const same = pack.matrices.every((matrix) =>
    offered.matrices.some(
      ({ index, inputs, outputs, t }) =>
        index === matrix.index && inputs === matrix.inputs && outputs === matrix.outputs && t === matrix.t,
    ),
  );
  if (!same) {
    throw new Failure(
      'server',
      `The server describes the matrices of ${pack.name} differently. Nothing was sent.`,
      {
        next: 'Verify the pack: sotto packs verify. If it is sound, the server is not.',
      },
    );
  }
  return info;
}
