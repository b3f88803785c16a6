/** Which certificate a server must show: the pinned one, or on first use the one that it shows. */
import { Failure } from '../../app/failure/failure.ts';
import type { ServerAddress } from './address.ts';
import type { Pin, PinStore } from './pins.ts';
import { identityOf } from './pins.ts';
import type { ProbeLimit } from './probe.ts';
import { probeCertificate } from './probe.ts';

export interface Trust {
  readonly pin: Pin;
  /** The pin is not in the store yet; it goes there once the server has proved to be one. */
  readonly isNew: boolean;
}

/**
 * @param identity `sha256:HEX` that the user, or the server's own announcement on this machine, vouches for: it
 *   replaces an older pin
 * @throws Failure `server` when the server shows another certificate than `identity`, or is not there
 */
export async function trustServer(
  address: ServerAddress,
  pins: PinStore,
  identity: string | undefined,
  limit: ProbeLimit,
): Promise<Trust> {
  const known = await pins.get(address.peer);
  if (known && (identity === undefined || identity === identityOf(known)))
    return { pin: known, isNew: false };
  const shown = await probeCertificate(address, limit);
  if (identity !== undefined && identity !== identityOf(shown)) {
    throw changedCertificate(address, identity, identityOf(shown));
  }
  return { pin: shown, isNew: true };
}

/** The server shows another certificate than it should. Nothing was sent to it. */
export function changedCertificate(address: ServerAddress, known: string, shown: string): Failure {
  return new Failure(
    'server',
    `The certificate of ${address.url} is not the known one: it should be ${known}, and is ${shown}. Nothing was sent.`,
    {
      next: `Ask whoever runs the server whether it has a new certificate. If ${shown} is right: --accept-new-certificate ${shown}`,
      reason: 'certificate-changed',
      facts: { address: address.url, pinned: known, shown },
    },
  );
}
