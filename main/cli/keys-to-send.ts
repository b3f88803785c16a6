import { bundledServerName } from '../../app/contract/servers.ts';
import { evaluationKeyBytes } from '../attention/throw-away.ts';
import { parseServerAddress } from '../egress/address.ts';
import type { Profile } from '../services/profile.ts';
import { isUploadOnRecord } from '../vault/on-record.ts';
import type { RemoteOptions } from './question-options.ts';
import { keyScope } from './remote.ts';

/**
 * Bytes of evaluation keys that would be sent before a question: none where the server is on record as holding them.
 * Contacts nobody.
 * @throws Failure as `parseServerAddress`
 */
export async function keysToSend(
  profile: Profile,
  { server, ephemeralKeys }: Pick<RemoteOptions, 'server' | 'ephemeralKeys'>,
): Promise<number> {
  const name =
    server === undefined
      ? bundledServerName
      : parseServerAddress(server, { allowInsecureLoopback: true }).url;
  if (!ephemeralKeys && isUploadOnRecord(profile.dir, keyScope, name)) return 0;
  return await evaluationKeyBytes();
}
