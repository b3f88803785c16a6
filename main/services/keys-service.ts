import type { keys, KeyState } from '../../app/contract/keys.ts';
import type { ServiceImplementation } from '../../app/contract/method.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { AppContext, VaultKeeper } from './app-context.ts';
import { mustConfirm } from './confirm.ts';
import { confirmWords } from './confirm-words.ts';
import { deletePendingKeys } from './pending-keys.ts';
import type { Deletions } from './pending-keys.ts';
import type { ServerList } from './server-list.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { watch } from './watch.ts';

/** Answers `keys`. Nothing that it returns is a secret but a backup, which is encrypted under the user's passphrase. */
export function createKeysService(
  context: Pick<AppContext, 'vault' | 'host' | 'settings' | 'signal'>,
  servers: Pick<ServerList, 'reachForDeletion'>,
  sessions: Pick<SessionKeeper, 'closeRetired'>,
): ServiceImplementation<typeof keys> {
  const { vault, host } = context;
  const words = () => confirmWords(context.settings.current().appearance.language);

  const retire = async (how: 'rotate' | 'revoke', signal: AbortSignal) => {
    const open = vault.require();
    if (how === 'rotate') open.rotate();
    else open.revoke();
    sessions.closeRetired();
    const stop = AbortSignal.any([signal, context.signal]);
    const deletions = await deletePendingKeys(open, (server) => servers.reachForDeletion(server, stop), stop);
    return plain(deletions);
  };

  return {
    status: async () => vault.state(),
    retry: () => vault.refresh(),
    async create(wish, signal) {
      if (wish.replace) await mustConfirm(host, words().replaceLost, signal);
      return await vault.create(wish);
    },
    unlock: ({ passphrase }) => vault.unlock(passphrase),
    lock: () => vault.lock(),
    rotate: (_, signal) => retire('rotate', signal),
    revoke: (_, signal) => retire('revoke', signal),
    async exportBackup({ passphrase }, signal) {
      vault.require();
      await mustConfirm(host, words().exportBackup, signal);
      const text = await vault
        .require()
        .exportBackupText(passphrase, AbortSignal.any([signal, context.signal]));
      return { name: `sotto-backup-${new Date().toISOString().slice(0, 10)}.age`, text };
    },
    async importBackup(wish, signal) {
      if (wish.replace) await mustConfirm(host, words().replaceByBackup, signal);
      return await vault.importBackup(wish);
    },
    watch: (_, signal) =>
      watch<KeyState>(
        (tell) => {
          tell(vault.state());
          const stops = [vault.onChange(tell), followKeys(vault, () => tell(vault.state()))];
          return () => stops.forEach((stop) => stop());
        },
        AbortSignal.any([signal, context.signal]),
      ),
  };
}

/** Calls `changed` soon after keys of the open vault, whichever that is, were made, sent or used. */
function followKeys(vault: VaultKeeper, changed: () => void): () => void {
  let waiting: NodeJS.Immediate | undefined;
  const soon = () => {
    waiting ??= setImmediate(() => {
      waiting = undefined;
      try {
        changed();
      } catch (error) {
        // What cannot be read is told where it is needed.
        if (!(error instanceof Failure)) throw error;
      }
    });
  };
  let stopOpen = vault.current()?.onChange(soon);
  const stopKeeper = vault.onChange(() => {
    stopOpen?.();
    stopOpen = vault.current()?.onChange(soon);
  });
  return () => {
    stopKeeper();
    stopOpen?.();
    clearImmediate(waiting);
  };
}

function plain({ deleted, pending }: Deletions) {
  return { deleted: [...deleted], pending: [...pending] };
}
