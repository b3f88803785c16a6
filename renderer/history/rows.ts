/** The rail as rows of one height: headings by date, and conversations. */
import type { Summary } from '../../app/contract/conversations.ts';

export type Group =
  | { readonly name: 'pinned' | 'today' | 'yesterday' | 'week' }
  | { readonly name: 'month'; readonly time: number };
export type Row =
  | { readonly type: 'heading'; readonly key: string; readonly group: Group }
  | { readonly type: 'conversation'; readonly key: string; readonly summary: Summary };

/** @param items pinned ones first, then the latest changed. */
export function rowsOf(items: readonly Summary[], now: number): Row[] {
  const rows: Row[] = [];
  const groupOf = createGrouping(now);
  let last = '';
  for (const summary of items) {
    const group = summary.pinned ? ({ name: 'pinned' } as const) : groupOf(summary.changed);
    const key = group.name === 'month' ? monthKey(group.time) : group.name;
    if (key !== last) rows.push({ type: 'heading', key: `heading ${key}`, group });
    last = key;
    rows.push({ type: 'conversation', key: summary.id, summary });
  }
  return rows;
}

/** Groups by the calendar: a day has 23 hours sometimes. */
function createGrouping(now: number): (time: number) => Group {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const daysBefore = (days: number) => {
    const day = new Date(midnight);
    return day.setDate(day.getDate() - days);
  };
  const yesterday = daysBefore(1);
  const week = daysBefore(7);
  return (time) => {
    if (time >= midnight) return { name: 'today' };
    if (time >= yesterday) return { name: 'yesterday' };
    return time >= week ? { name: 'week' } : { name: 'month', time };
  };
}

function monthKey(time: number): string {
  const day = new Date(time);
  return `${day.getFullYear()}-${day.getMonth()}`;
}
