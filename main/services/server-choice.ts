/** Which server answers: the one that the user names, or the bundled one. */
import { bundledServerName } from '../../app/contract/servers.ts';
import { Failure } from '../../app/failure/failure.ts';
import { parseServerAddress } from '../egress/address.ts';
import { connect } from '../egress/connect.ts';
import type { ServerConnection } from '../egress/connect.ts';
import { Ledger } from '../egress/ledger.ts';
import { filePinStore, identityOf, memoryPinStore, readOnlyPinStore } from '../egress/pins.ts';
import type { PinStore } from '../egress/pins.ts';
import type { BundledServer } from './bundled-server.ts';
import { startBundledServer } from './bundled-server.ts';
import type { Profile } from './profile.ts';

/** What a preview calls the bundled server before it runs. */
export const bundledAddress = 'the bundled server on this machine';

export interface ServerChoice {
  /** Without it the bundled server is started. */
  readonly address?: string;
  readonly token?: string;
  /** `sha256:HEX`: the user accepts this certificate in place of the pinned one. */
  readonly acceptCertificate?: string;
  /** Nothing is written: a certificate that is met or accepted is known as long as the process. */
  readonly ephemeral: boolean;
  /** Pack for the bundled server. */
  readonly packRoot: string;
  readonly profile: Profile;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
}

export interface ReachedServer {
  readonly connection: ServerConnection;
  /** The name under which the vault remembers evaluation keys there. */
  readonly name: string;
  readonly bundled: boolean;
  close(): Promise<void>;
}

/** @throws Failure as `connect` and `startBundledServer`; nothing runs on then. */
export async function reachServer(choice: ServerChoice): Promise<ReachedServer> {
  return choice.address === undefined ? reachBundled(choice) : reachNamed(choice, choice.address);
}

async function reachNamed(choice: ServerChoice, address: string): Promise<ReachedServer> {
  const connection = await connectNamed({ ...choice, address });
  return {
    connection,
    name: connection.address,
    bundled: false,
    close: () => Promise.resolve(connection.close()),
  };
}

/** A server that the user named, with the profile's pins. Its evaluation keys are not looked at. */
export function connectNamed(
  choice: Pick<ServerChoice, 'token' | 'acceptCertificate' | 'profile' | 'signal'> & {
    readonly address: string;
    readonly ephemeral?: boolean;
    readonly ledger?: Ledger;
  },
): Promise<ServerConnection> {
  const { address, token, acceptCertificate, profile, signal } = choice;
  const pins = filePinStore(profile.pinsFile);
  return connect({
    address,
    pins: choice.ephemeral ? readOnlyPinStore(pins) : pins,
    ledger: choice.ledger ?? new Ledger(),
    allowInsecureLoopback: true,
    ...(token === undefined ? {} : { token }),
    ...(acceptCertificate === undefined ? {} : { identity: acceptCertificate }),
    signal,
  });
}

/**
 * A server that was met before. Without its certificate nobody can tell whether it is the same: it is not contacted then,
 * and `undefined` comes back. Pins nothing.
 */
export async function connectKnown(choice: {
  readonly address: string;
  readonly pins: PinStore;
  readonly token?: string;
  readonly ledger?: Ledger;
  readonly signal: AbortSignal;
}): Promise<ServerConnection | undefined> {
  const { address, pins, token, signal } = choice;
  const { encrypted, peer } = parseServerAddress(address, { allowInsecureLoopback: true });
  const pin = encrypted ? await pins.get(peer) : undefined;
  if (encrypted && !pin) return undefined;
  return await connect({
    address,
    pins: readOnlyPinStore(pins),
    ledger: choice.ledger ?? new Ledger(),
    allowInsecureLoopback: true,
    ...(pin && { identity: identityOf(pin) }),
    ...(token === undefined ? {} : { token }),
    signal,
  });
}

async function reachBundled(choice: ServerChoice): Promise<ReachedServer> {
  const { ledger, signal } = choice;
  const server: BundledServer = await startBundledServer({
    packs: [choice.packRoot],
    ...(choice.ephemeral ? {} : { dataDir: choice.profile.bundledServerDir }),
    signal,
  });
  try {
    if (server.identity === undefined) throw new Failure('server', 'The bundled server has no certificate.');
    // It told its certificate on its own standard output, so there is no first use to trust.
    const connection = await connect({
      address: server.address,
      pins: memoryPinStore(),
      identity: server.identity,
      ledger,
      signal,
    });
    return {
      connection,
      name: bundledServerName,
      bundled: true,
      async close() {
        connection.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
