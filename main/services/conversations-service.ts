import type { conversations } from '../../app/contract/conversations.ts';
import type { Conversation } from '../../app/contract/conversations.ts';
import type { ServiceImplementation } from '../../app/contract/method.ts';
import { cancelled } from '../egress/cancellation.ts';
import type { StoreChange } from '../store/store.ts';
import type { AppContext } from './app-context.ts';
import { startAutoDelete } from './auto-delete.ts';
import { createListeners } from './listeners.ts';
import { watchStore } from './store-changes.ts';
import { watch } from './watch.ts';

/** Answers `conversations`, and keeps to the days after which conversations are deleted. */
export function createConversationsService(
  context: Pick<AppContext, 'store' | 'settings' | 'signal'>,
): ServiceImplementation<typeof conversations> {
  const { store } = context;
  const changes = storeChanges(context);
  startAutoDelete(context);
  return {
    list: async (page) => store.require().list(page),
    get: async ({ id }) => store.require().get(id),
    rename: async ({ id, title }) => store.require().rename(id, title),
    pin: async ({ id, pinned }) => store.require().pin(id, pinned),
    async remove({ id }) {
      store.require().remove(id);
      return {};
    },
    removeAll: async ({ expected }) => ({ removed: store.require().removeAll(expected) }),
    async search({ query, limit }) {
      const hits = await store.require().search(query, limit);
      return { hits: hits.map((hit) => ({ ...hit, found: [...hit.found] })) };
    },
    async export({ ids, format }) {
      const open = store.require();
      const all = ids ?? open.ids();
      const chosen: Conversation[] = [];
      for (const id of all) {
        chosen.push(open.get(id));
        // A long history takes a while to decrypt: answers go on meanwhile.
        if (chosen.length % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      return {
        name: exportName(chosen, format === 'json' ? 'json' : 'md'),
        text: await exported(chosen, format),
      };
    },
    async import({ text }, stop) {
      const open = store.require();
      const { readImport } = await import('../../app/exchange/read-import.ts');
      const { conversations: read, skipped } = readImport(text);
      if (stop.aborted) throw cancelled();
      const { conversations: added, messages, known } = open.importAll(read);
      return { conversations: added, messages, skipped: skipped + known };
    },
    setAside: async () => ({ path: store.setAside() }),
    async forgetUnstored() {
      store.current()?.forgetUnstored();
      return {};
    },
    watch: (_, signal) => watch((tell) => changes.add(tell), AbortSignal.any([signal, context.signal])),
  };
}

/** Loaded when it is needed: few starts of the program are. */
async function exported(chosen: readonly Conversation[], format: 'json' | 'markdown'): Promise<string> {
  if (format === 'json')
    return (await import('../../app/exchange/sotto-json.ts')).exportJson(chosen, new Date());
  return (await import('../../app/exchange/markdown.ts')).exportMarkdown(chosen);
}

/** Every page's own list follows the store; it is watched once. */
function storeChanges({ store, signal }: Pick<AppContext, 'store' | 'signal'>) {
  const listeners = createListeners<StoreChange>();
  const stop = watchStore(store, listeners.tell);
  signal.addEventListener('abort', stop, { once: true });
  return listeners;
}

/** One conversation goes by its title, with what file systems do not take left out. */
function exportName(chosen: readonly Conversation[], extension: string): string {
  const day = new Date().toISOString().slice(0, 10);
  const title = chosen.length === 1 ? (chosen[0]?.title ?? '') : '';
  const plain = title
    .replace(/[^\p{L}\p{N} _-]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, 60)
    .trim();
  return plain === '' ? `sotto-conversations-${day}.${extension}` : `${plain}.${extension}`;
}
