import { api } from '../bridge/api.ts';
import { t } from '../language/t.svelte.ts';
import { failures } from '../state/failures.svelte.ts';
import { saveFile } from '../settings/save-file.ts';

/** Saves conversations to a file in plain text, and says so. @param ids null for all. */
export async function exportConversations(ids: string[] | null, format: 'json' | 'markdown'): Promise<void> {
  try {
    const { name, text } = await api.conversations.export({ ids, format });
    saveFile(name, text, format === 'json' ? 'application/json' : 'text/plain');
    failures.say(() => t('history.exported', { name }));
  } catch (error) {
    failures.show(error, { retry: () => void exportConversations(ids, format) });
  }
}
