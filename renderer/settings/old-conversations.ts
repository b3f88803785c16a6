/** How many conversations automatic deletion would take, before it is turned on. */
import type { Summary } from '../../app/contract/conversations.ts';

const day = 86_400_000;

/** @param list one page of `conversations.list` */
type ListPage = (before: number | null) => Promise<{
  readonly conversations: readonly Pick<Summary, 'added' | 'changed' | 'pinned' | 'stored'>[];
  readonly more: boolean;
}>;

/** Conversations that were neither touched nor imported for `days` days. Reads the list to its end. */
export async function countOlderThan(days: number, now: number, list: ListPage): Promise<number> {
  let before: number | null = null;
  let count = 0;
  for (;;) {
    const page = await list(before);
    const touched = ({ changed, added = 0 }: Pick<Summary, 'added' | 'changed'>) => Math.max(changed, added);
    count += page.conversations.filter((one) => one.stored && now - touched(one) > days * day).length;
    const last = page.conversations.at(-1);
    if (!page.more || !last) return count;
    before = last.changed;
  }
}
