import type { Progress } from '../../app/contract/assistant.ts';
import { bytes } from '../language/format.ts';
import { t } from '../language/t.svelte.ts';
import { serverNamed } from '../state/server-name.ts';

/** What an answer waits for, in words. */
export function progressText(progress: Progress | null): string {
  switch (progress?.type) {
    case 'loading':
      return t('conversation.loading', { pack: progress.pack });
    case 'connecting':
      return t('conversation.connecting', { server: serverNamed(progress.server) });
    case 'keys':
      return t('conversation.keys', { sent: bytes(progress.sent), total: bytes(progress.total) });
    case 'reading':
      return t('conversation.reading', {
        step: progress.step,
        steps: progress.steps,
        layer: progress.layer,
        layers: progress.layers,
        rows: progress.rows,
      });
    case 'discarded':
      return t('conversation.discarding');
    case undefined:
    case 'accepted':
    case 'text':
      return t('conversation.asked');
  }
}
