/**
 * The tables with their records opened and sealed: one shelf is the file, another one (the no-history mode) is in
 * memory alone. Every change is one transaction. What does not open comes out as `undefined`, never as an error.
 */
import type { DatabaseSync } from 'node:sqlite';
import * as v from 'valibot';
import type { AnswerRecord } from '../../app/contract/assistant.ts';
import { Statements } from '../vault/statements.ts';
import { guard } from './problems.ts';
import { conversationRecord, entryRecord, messageRecord, receiptRecord } from './records.ts';
import type { ConversationRecord, MessageRecord } from './records.ts';
import { schemaVersion } from './schema.ts';
import { DamagedRecord } from './sealer.ts';
import type { Place, Sealer } from './sealer.ts';
import type { OpenFile } from './store-file.ts';

export interface ShelvedMessage {
  readonly id: string;
  readonly position: number;
  /** `undefined` when it is damaged. */
  readonly record: MessageRecord | undefined;
}

export class Shelf {
  readonly #file: string;
  readonly #db: DatabaseSync;
  readonly #sealer: Sealer;
  readonly #statements: Statements;

  /** @param file its path, for messages. */
  constructor({ db, sealer }: OpenFile, file: string) {
    this.#db = db;
    this.#statements = new Statements(db);
    this.#sealer = sealer;
    this.#file = file;
  }

  /** Nested calls join the outer transaction. */
  transaction<T>(work: () => T): T {
    if (this.#db.isTransaction) return work();
    return guard(this.#file, () => {
      this.#db.exec('BEGIN IMMEDIATE');
      try {
        const result = work();
        this.#db.exec('COMMIT');
        return result;
      } catch (error) {
        // SQLite has rolled back by itself when the disk is full.
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
        throw error;
      }
    });
  }

  conversations(): { id: string; record: ConversationRecord | undefined; messages: number }[] {
    const rows = this.#all(
      `SELECT id, sealed, (SELECT count(*) FROM message WHERE conversation = conversation.id) AS messages
       FROM conversation`,
    );
    return rows.map(({ id, sealed, messages }) => ({
      id: String(id),
      record: this.#open(conversationRecord, ['conversation', String(id)], sealed),
      messages: Number(messages),
    }));
  }

  putConversation(id: string, record: ConversationRecord): void {
    this.#run(
      'INSERT INTO conversation (id, sealed) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed',
      id,
      this.#seal(['conversation', id], record),
    );
  }

  /** With its messages and receipts. */
  removeConversation(id: string): void {
    this.#run('DELETE FROM conversation WHERE id = ?', id);
  }

  /** In order. */
  messages(conversation: string): ShelvedMessage[] {
    const rows = this.#all(
      'SELECT id, position, sealed FROM message WHERE conversation = ? ORDER BY position',
      conversation,
    );
    return rows.map((row) => this.#message(conversation, row));
  }

  /** In order, without opening them. */
  messageIds(conversation: string): string[] {
    const rows = this.#all('SELECT id FROM message WHERE conversation = ? ORDER BY position', conversation);
    return rows.map(({ id }) => String(id));
  }

  message(conversation: string, id: string): ShelvedMessage | undefined {
    const [row] = this.#all(
      'SELECT id, position, sealed FROM message WHERE conversation = ? AND id = ?',
      conversation,
      id,
    );
    return row && this.#message(conversation, row);
  }

  hasMessage(id: string): boolean {
    return this.#all('SELECT 1 FROM message WHERE id = ?', id).length > 0;
  }

  nextPosition(conversation: string): number {
    const [row] = this.#all('SELECT max(position) AS last FROM message WHERE conversation = ?', conversation);
    return row?.['last'] === null || row?.['last'] === undefined ? 0 : Number(row['last']) + 1;
  }

  putMessage(conversation: string, id: string, position: number, record: MessageRecord): void {
    this.#run(
      `INSERT INTO message (id, conversation, position, sealed) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed`,
      id,
      conversation,
      position,
      this.#seal(['message', id, conversation, position], record),
    );
  }

  removeMessagesFrom(conversation: string, position: number): void {
    this.#run('DELETE FROM message WHERE conversation = ? AND position >= ?', conversation, position);
  }

  /** `damaged` when it is there and does not open; `undefined` when there is none. */
  receipt(message: string): AnswerRecord | 'damaged' | undefined {
    const [row] = this.#all('SELECT sealed FROM receipt WHERE message = ?', message);
    return row && (this.#open(receiptRecord, ['receipt', message], row['sealed']) ?? 'damaged');
  }

  putReceipt(message: string, receipt: AnswerRecord | null): void {
    if (receipt === null) {
      this.#run('DELETE FROM receipt WHERE message = ?', message);
      return;
    }
    this.#run(
      'INSERT INTO receipt (message, sealed) VALUES (?, ?) ON CONFLICT (message) DO UPDATE SET sealed = excluded.sealed',
      message,
      this.#seal(['receipt', message], receipt),
    );
  }

  /** `damaged` when it is there and does not open; `undefined` when there is none. */
  entry(name: string): { readonly value: unknown } | 'damaged' | undefined {
    const id = this.#sealer.nameId(name);
    const [row] = this.#all('SELECT sealed FROM entry WHERE id = ?', id);
    if (!row) return undefined;
    const record = this.#open(entryRecord, entryPlace(id), row['sealed']);
    return record ? { value: record.value } : 'damaged';
  }

  putEntry(name: string, value: unknown): void {
    const id = this.#sealer.nameId(name);
    if (value === undefined) {
      this.#run('DELETE FROM entry WHERE id = ?', id);
      return;
    }
    this.#run(
      'INSERT INTO entry (id, sealed) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed',
      id,
      this.#seal(entryPlace(id), { name, value }),
    );
  }

  /**
   * After deleting: what was deleted leaves the file and its journal too. Freed space is overwritten at once
   * (`secure_delete`), but the journal still holds earlier pages until it is emptied.
   */
  purge(): void {
    guard(this.#file, () => {
      this.#db.exec('PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)');
    });
  }

  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #message(conversation: string, row: Record<string, unknown>): ShelvedMessage {
    const id = String(row['id']);
    const position = Number(row['position']);
    const record = this.#open(messageRecord, ['message', id, conversation, position], row['sealed']);
    return { id, position, record };
  }

  #seal(place: Place, value: unknown): Uint8Array {
    return this.#sealer.seal(schemaVersion, place, value);
  }

  #open<T extends v.GenericSchema>(schema: T, place: Place, sealed: unknown): v.InferOutput<T> | undefined {
    if (!(sealed instanceof Uint8Array)) return undefined;
    try {
      const result = v.safeParse(schema, this.#sealer.open(schemaVersion, place, sealed));
      return result.success ? result.output : undefined;
    } catch (error) {
      if (error instanceof DamagedRecord) return undefined;
      throw error;
    }
  }

  #all(sql: string, ...values: (string | number | Uint8Array)[]): Record<string, unknown>[] {
    return guard(this.#file, () => this.#statements.of(sql).all(...values));
  }

  #run(sql: string, ...values: (string | number | Uint8Array)[]): void {
    guard(this.#file, () => this.#statements.of(sql).run(...values));
  }
}

function entryPlace(id: Uint8Array): Place {
  return ['entry', Buffer.from(id).toString('hex')];
}
