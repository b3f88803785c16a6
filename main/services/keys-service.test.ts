import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceImplementation } from '../../app/contract/method.ts';
import type { keys, KeyState } from '../../app/contract/keys.ts';
import type { system } from '../../app/contract/system.ts';
import { createAnswerQueue } from './answer-queue.ts';
import type { AnswerQueue } from './answer-queue.ts';
import { createKeysService } from './keys-service.ts';
import { confirmWords } from './confirm-words.ts';
import { openProfileContext } from './profile-context.fixture.ts';
import type { ProfileContext } from './profile-context.fixture.ts';
import { createSystemService } from './system-service.ts';

const signal = new AbortController().signal;
const passphrase = 'correct horse battery staple';
let context: ProfileContext;
let service: ServiceImplementation<typeof keys>;
/** Keys that were in use each time that sessions of retired ones were closed. */
let closed: string[][];
beforeEach(async () => {
  context = await openProfileContext();
  closed = [];
  service = createKeysService(context, context.servers, {
    closeRetired: () => void closed.push(context.vault.require().scopes()),
  });
});
afterEach(() => context.end());

describe('a backup', () => {
  it('is given to nobody but a user who confirms it outside the page, and opens on another profile', async () => {
    await expect(service.exportBackup({ passphrase }, signal)).rejects.toMatchObject({
      reason: 'keys-absent',
    });
    expect(context.asked).toEqual([]);
    await service.create({ storage: 'keychain', replace: false }, signal);
    const key = Buffer.from(context.vault.require().databaseKey()).toString('hex');
    context.answers.confirm = false;
    await expect(service.exportBackup({ passphrase }, signal)).rejects.toMatchObject({
      reason: 'not-confirmed',
    });
    context.answers.confirm = true;
    const { name, text } = await service.exportBackup({ passphrase }, signal);
    expect(name).toMatch(/^sotto-backup-\d{4}-\d\d-\d\d\.age$/);
    expect(text).toMatch(
      /^-----BEGIN AGE ENCRYPTED FILE-----\n[\s\S]+\n-----END AGE ENCRYPTED FILE-----\n?$/,
    );

    const second = await openProfileContext();
    try {
      const other = createKeysService(second, second.servers, { closeRetired: () => undefined });
      await other.create({ storage: 'keychain', replace: false }, signal);
      await expect(other.importBackup({ text, passphrase, replace: false }, signal)).rejects.toMatchObject({
        code: 'refused',
      });
      expect(second.asked).toEqual([]);
      second.answers.confirm = false;
      await expect(other.importBackup({ text, passphrase, replace: true }, signal)).rejects.toMatchObject({
        reason: 'not-confirmed',
      });
      second.answers.confirm = true;
      const state = await other.importBackup(
        { text, passphrase, replace: true, storage: 'passphrase' },
        signal,
      );
      expect(state).toMatchObject({ state: 'found', storage: 'passphrase' });
      expect(Buffer.from(second.vault.require().databaseKey()).toString('hex')).toBe(key);
      // It stays where it is now, also with the next backup.
      expect(await other.importBackup({ text, passphrase, replace: false }, signal)).toMatchObject({
        storage: 'passphrase',
      });
      expect(await other.lock({}, signal)).toEqual({ state: 'passphrase' });
      expect(await other.unlock({ passphrase }, signal)).toMatchObject({ state: 'found' });
    } finally {
      await second.end();
    }
  });

  it('that was lost is given up only when confirmed', async () => {
    await service.create({ storage: 'keychain', replace: false }, signal);
    await service.lock({}, signal);
    context.keychain.entries.clear();
    expect(await service.retry({}, signal)).toEqual({ state: 'absent', lost: true });
    await expect(service.create({ storage: 'keychain', replace: false }, signal)).rejects.toMatchObject({
      reason: 'keys-lost',
    });
    context.answers.confirm = false;
    await expect(service.create({ storage: 'keychain', replace: true }, signal)).rejects.toMatchObject({
      reason: 'not-confirmed',
    });
    context.answers.confirm = true;
    expect(await service.create({ storage: 'keychain', replace: true }, signal)).toMatchObject({ epoch: 2 });
  });
});

it('closes the sessions of keys that are rotated or revoked', async () => {
  await service.create({ storage: 'keychain', replace: false }, signal);
  const vault = context.vault.require();
  const before = vault.latticeKey('cli').keyId;
  await service.rotate({}, signal);
  expect(closed).toEqual([['cli']]);
  expect(vault.isActive(before)).toBe(false);
  await service.revoke({}, signal);
  expect(closed).toEqual([['cli'], []]);
});

