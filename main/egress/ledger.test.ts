import { expect, it } from 'vitest';
import { Ledger } from './ledger.ts';
import type { LedgerEntry } from './ledger.ts';

const sent: LedgerEntry = {
  time: 0,
  direction: 'sent',
  call: 'Multiply',
  purpose: 'products',
  bytes: 100,
  peer: 'host:1',
};
const received: LedgerEntry = { ...sent, direction: 'received', bytes: 40 };

it('adds up the messages of each purpose', () => {
  const ledger = new Ledger();
  for (const entry of [
    sent,
    received,
    sent,
    { ...sent, call: 'PutKeys', purpose: 'keys', bytes: 9 } as const,
  ]) {
    ledger.record(entry);
  }
  expect(ledger.totals('products')).toEqual({
    sentMessages: 2,
    sentBytes: 200,
    receivedMessages: 1,
    receivedBytes: 40,
  });
  expect(ledger.totals('keys').sentBytes).toBe(9);
  expect(ledger.totals('packs').sentMessages).toBe(0);
});

it('tells a subscriber of each message until it stops listening', () => {
  const ledger = new Ledger();
  const heard: LedgerEntry[] = [];
  const stop = ledger.subscribe((entry) => heard.push(entry));
  ledger.record(sent);
  stop();
  ledger.record(received);
  expect(heard).toEqual([sent]);
});

it('keeps the latest entries and counts all', () => {
  const ledger = new Ledger();
  for (let i = 0; i < 10_500; i++) ledger.record({ ...sent, time: i });
  expect(ledger.entries()).toHaveLength(10_000);
  expect(ledger.entries()[0]?.time).toBe(500);
  expect(ledger.totals('products').sentMessages).toBe(10_500);
});
