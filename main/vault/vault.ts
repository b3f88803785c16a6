/**
 * The keys of one profile, while it is open.
 *
 * The root key is in this process's memory from opening to `close()`. Who can read that memory, or ask the
 * same user's unlocked keychain, has the keys: the vault protects what lies on the disk, and what is sent.
 */
import { randomBytes } from 'node:crypto';
import { Failure } from '../../app/failure/failure.ts';
import { backupText, writeBackup } from './backup.ts';
import type { Backup } from './backup.ts';
import { Counter } from './counter.ts';
import { deriveDatabaseKey, deriveKeyId, deriveLatticeSeed, deriveTokenWrapKey, nonceBytes } from './keys.ts';
import type { LatticeKeyRecord, Records, Upload } from './records.ts';
import type { RootPlace } from './root-place.ts';
import { unwrapToken, wrapToken } from './wrap.ts';

export interface LatticeKey {
  /** 16 bytes, public: the name under which a server keeps the evaluation keys. */
  readonly keyId: Uint8Array;
  /** 32 bytes, secret: what `SecretKey.fromSeed` takes. The caller zeroises it (`fill(0)`) as soon as it is used. */
  readonly seed: Uint8Array;
  /**
   * The first of `count` (default 1, at most 65536) consecutive numbers that were never used before in this
   * profile, each for one encryption.
   * @throws Failure `refused` when the key was retired since, by this process or another.
   */
  nextCounter(count?: number): Promise<bigint>;
}

/** Where the root key is kept. `memory`: an ephemeral vault, gone with the process. */
export type VaultStorage = RootPlace['storage'] | 'memory';

/** Ready for `JSON.stringify`: ids are hex, dates ISO 8601. */
export interface VaultStatus {
  readonly storage: VaultStorage;
  readonly profile: string;
  readonly epoch: number;
  /** When the root key was made; `null` when its records were lost and that is not known. */
  readonly created: string | null;
  readonly lastUsed: string | null;
  readonly keys: readonly KeyStatus[];
}

export interface KeyStatus {
  readonly keyId: string;
  /** A conversation's id, or `cli`. */
  readonly scope: string;
  readonly epoch: number;
  readonly created: string;
  readonly retired: string | null;
  /** Servers that hold the evaluation keys of this id. For a retired key: that still have to delete them. */
  readonly servers: readonly string[];
}

export interface VaultParts {
  readonly profileName: string;
  /** Becomes the vault's: zeroised on close. */
  readonly root: Buffer;
  readonly records: Records;
  /** Where the root key is kept; `undefined` when it is in memory alone. */
  readonly store: RootPlace | undefined;
}

export class Vault {
  readonly storage: VaultStorage;
  readonly profileName: string;
  readonly #root: Buffer;
  readonly #records: Records;
  readonly #store: RootPlace | undefined;
  /** By key id. */
  readonly #counters = new Map<string, Counter>();
  readonly #listeners = new Set<() => void>();
  #open = true;

  constructor(parts: VaultParts) {
    this.storage = parts.store?.storage ?? 'memory';
    this.profileName = parts.profileName;
    this.#root = parts.root;
    this.#records = parts.records;
    this.#store = parts.store;
  }

