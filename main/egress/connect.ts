/**
 * The one door: the only module that opens sockets. It speaks to Sotto servers and to nobody else, pins their
 * certificates on first use, and enters every message in the ledger.
 *
 * What a server learns through it: the account's token, times, the pack, matrix indices, and the number of rows
 * rounded up to a bucket. What an attacker on the way learns: the server's address, times and sizes.
 */
import type { Ledger } from './ledger.ts';
import type { TimeLimits } from './limits.ts';
import type { MultiplyStream } from './multiply-stream.ts';
import type { ServerInfo, ServerPack } from './offer.ts';
import type { PinStore } from './pins.ts';

export interface ConnectOptions {
  /** `https://host[:port]`, or `http://` on loopback if `allowInsecureLoopback`. */
  readonly address: string;
  /** Certificates of known servers; the first contact adds to it. */
  readonly pins: PinStore;
  readonly ledger: Ledger;
  /** `sha256:HEX` of the certificate that the server must show. Replaces an older pin. */
  readonly identity?: string;
  /** The provider's bearer token. */
  readonly token?: string;
  readonly allowInsecureLoopback?: boolean;
  readonly limits?: Partial<TimeLimits>;
  readonly signal?: AbortSignal;
}

export interface ServerConnection {
  /** `https://host:port`. */
  readonly address: string;
  /** `sha256:HEX` of the server's certificate; nothing in cleartext on loopback. */
  readonly identity: string | undefined;
  /** This connection met the server for the first time, or took a new certificate. */
  readonly isNewServer: boolean;
  /** Every method throws Failure `server` or `cancelled`. */
  info(signal?: AbortSignal): Promise<ServerInfo>;
  packs(signal?: AbortSignal): Promise<readonly ServerPack[]>;
  /** One file of a pack's client bundle, from a byte offset on. The caller checks length and hash. */
  fetchBundle(
    pack: Uint8Array,
    path: string,
    offset: number,
    signal?: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /** Whether the server holds the evaluation keys of a key id (16 bytes). */
  hasKeys(keyId: Uint8Array, signal?: AbortSignal): Promise<boolean>;
  putKeys(keyId: Uint8Array, keys: Uint8Array, options?: PutKeysOptions): Promise<void>;
  /** Returns whether there were any. */
  deleteKeys(keyId: Uint8Array, signal?: AbortSignal): Promise<boolean>;
  /** A stream for the products of one answer; aborting the signal ends it. Opens the connection again if it was lost. */
  openMultiply(signal: AbortSignal): Promise<MultiplyStream>;
  close(): void;
}

export interface PutKeysOptions {
  /** Called as parts are handed to the network. */
  readonly onProgress?: (sentBytes: number, totalBytes: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Connects to a server, and pins its certificate if it is a new one.
 * @throws Failure `usage` for a wrong address or token, `refused` for cleartext to another machine or an unreadable
 *   pin file, `server` when it is not there or shows another certificate than the pinned one, `cancelled`. Nothing
 *   was sent then.
 */
export async function connect(options: ConnectOptions): Promise<ServerConnection> {
  // gRPC and its messages are a third of all that the services load, and a start connects to nobody.
  const { openConnection } = await import('./connection.ts');
  return openConnection(options);
}
