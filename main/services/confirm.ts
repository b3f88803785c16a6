import { Failure } from '../../app/failure/failure.ts';
import type { AppContext } from './app-context.ts';
import type { Asked } from './confirm-words.ts';

/**
 * Has the host ask the user outside the page, which cannot answer for them.
 * @throws Failure `refused` with reason `not-confirmed`.
 */
export async function mustConfirm(
  host: Pick<AppContext['host'], 'confirm'>,
  { question, detail }: Asked,
  signal: AbortSignal,
): Promise<void> {
  const { confirmed } = await host.confirm(
    { question: question.slice(0, 500), detail: detail.slice(0, 2000) },
    signal,
  );
  if (confirmed) return;
  throw new Failure('refused', 'It was not confirmed. Nothing was changed.', {
    next: 'Do it again and confirm, if it is what you want.',
    reason: 'not-confirmed',
  });
}
