import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Records } from './records.ts';

let dir: string;
let file: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sotto-records-'));
  file = join(dir, 'profile', 'vault.db');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const id = new Uint8Array(16).fill(1);
const key = { id, epoch: 1, scope: 'cli', nonce: new Uint8Array(32).fill(2), created: 1000 };
const server = 'https://models.example';

function withRecords<T>(work: (records: Records) => T): T {
  const records = Records.open(file);
  try {
    return work(records);
  } finally {
    records.close();
  }
}

describe('the records of a vault', () => {
  it('are kept', () => {
    withRecords((records) => {
      records.addKey(key);
      records.addUpload({ keyId: id, server });
      records.setRoot({ check: new Uint8Array(16).fill(3), created: 500 });
    });
    withRecords((records) => {
      expect(records.activeKey('cli')).toMatchObject({ id, epoch: 1, scope: 'cli', retired: null });
      expect(records.uploads()).toMatchObject([{ keyId: id, server }]);
      expect(records.root()).toMatchObject({ created: 500 });
    });
  });

  it('can be read by their owner alone, and leave no other file behind', () => {
    withRecords((records) => records.addKey(key));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'profile')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(dir, 'profile'))).toEqual(['vault.db']);
  });

  it('have one active key per scope', () => {
    withRecords((records) => {
      records.addKey(key);
      expect(() => records.addKey({ ...key, id: new Uint8Array(16).fill(9) })).toThrow();
      records.retireKey(id, 2000);
      records.addKey({ ...key, id: new Uint8Array(16).fill(9) });
    });
  });

  it('take a failed change back whole', () => {
    withRecords((records) => {
      expect(() =>
        records.transaction(() => {
          records.addKey(key);
          throw new Error('crash');
        }),
      ).toThrow('crash');
      expect(records.keys()).toEqual([]);
    });
  });

  it('know which servers still hold the evaluation keys of retired ids', () => {
    withRecords((records) => {
      records.addKey(key);
      records.addUpload({ keyId: id, server });
      records.addUpload({ keyId: id, server });
      expect(records.pendingDeletions()).toEqual([]);
      expect(records.nextEpoch(2000)).toEqual(['cli']);
      expect(records.pendingDeletions()).toMatchObject([{ keyId: id, server }]);
      records.removeUpload({ keyId: id, server });
      expect(records.pendingDeletions()).toEqual([]);
    });
  });

  it('start a new epoch when the file is a copy', () => {
    withRecords((records) => records.addKey(key));
    const copy = join(dir, 'copy.db');
    copyFileSync(file, copy);
    const records = Records.open(copy);
    expect(records.epoch()).toBe(2);
    expect(records.activeKey('cli')).toBeUndefined();
    records.close();
    const again = Records.open(copy);
    expect(again.epoch()).toBe(2);
    again.close();
    withRecords((original) => expect(original.epoch()).toBe(1));
  });

  describe('when the file is damaged', () => {
    const damages: [string, () => void][] = [
      ['empty', () => truncateSync(file, 0)],
      ['cut short', () => truncateSync(file, 6000)],
      ['something else', () => writeFileSync(file, '{"epoch": 1}')],
      ['noise', () => writeFileSync(file, Buffer.alloc(20_000, 0xa5))],
      [
        'overwritten in the middle',
        () => {
          const bytes = readFileSync(file);
          bytes.fill(0xff, 4096, 8192);
          writeFileSync(file, bytes);
        },
      ],
      [
        'another program’s database',
        () => {
          rmSync(file);
          const db = new DatabaseSync(file);
          db.exec('CREATE TABLE other (x)');
          db.close();
        },
      ],
    ];

    it.each(damages)('%s: says so and changes nothing', (_, damage) => {
      withRecords((records) => records.addKey(key));
      damage();
      const before = readFileSync(file);
      expect(() => Records.open(file)).toThrow(
        expect.objectContaining({ code: 'pack', message: expect.stringContaining(file) as string }) as Error,
      );
      expect(readFileSync(file)).toEqual(before);
    });

    it('of a newer version: says so and changes nothing', () => {
      withRecords(() => undefined);
      const db = new DatabaseSync(file);
      db.exec('PRAGMA user_version = 2');
      db.close();
      expect(() => Records.open(file)).toThrow(/newer version/);
    });
  });

  it('say which folder cannot be written', () => {
    writeFileSync(join(dir, 'profile'), 'a file where the folder should be');
    expect(() => Records.open(file)).toThrow(expect.objectContaining({ code: 'pack' }) as Error);
  });

  it('make others wait for a change that waits for something itself', async () => {
    const [a, b] = [Records.open(file), Records.open(file)];
    const order: string[] = [];
    const slow = a.exclusively(async () => {
      order.push('a begins');
      await new Promise((resolve) => setTimeout(resolve, 200));
      order.push('a ends');
    });
    const next = b.exclusively(() => Promise.resolve(order.push('b')));
    await Promise.all([slow, next]);
    expect(order).toEqual(['a begins', 'a ends', 'b']);
    a.close();
    b.close();
  });

  it('in memory touch no file', () => {
    const records = Records.inMemory();
    records.addKey(key);
    records.close();
    expect(existsSync(':memory:')).toBe(false);
    expect(readdirSync(dir)).toEqual([]);
  });
});
