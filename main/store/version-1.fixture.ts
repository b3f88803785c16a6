/** A history file as version 1 wrote it: its script and its shapes, kept as they were. Do not change. */
import { randomBytes } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import { Sealer } from './sealer.ts';

const schema = `
  CREATE TABLE store (
    copy INTEGER PRIMARY KEY CHECK (copy IN (1, 2)),
    salt BLOB NOT NULL,
    key_check BLOB NOT NULL
  ) STRICT;
  CREATE TABLE conversation (
    id TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE TABLE message (
    id TEXT PRIMARY KEY,
    conversation TEXT NOT NULL REFERENCES conversation (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    UNIQUE (conversation, position)
  ) STRICT;
  CREATE TABLE entry (
    id BLOB PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;
  PRAGMA application_id = 1399813192;
  PRAGMA user_version = 1;
`;

export interface Version1Conversation {
  readonly id: string;
  readonly title: string;
  readonly created: number;
  readonly changed: number;
  /** With the receipt inside, as `record`. */
  readonly messages: readonly { readonly id: string; readonly [field: string]: unknown }[];
}

export function writeVersion1(
  file: string,
  databaseKey: Uint8Array,
  conversations: readonly Version1Conversation[],
  entries: Readonly<Record<string, unknown>>,
): void {
  const db = new DatabaseSync(file);
  db.exec('PRAGMA auto_vacuum = INCREMENTAL; PRAGMA secure_delete = ON; PRAGMA journal_mode = WAL');
  db.exec(schema);
  const salt = randomBytes(16);
  const sealer = new Sealer(databaseKey, salt);
  const store = db.prepare('INSERT INTO store VALUES (?, ?, ?)');
  for (const copy of [1, 2]) store.run(copy, salt, sealer.keyCheck);
  for (const { id, messages, ...conversation } of conversations) {
    db.prepare('INSERT INTO conversation VALUES (?, ?)').run(
      id,
      sealer.seal(1, ['conversation', id], conversation),
    );
    messages.forEach(({ id: messageId, ...message }, position) => {
      db.prepare('INSERT INTO message VALUES (?, ?, ?, ?)').run(
        messageId,
        id,
        position,
        sealer.seal(1, ['message', messageId, id, position], message),
      );
    });
  }
  for (const [name, value] of Object.entries(entries)) {
    const id = sealer.nameId(name);
    const place = ['entry', Buffer.from(id).toString('hex')] as const;
    db.prepare('INSERT INTO entry VALUES (?, ?)').run(id, sealer.seal(1, place, { name, value }));
  }
  db.close();
}
