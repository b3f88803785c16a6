import { maxEdits } from '../../app/contract/shapes.ts';
import { failureText } from '../language/failure-text.ts';
import { number } from '../language/format.ts';
import { t } from '../language/t.svelte.ts';
import type { DraftState } from './draft.svelte.ts';

/** Why a draft cannot be sent, where that needs the user; `null` for one that can be, or for which it is not known yet. */
export function refusalOf(draft: Pick<DraftState, 'readiness' | 'overfull' | 'preview'>): string | null {
  if (draft.readiness === 'failed') return t('composer.notChecked');
  if (draft.readiness !== 'refused') return null;
  if (draft.overfull) return t('composer.overfull', { most: number(maxEdits) });
  const { failure } = draft.preview;
  if (!failure) return null;
  const { title, next } = failureText(failure);
  return `${title}. ${next ?? ''}`.trim();
}
