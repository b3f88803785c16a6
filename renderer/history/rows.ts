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
  let last = '';
  for (const summary of items) {
    const group = summary.pinned ? ({ name: 'pinned' } as const) : groupOf(summary.changed, now);
    const key = group.name === 'month' ? monthKey(group.time) : group.name;
    if (key !== last) rows.push({ type: 'heading', key: `heading ${key}`, group });
    last = key;
    rows.push({ type: 'conversation', key: summary.id, summary });
  }
  return rows;
}

function groupOf(time: number, now: number): Group {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  const daysBefore = (days: number) => {
    const day = new Date(midnight);
    // By the calendar: a day has 23 hours sometimes.
    return day.setDate(day.getDate() - days);
  };
  if (time >= midnight) return { name: 'today' };
  if (time >= daysBefore(1)) return { name: 'yesterday' };
  if (time >= daysBefore(7)) return { name: 'week' };
  return { name: 'month', time };
}

function monthKey(time: number): string {
  const day = new Date(time);
  return `${day.getFullYear()}-${day.getMonth()}`;
}
