/** Opens what an encrypted command needs: vault, server, session. Closes it in the other order. */
import { Failure } from '../../app/failure/failure.ts';
import { byteCount } from '../../app/receipt/wording.ts';
import { Ledger } from '../egress/ledger.ts';
import type { Pack } from '../packs/pack.ts';
import { openEncryptedSession } from '../services/encrypted-session.ts';
import type { EncryptedSession } from '../services/encrypted-session.ts';
import { forgetKeys } from '../services/pending-keys.ts';
import type { Profile } from '../services/profile.ts';
import { reachServer } from '../services/server-choice.ts';
import type { ReachedServer } from '../services/server-choice.ts';
import { foundVault } from '../vault/open-vault.ts';
import type { Vault } from '../vault/vault.ts';
import type { CommandContext } from './context.ts';
import { readSecretFile } from './input.ts';
import { openProfileVault } from './profile-vault.ts';
import type { RemoteOptions } from './question-options.ts';

/** Whose key the command line's is. */
export const keyScope = 'cli';

export interface Remote {
  readonly session: EncryptedSession;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly bundled: boolean;
  close(): Promise<void>;
}

export async function openRemote(
  pack: Pack,
  profile: Profile,
  options: RemoteOptions,
  context: CommandContext,
): Promise<Remote> {
  const { terminal, signal } = context;
  const ephemeral = options.ephemeralKeys === true;
  const token = options.tokenFile === undefined ? undefined : await readSecretFile(options.tokenFile);
  const vault = await openOrCreateVault(profile, options, context);
  const ledger = new Ledger();
  let server: ReachedServer | undefined;
  const close = async () => {
    // The bundled one goes itself, with all that it has.
    if (server && ephemeral && !server.bundled) await forgetKeys(vault, server.connection);
    await server?.close();
    vault.close();
  };
  try {
    if (options.server === undefined) {
      terminal.say('No server is configured: the bundled one answers, on this machine.');
    }
    server = await reachServer({
      ...(options.server === undefined ? {} : { address: options.server }),
      ...(token === undefined ? {} : { token }),
      ...(options.acceptNewCertificate === undefined
        ? {}
        : { acceptCertificate: options.acceptNewCertificate }),
      ephemeral,
      packRoot: pack.root,
      profile,
      ledger,
      signal,
    });
    if (server.connection.isNewServer && !server.bundled) {
      terminal.say(
        `First contact with ${server.connection.address}: ${server.connection.identity ?? 'no TLS'}`,
      );
    }
    const session = await openEncryptedSession({
      pack,
      vault,
      server,
      scope: keyScope,
      signal,
      onKeysProgress: (sent, total) =>
        terminal.progress(`Sending evaluation keys: ${byteCount(sent)} of ${byteCount(total)}`),
    });
    terminal.clear();
    return {
      session,
      ledger,
      vault,
      bundled: server.bundled,
      async close() {
        session.close();
        await close();
      },
    };
  } catch (error) {
    // The evaluation keys may be at the server by now, also where the session was stopped before it was told so.
    await close();
    throw error;
  }
}

async function openOrCreateVault(
  profile: Profile,
  options: RemoteOptions,
  context: CommandContext,
): Promise<Vault> {
  const state = await openProfileVault(profile, options, context);
  if (state.state === 'absent' && !state.lost) {
    const vault = await state.create();
    context.terminal.say('A root key was made in the OS keychain. Back it up: sotto keys export FILE');
    return vault;
  }
  if (state.state === 'locked' || state.state === 'unavailable') {
    throw new Failure('refused', `${state.message} Nothing was sent.`, {
      next: `${state.next} Or pass --ephemeral-keys for keys that last one run.`,
      reason: `keychain-${state.state}`,
    });
  }
  return foundVault(state);
}
