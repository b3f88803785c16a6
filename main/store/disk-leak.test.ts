import { randomBytes } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scanFolder } from '../../test/disk/scan.ts';
import { converse, noEdits, testReceipt, testStore } from './test-store.fixture.ts';

/** Words that nothing else has, with letters that encodings treat differently. */
const secrets = Array.from({ length: 20 }, (_, index) => {
  const random = randomBytes(8)
    .toString('hex')
    .replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)] ?? '');
  return index % 2 === 0 ? `Sekret${random}` : `Zoë Mü${random} "Ø${index}"`;
});
const at = (index: number) => secrets[index] ?? '';

describe('a profile on the disk', () => {
  it('has none of 20 secrets in any file, in any encoding, while it is open and after', async () => {
    const test = testStore();
    // What the disk holds while the store is open is looked at as a copy, as a thief would take it.
    const copies = mkdtempSync(join(tmpdir(), 'sotto-copies-'));
    const store = test.open();
    const leaks = (when: string) => {
      const copy = join(copies, when);
      cpSync(test.dir, copy, { recursive: true });
      return scanFolder(copy, secrets);
    };
    try {
      for (let index = 0; index < 6; index += 1)
        converse(store, `My name is ${at(index)}`, `Hello ${at(index)}`);
      const { id } = store.createConversation({ firstQuestion: 'x', stored: true });
      store.rename(id, `Case of ${at(6)}`);
      store.addQuestion(id, {
        text: `${'long '.repeat(3000)} ${at(7)}`,
        marks: [],
        edits: noEdits,
      });
      const { id: answer } = store.addAnswer(id);
      const record = testReceipt(at(9));
      store.updateAnswer(id, answer, {
        text: `It is ${at(8)}`,
        state: 'complete',
        record: {
          ...record,
          receipt: { ...record.receipt, server: { address: `https://${at(10)}:8443`, identity: null } },
        },
      });
      converse(store, `Unwritten ${at(11)}`, at(12), false);
      store.writeEntry('settings/detection', { words: [{ text: at(13), kind: 'custom', pattern: false }] });
      store.writeEntry(`server/${at(14)}`, { name: at(15) });
      const imported = { role: 'user' as const, id: null, time: 1, text: at(16), marks: [], edits: noEdits };
      store.importAll([
        {
          id: null,
          source: `chatgpt:${at(17)}`,
          title: at(18),
          pinned: true,
          created: 1,
          changed: 1,
          items: [imported],
        },
      ]);
      converse(store, at(19), 'to be deleted');
      for (const secret of secrets) await store.search(secret, 20);
      expect((await store.search(at(16), 5)).length).toBe(1);
      expect(leaks('open')).toEqual([]);
      const imports = store
        .list({ before: null, limit: 20 })
        .conversations.filter(({ added }) => added !== undefined);
      expect(imports).toHaveLength(1);
      for (const one of imports) store.remove(one.id);
      store.rename(id, 'Renamed');
      expect(leaks('changed')).toEqual([]);
      store.close();
      expect(leaks('closed')).toEqual([]);
      // The control: the same scan of the same folder finds what is planted there.
      writeFileSync(join(test.dir, 'planted'), Buffer.from(`x${at(3)}`).toString('base64'));
      expect(leaks('planted')).toMatchObject([{ file: 'planted', secret: at(3) }]);
      expect(test.open().ids()).toHaveLength(8);
    } finally {
      rmSync(copies, { recursive: true, force: true });
    }
  });
});
