import { t } from '../language/t.svelte.ts';
import { failures } from '../state/failures.svelte.ts';

/** Puts a text on the clipboard, and says so. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    failures.say(() => t('conversation.copied'));
  } catch {
    failures.say(() => t('conversation.notCopied'));
  }
}
