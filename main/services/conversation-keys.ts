import { uuid } from '../../app/contract/shapes.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { AppContext } from './app-context.ts';
import type { SessionKeeper } from './session-keeper.ts';
import { watchStore } from './store-changes.ts';

/**
 * The session key of a conversation goes with it: it is retired, so that servers delete its evaluation keys when they are
 * next reached, and no session keeps it in memory. Also those of conversations that were not kept by an earlier run. A
 * scope that is no conversation's id is the command line's or a check's, and left alone. Returns how to stop.
 */
export function dropKeysWithConversations(
  { vault, store }: Pick<AppContext, 'vault' | 'store'>,
  sessions: Pick<SessionKeeper, 'closeRetired'>,
): () => void {
  const sweep = () => {
    const [keys, conversations] = [vault.current(), store.current()];
    if (!keys || !conversations) return;
    keys.dropScopes(
      keys.scopes().filter((scope) => uuid.test(scope) && conversations.summary(scope) === undefined),
    );
  };
  const now = (work: () => void) => {
    try {
      work();
      sessions.closeRetired();
    } catch (error) {
      // A full disk: the conversation is gone all the same, and its key goes with the next sweep.
      if (!(error instanceof Failure)) throw error;
    }
  };
  const stop = watchStore(store, (change) => {
    if (change.type === 'removed' && uuid.test(change.id)) {
      now(() => vault.current()?.dropScopes([change.id]));
    }
    if (change.type === 'reload') now(sweep);
  });
  now(sweep);
  return stop;
}
