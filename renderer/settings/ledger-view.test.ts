import { describe, expect, it } from 'vitest';
import type { LedgerLine } from '../../app/contract/system.ts';
import { knownPeers, ledgerFile, ledgerRequest, sumTotals, unfiltered } from './ledger-view.ts';

const entry: LedgerLine = {
  time: Date.UTC(2026, 10, 3, 9, 30),
  direction: 'sent',
  call: 'Multiply',
  purpose: 'products',
  bytes: 4412,
  peer: 'models.example:8443',
};

describe('ledgerRequest', () => {
  it('asks for everything without a filter, and for what was chosen with one', () => {
    expect(ledgerRequest(unfiltered, 200)).toEqual({
      purpose: null,
      direction: null,
      peer: null,
      limit: 200,
    });
    expect(ledgerRequest({ purpose: 'keys', direction: 'sent', peer: 'a:1' }, 5)).toEqual({
      purpose: 'keys',
      direction: 'sent',
      peer: 'a:1',
      limit: 5,
    });
  });
});

describe('sumTotals', () => {
  it('adds up over purposes', () => {
    const one = { sentMessages: 1, sentBytes: 10, receivedMessages: 2, receivedBytes: 20 };
    expect(sumTotals([one, one])).toEqual({
      sentMessages: 2,
      sentBytes: 20,
      receivedMessages: 4,
      receivedBytes: 40,
    });
    expect(sumTotals([])).toEqual({ sentMessages: 0, sentBytes: 0, receivedMessages: 0, receivedBytes: 0 });
  });
});

describe('knownPeers', () => {
  it('keeps servers that a filter hides', () => {
    expect(knownPeers(['b:1'], [entry], 'c:1')).toEqual(['b:1', 'c:1', 'models.example:8443']);
    expect(knownPeers(['b:1'], [], '')).toEqual(['b:1']);
  });
});

describe('ledgerFile', () => {
  it('is JSON with readable times and the filter that made it', () => {
    const text = ledgerFile(
      { since: 0, matching: 1, totals: [], entries: [entry] },
      { ...unfiltered, direction: 'sent' },
    );
    expect(JSON.parse(text)).toEqual({
      since: '1970-01-01T00:00:00.000Z',
      filter: { purpose: null, direction: 'sent', peer: null },
      matching: 1,
      totals: [],
      entries: [{ ...entry, time: '2026-11-03T09:30:00.000Z' }],
    });
  });
});
