/** The ledger as the page shows it: what to ask for, sums, and a file to keep. */
import type { LedgerLine } from '../../app/contract/system.ts';

export const ledgerPurposes = ['products', 'keys', 'packs', 'server'] as const;

export interface LedgerFilter {
  readonly purpose: LedgerLine['purpose'] | '';
  readonly direction: LedgerLine['direction'] | '';
  /** `host:port`, or empty for every server. */
  readonly peer: string;
}

export const unfiltered: LedgerFilter = { purpose: '', direction: '', peer: '' };

/** The input of `system.ledger` for a filter. */
export function ledgerRequest(filter: LedgerFilter, limit: number) {
  return {
    purpose: filter.purpose === '' ? null : filter.purpose,
    direction: filter.direction === '' ? null : filter.direction,
    peer: filter.peer === '' ? null : filter.peer,
    limit,
  };
}

export interface LedgerTotal {
  readonly sentMessages: number;
  readonly sentBytes: number;
  readonly receivedMessages: number;
  readonly receivedBytes: number;
}

export function sumTotals(totals: readonly LedgerTotal[]): LedgerTotal {
  const sum = (field: keyof LedgerTotal) => totals.reduce((all, total) => all + total[field], 0);
  return {
    sentMessages: sum('sentMessages'),
    sentBytes: sum('sentBytes'),
    receivedMessages: sum('receivedMessages'),
    receivedBytes: sum('receivedBytes'),
  };
}

/** Servers to filter by: those seen in any list so far, and the one that is filtered by. */
export function knownPeers(
  before: readonly string[],
  entries: readonly LedgerLine[],
  chosen: string,
): readonly string[] {
  const peers = new Set([...before, ...entries.map(({ peer }) => peer)]);
  if (chosen !== '') peers.add(chosen);
  return [...peers].sort();
}

/** The ledger as JSON, with times that people can read. */
export function ledgerFile(
  answer: {
    readonly since: number;
    readonly matching: number;
    readonly totals: readonly (LedgerTotal & { readonly purpose: string })[];
    readonly entries: readonly LedgerLine[];
  },
  filter: LedgerFilter,
): string {
  const { purpose, direction, peer } = ledgerRequest(filter, 0);
  const file = {
    since: new Date(answer.since).toISOString(),
    filter: { purpose, direction, peer },
    matching: answer.matching,
    totals: answer.totals,
    entries: answer.entries.map((entry) => ({ ...entry, time: new Date(entry.time).toISOString() })),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}
