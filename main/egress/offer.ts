/** What a server says it is and offers, checked as far as it can be without the pack itself. */
import { Failure } from '../../app/failure/failure.ts';
import type { GetInfoResponse, Pack } from './generated/sotto/v1/sotto_pb.ts';
import { quotable } from './status.ts';

export interface ServerInfo {
  readonly version: string;
  readonly scheme: {
    readonly name: string;
    readonly n: number;
    readonly log2Q: number;
    readonly log2Qp: number;
  };
  readonly limits: {
    readonly maxMessageBytes: number;
    readonly maxRows: number;
    /** Requests of one stream that may be under way. */
    readonly maxInFlight: number;
    readonly maxKeysPerAccount: number;
    readonly maxKeyBytes: number;
  };
}

export interface ServerPack {
  /** 32 bytes. */
  readonly id: Uint8Array;
  readonly name: string;
  readonly privateWeights: boolean;
  readonly matrices: readonly {
    readonly index: number;
    readonly name: string;
    readonly inputs: number;
    readonly outputs: number;
    readonly t: number;
    readonly failureLog2: number;
  }[];
  /** The client bundle. */
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: Uint8Array }[];
}

/** @throws Failure `server` when a part is missing */
export function serverInfoOf({ version, scheme, limits }: GetInfoResponse): ServerInfo {
  if (!scheme || !limits) throw incomplete('its scheme or limits');
  const { maxMessageBytes, maxRows, maxInFlight, maxKeysPerAccount, maxKeyBytes } = limits;
  return {
    version: quotable(version),
    scheme: { name: quotable(scheme.name), n: scheme.n, log2Q: scheme.log2Q, log2Qp: scheme.log2Qp },
    limits: { maxMessageBytes, maxRows, maxInFlight, maxKeysPerAccount, maxKeyBytes },
  };
}

/** @throws Failure `server` for an id or a hash that is none, or a file larger than 2^53 bytes */
export function serverPackOf({ id, name, privateWeights, matrices, files }: Pack): ServerPack {
  if (id.length !== 32) throw incomplete('the id of a pack');
  return {
    id,
    name: quotable(name),
    privateWeights,
    matrices: matrices.map(({ index, name, inputs, outputs, t, failureLog2 }) => ({
      index,
      name: quotable(name),
      inputs,
      outputs,
      t,
      failureLog2,
    })),
    files: files.map(({ path, bytes, sha256 }) => {
      if (sha256.length !== 32 || bytes > BigInt(Number.MAX_SAFE_INTEGER))
        throw incomplete('the files of a pack');
      return { path, bytes: Number(bytes), sha256 };
    }),
  };
}

function incomplete(what: string): Failure {
  return new Failure('server', `The server does not rightly say ${what}.`, {
    next: 'Check the address, and update Sotto.',
  });
}
