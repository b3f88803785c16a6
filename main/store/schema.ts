/** The tables of the current version. `migrations.ts` brings older files here. */

/** Version 2: receipts in records of their own, pinned conversations. */
export const schemaVersion = 2;

/** "SotH": marks the file as ours. */
export const applicationId = 0x536f7448;

export const schema = `
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
  CREATE TABLE receipt (
    message TEXT PRIMARY KEY REFERENCES message (id) ON DELETE CASCADE,
    sealed BLOB NOT NULL
  ) STRICT;
  CREATE TABLE entry (
    id BLOB PRIMARY KEY,
    sealed BLOB NOT NULL
  ) STRICT;
`;