it('tells of the keys that are made, sent and used, in whichever vault is open', async () => {
  const stop = new AbortController();
  const seen: KeyState[] = [];
  const watching = (async () => {
    for await (const state of service.watch({}, stop.signal)) seen.push(state);
  })();
  const last = () => expect.poll(() => seen.at(-1));
  await service.create({ storage: 'keychain', replace: false }, signal);
  await last().toMatchObject({ state: 'found', lastUsed: null, keys: [] });
  const vault = context.vault.require();
  const { keyId } = vault.latticeKey('cli');
  await last().toMatchObject({
    lastUsed: expect.any(String) as string,
    keys: [{ scope: 'cli', servers: [] }],
  });
  vault.recordUpload({ keyId, server: 'bundled' });
  await last().toMatchObject({ keys: [{ scope: 'cli', servers: ['bundled'] }] });

  await service.lock({}, signal);
  await service.retry({}, signal);
  context.vault.require().recordDeletion({ keyId, server: 'bundled' });
  await last().toMatchObject({ keys: [{ scope: 'cli', servers: [] }] });
  stop.abort();
  await watching;
});

it.each([
  ['en', 'de-DE', /certificate/],
  ['de', 'en-US', /Zertifikat/],
  ['system', 'de-AT', /Zertifikat/],
  ['system', 'fr-FR', /certificate/],
] as const)('asks in the language that was chosen (%s on %s)', (language, locale, words) => {
  const { question, detail } = confirmWords(language, locale).acceptCertificate('x'.repeat(100), 'a', 'b');
  expect(question).toMatch(words);
  expect(question.length).toBeLessThanOrEqual(500);
  expect(detail.length).toBeLessThanOrEqual(2000);
});

describe('this installation', () => {
  let facts: ServiceImplementation<typeof system>;
  let queue: AnswerQueue;
  beforeEach(() => {
    const { keychain, servers } = context;
    queue = createAnswerQueue();
    facts = createSystemService(context, { version: '1.2.3', keychain, servers, queue });
  });

  it('says what it is, and of whose packages it consists', async () => {
    const about = await facts.about({}, signal);
    expect(about).toMatchObject({
      version: '1.2.3',
      node: process.versions.node,
      profile: context.profile.dir,
    });
    const names = about.licences.map(({ name }) => name);
    expect(names).toContain('@grpc/grpc-js');
    expect(names).not.toContain('vitest');
    expect(about.licences.every(({ licence, version }) => licence !== '' && version !== '')).toBe(true);
  });

  it('shows what passed the one door, newest first', async () => {
    const entry = { call: 'Multiply', purpose: 'products', peer: 'host:1' } as const;
    for (let time = 1; time <= 5; time += 1) {
      context.ledger.record({ ...entry, time, direction: time % 2 ? 'sent' : 'received', bytes: 10 * time });
    }
    context.ledger.record({
      time: 6,
      direction: 'sent',
      call: 'GetInfo',
      purpose: 'server',
      bytes: 7,
      peer: 'host:2',
    });
    const any = { purpose: null, direction: null, peer: null, limit: 2 };
    const { entries, matching, totals } = await facts.ledger(any, signal);
    expect(entries.map(({ time }) => time)).toEqual([6, 5]);
    expect(matching).toBe(6);
    expect(totals.find(({ purpose }) => purpose === 'products')).toEqual({
      purpose: 'products',
      sentMessages: 3,
      sentBytes: 90,
      receivedMessages: 2,
      receivedBytes: 60,
    });
    const sent = await facts.ledger({ ...any, direction: 'sent', peer: 'host:1', limit: 100 }, signal);
    expect(sent.entries.map(({ time }) => time)).toEqual([5, 3, 1]);
    expect((await facts.ledger({ ...any, limit: 0 }, signal)).entries).toEqual([]);
  });

  it('checks itself when no answer is being made', async () => {
    const turn = await queue.turn(signal);
    const checks = facts.doctor({}, signal);
    const first = checks.next();
    const waits = new Promise((resolve) => setTimeout(resolve, 100, 'waits'));
    expect(await Promise.race([first, waits])).toBe('waits');
    turn.done();
    expect((await first).done).toBe(false);
    await checks.return({ passed: false });
    (await queue.turn(signal)).done();
  });

  it('checks itself, and says what it found', async () => {
    const checks = facts.doctor({}, signal);
    const names: string[] = [];
    let result;
    for (;;) {
      const { done, value } = await checks.next();
      if (done) {
        result = value;
        break;
      }
      names.push(value.name);
      if (value.name === 'keychain') expect(value).toMatchObject({ passed: true, next: null });
    }
    expect(names).toContain('encrypted product, there and back');
    expect(result.passed).toEqual(expect.any(Boolean));
    const stop = new AbortController();
    stop.abort();
    await expect(facts.doctor({}, stop.signal).next()).rejects.toMatchObject({ code: 'cancelled' });
  });
});