  /**
   * The lattice key of a conversation, or of `cli`: the same one until `rotate`, `revoke` or `dropKey`.
   * @param scope 1 to 128 letters, digits, `.`, `_`, `:` or `-`.
   */
  latticeKey(scope: string): LatticeKey {
    if (!/^[\w.:-]{1,128}$/.test(scope)) {
      throw new Failure('usage', 'This is not a name that a key can be made for.');
    }
    const record = this.#change((now) => {
      this.#records.setLastUsed(now);
      return this.#records.activeKey(scope) ?? this.#mint(scope, now);
    });
    const seed = deriveLatticeSeed(this.#usableRoot(), record);
    const nextCounter = (count?: number) =>
      new Promise<bigint>((resolve) => resolve(this.#takeNumbers(record.id, count)));
    return { keyId: record.id, seed, nextCounter };
  }

  /** 32 bytes for the database of conversations; the caller zeroises them. */
  databaseKey(): Uint8Array {
    return deriveDatabaseKey(this.#usableRoot());
  }

  /** Encrypts a server's bearer token for storage. It opens for the same server and root key alone. */
  wrapToken(server: string, token: string): Uint8Array {
    return this.#withWrapKey((key) => wrapToken(key, server, token));
  }

  /** @throws Failure `refused` when it was not wrapped for this server under this root key. */
  unwrapToken(server: string, wrapped: Uint8Array): string {
    return this.#withWrapKey((key) => unwrapToken(key, server, wrapped));
  }

  status(): VaultStatus {
    this.#usableRoot();
    const uploads = Map.groupBy(this.#records.uploads(), ({ keyId }) => hex(keyId));
    return {
      storage: this.storage,
      profile: this.profileName,
      epoch: this.#records.epoch(),
      created: iso(this.#records.root()?.created ?? null),
      lastUsed: iso(this.#records.lastUsed()),
      keys: this.#records.keys().map((key) => ({
        keyId: hex(key.id),
        scope: key.scope,
        epoch: key.epoch,
        created: new Date(key.created).toISOString(),
        retired: iso(key.retired),
        servers: uploads.get(hex(key.id))?.map(({ server }) => server) ?? [],
      })),
    };
  }

  /**
   * Starts a new epoch: retires every key and makes a successor for each.
   * @returns the evaluation keys that the caller should now delete at their servers, as `pendingDeletions`.
   */
  rotate(): Upload[] {
    this.#change((now) => {
      for (const scope of this.#records.nextEpoch(now)) this.#mint(scope, now);
    });
    return this.pendingDeletions();
  }

  /** Retires every key now. A new one is made when one is next asked for. @returns as `rotate`. */
  revoke(): Upload[] {
    this.#change((now) => this.#records.nextEpoch(now));
    return this.pendingDeletions();
  }

  /** Retires one key, after anything irregular was seen with it. The next `latticeKey` of its scope is a new one. */
  dropKey(keyId: Uint8Array): void {
    this.#change((now) => this.#records.retireKey(keyId, now));
  }

  /** The same for the keys of scopes that are needed no more, however many, as one change of the file. */
  dropScopes(scopes: readonly string[]): void {
    if (scopes.length === 0) return;
    this.#change((now) => {
      for (const scope of scopes) {
        const key = this.#records.activeKey(scope);
        if (key) this.#records.retireKey(key.id, now);
      }
    });
  }

  /** The scopes that have a key in use. */
  scopes(): string[] {
    this.#usableRoot();
    return this.#records.activeScopes();
  }

  /** The id of a scope's key in use, if there is one; makes none. */
  activeKeyId(scope: string): Uint8Array | undefined {
    this.#usableRoot();
    return this.#records.activeKey(scope)?.id;
  }

  /** @throws Failure `refused` when the key was retired, by this process or another, or the vault was closed. */
  requireActive(keyId: Uint8Array): void {
    this.#usableRoot();
    this.#mustBeActive(keyId);
  }

  /** Whether a key is not retired, by this process or another. */
  isActive(keyId: Uint8Array): boolean {
    this.#usableRoot();
    return this.#records.isActive(keyId);
  }

  /** Key ids whose evaluation keys a server holds, the one that was used last at the end. */
  uploadedTo(server: string): Uint8Array[] {
    this.#usableRoot();
    return this.#records.uploads().flatMap((upload) => (upload.server === server ? [upload.keyId] : []));
  }

  /** Whether a server holds the evaluation keys of a scope's key in use. */
  isUploaded(scope: string, server: string): boolean {
    const active = this.activeKeyId(scope);
    return active !== undefined && this.uploadedTo(server).some((keyId) => hex(keyId) === hex(active));
  }

  /**
   * To be called before evaluation keys are sent, so that no server holds any that nobody knows of; and when a server
   * is found to hold them, so that they count as used last.
   * @throws Failure `refused` when the key was retired since, by this process or another.
   */
  recordUpload(upload: Upload): void {
    this.#change(() => {
      this.#mustBeActive(upload.keyId);
      this.#records.addUpload(upload);
    });
  }

  /**
   * To be called when keys are used that a server was found to hold before: they count as used last, for other processes
   * too.
   * @returns whether the server still holds them, as far as is known here. @throws as `recordUpload`
   */
  renewUpload(upload: Upload): boolean {
    return this.#change((now) => {
      this.#mustBeActive(upload.keyId);
      this.#records.setLastUsed(now);
      return this.#records.renewUpload(upload);
    });
  }

  /** To be called when a server confirmed the deletion (or says that it has none). */
  recordDeletion(upload: Upload): void {
    this.#change(() => this.#records.removeUpload(upload));
  }

  /** Evaluation keys of retired ids that servers still hold: to be deleted when a server is next reached. */
  pendingDeletions(): Upload[] {
    this.#usableRoot();
    return this.#records.pendingDeletions();
  }

  /**
   * Writes the root key to an age file under a passphrase, mode 0600.
   * @throws Failure `usage` when the file exists and `force` is not set.
   */
  async exportBackup(
    file: string,
    passphrase: string,
    options: { force?: boolean | undefined; signal?: AbortSignal } = {},
  ): Promise<void> {
    await writeBackup(file, this.#backup(), passphrase, options);
  }

  /** The same backup as armored text. @throws Failure `usage` for an empty passphrase, `cancelled`. */
  async exportBackupText(passphrase: string, signal?: AbortSignal): Promise<string> {
    return await backupText(this.#backup(), passphrase, { signal });
  }

  /**
   * Deletes the root key from where it is kept and closes the vault. All that was encrypted under it is
   * unreadable from then on, unless there is a backup.
   * @returns the evaluation keys that servers still hold.
   */
  async deleteRoot(): Promise<Upload[]> {
    this.#usableRoot();
    const pending = await this.#records.exclusively(async () => {
      await this.#store?.delete();
      this.#records.setRoot(undefined);
      this.#records.nextEpoch(Date.now());
      return this.#records.pendingDeletions();
    });
    this.close();
    return pending;
  }

  /** Calls `listener` after each change that this object makes of what `status` tells; returns how to stop. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Zeroises the root key. Every later call is refused. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#root.fill(0);
    this.#listeners.clear();
    this.#records.close();
  }

  #backup(): Backup {
    return { root: this.#usableRoot(), created: this.#records.root()?.created ?? null };
  }

  #takeNumbers(keyId: Uint8Array, count?: number): bigint {
    this.requireActive(keyId);
    const name = hex(keyId);
    const counter = this.#counters.get(name) ?? new Counter(() => this.#takeBlock());
    this.#counters.set(name, counter);
    return counter.take(count);
  }

  #mustBeActive(keyId: Uint8Array): void {
    if (this.#records.isActive(keyId)) return;
    throw new Failure('refused', 'The session key was retired. Nothing more is encrypted under it.', {
      next: 'Ask again: a new key is used.',
    });
  }

  #takeBlock(): number {
    return this.#records.transaction(() => this.#records.takeCounterBlock(Date.now()));
  }

  #mint(scope: string, now: number): LatticeKeyRecord {
    const context = { epoch: this.#records.epoch(), scope, nonce: new Uint8Array(randomBytes(nonceBytes)) };
    const record = { ...context, id: deriveKeyId(this.#usableRoot(), context), created: now };
    this.#records.addKey(record);
    return { ...record, retired: null };
  }

  #withWrapKey<T>(use: (key: Uint8Array) => T): T {
    const key = deriveTokenWrapKey(this.#usableRoot());
    try {
      return use(key);
    } finally {
      key.fill(0);
    }
  }

  #change<T>(work: (now: number) => T): T {
    this.#usableRoot();
    const done = this.#records.transaction(() => work(Date.now()));
    for (const listener of this.#listeners) listener();
    return done;
  }

  #usableRoot(): Buffer {
    if (!this.#open) {
      // Who holds on to a vault that was locked, or replaced by another root key, in the middle of something.
      throw new Failure('refused', 'The vault was closed. Nothing more is sent under its keys.', {
        next: 'Unlock the keys if they are locked, and ask again.',
      });
    }
    return this.#root;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function iso(time: number | null): string | null {
  return time === null ? null : new Date(time).toISOString();
}
