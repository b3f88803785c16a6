/**
 * Full text over titles and messages, in memory alone: an FTS5 index in a database that never touches the disk. It
 * holds no texts (a contentless table); excerpts are made from the records that were found.
 */
import { DatabaseSync } from 'node:sqlite';
import type { StatementSync } from 'node:sqlite';
import type { Stretch } from './excerpt.ts';
import { StoreProblem } from './problems.ts';
import { ftsQuery } from './search-query.ts';

/** A title (`message` null) or a message. */
export interface Place {
  readonly conversation: string;
  readonly message: string | null;
}

/** How long a slice of the index's building may hold up everything else, milliseconds. */
const sliceMs = 5;
/** Bytes that the index collects before it writes a segment: little, so that no single text pays for many. */
const segmentBytes = 256 * 1024;
/** Of a longer text, this much is searched for the words to show in the excerpt. */
const excerptLimit = 200_000;

const began = '\u0001';
const ended = '\u0002';
const markers = new RegExp(`[\0${began}${ended}]`, 'g');

const tokenizer = `tokenize = 'unicode61 remove_diacritics 2'`;

export class SearchIndex {
  readonly #db = new DatabaseSync(':memory:');
  readonly #read: (place: Place) => string | undefined;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #rows = new Map<string, number>();
  readonly #places = new Map<number, Place>();
  /** Rows of each conversation. */
  readonly #byConversation = new Map<string, Set<number>>();
  #nextRow = 1;
  #queue: Iterator<Place>[] = [];
  #building: Promise<void> | undefined;
  #failure: Error | undefined;
  #open = true;

  /** @param read the text of a place that was queued; `undefined` when it is gone or cannot be read. */
  constructor(read: (place: Place) => string | undefined) {
    this.#read = read;
    this.#db.exec(
      `PRAGMA temp_store = MEMORY;
       CREATE VIRTUAL TABLE texts USING fts5(text, content = '', contentless_delete = 1, ${tokenizer});
       INSERT INTO texts (texts, rank) VALUES ('hashsize', ${segmentBytes});
       INSERT INTO texts (texts, rank) VALUES ('crisismerge', 1000);
       CREATE VIRTUAL TABLE shown USING fts5(text, ${tokenizer})`,
    );
    this.#insert = this.#db.prepare('INSERT INTO texts (rowid, text) VALUES (?, ?)');
    this.#delete = this.#db.prepare('DELETE FROM texts WHERE rowid = ?');
  }

  /** Adds or replaces a text at once. */
  put(place: Place, text: string): void {
    const known = this.#rows.get(keyOf(place));
    if (known !== undefined) this.#drop(known, place);
    if (text.trim() === '') return;
    const row = this.#nextRow++;
    this.#insert.run(row, text);
    this.#rows.set(keyOf(place), row);
    this.#places.set(row, place);
    const rows = this.#byConversation.get(place.conversation) ?? new Set();
    this.#byConversation.set(place.conversation, rows.add(row));
  }

  remove(place: Place): void {
    const row = this.#rows.get(keyOf(place));
    if (row !== undefined) this.#drop(row, place);
  }

  /** Their titles and all of their messages. */
  removeConversations(conversations: readonly string[]): void {
    const alone = !this.#db.isTransaction;
    if (alone) this.#db.exec('BEGIN');
    for (const conversation of conversations) {
      for (const row of [...(this.#byConversation.get(conversation) ?? [])]) {
        const place = this.#places.get(row);
        if (place) this.#drop(row, place);
      }
    }
    if (alone) this.#db.exec('COMMIT');
  }

  /** Adds texts in slices, while other work goes on between them. */
  queue(places: Iterable<Place>): void {
    this.#queue.push(places[Symbol.iterator]());
    this.#building ??= this.#build();
  }

  /** Best first. Waits for what is queued. */
  async find(query: string, limit: number): Promise<Place[]> {
    while (this.#building) await this.#building;
    if (!this.#open) throw StoreProblem.closed();
    if (this.#failure !== undefined) throw this.#failure;
    const match = ftsQuery(query);
    if (match === undefined) return [];
    const rows = this.#db
      .prepare('SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT ?')
      .all(match, limit);
    return rows.flatMap(({ rowid }) => this.#places.get(Number(rowid)) ?? []);
  }

  /** Where the words of a query stand in each of the texts: by the index's own tokenizer. */
  stretches(query: string, texts: readonly string[]): Stretch[][] {
    const match = ftsQuery(query);
    if (match === undefined) return texts.map(() => []);
    const found = new Map<number, Stretch[]>();
    this.#db.exec('SAVEPOINT showing');
    try {
      const insert = this.#db.prepare('INSERT INTO shown (rowid, text) VALUES (?, ?)');
      // The two marks are control characters; spaces in their place keep every offset.
      texts.forEach((text, row) => insert.run(row, text.slice(0, excerptLimit).replaceAll(markers, ' ')));
      const marked = this.#db.prepare(
        'SELECT rowid, highlight(shown, 0, char(1), char(2)) AS marked FROM shown WHERE shown MATCH ?',
      );
      for (const row of marked.all(match))
        found.set(Number(row['rowid']), stretchesOf(String(row['marked'])));
    } finally {
      this.#db.exec('ROLLBACK TO showing; RELEASE showing');
    }
    return texts.map((_, row) => found.get(row) ?? []);
  }

  close(): void {
    this.#open = false;
    this.#queue = [];
    this.#db.close();
  }

  async #build(): Promise<void> {
    // One transaction: each commit would write a segment of its own, and segments have to be merged. That is done
    // a little with each later write, since a text that has to wait for a merge waits for longer than a slice.
    this.#db.exec("BEGIN; INSERT INTO texts (texts, rank) VALUES ('automerge', 0)");
    try {
      while (this.#open && this.#queue.length > 0) {
        this.#buildUntil(performance.now() + sliceMs);
        await new Promise((resolve) => setImmediate(resolve));
      }
    } catch (error) {
      // Nobody awaits the building; the next search says what went wrong with it.
      this.#failure = error instanceof Error ? error : new Error('The index failed.');
      this.#queue = [];
    } finally {
      if (this.#open) this.#db.exec("INSERT INTO texts (texts, rank) VALUES ('automerge', 4); COMMIT");
      this.#building = undefined;
    }
  }

  #buildUntil(until: number): void {
    while (performance.now() < until) {
      const next = this.#queue[0]?.next();
      if (next === undefined) break;
      if (next.done) {
        this.#queue.shift();
        continue;
      }
      // It was written again since it was queued.
      if (this.#rows.has(keyOf(next.value))) continue;
      const text = this.#read(next.value);
      if (text !== undefined) this.put(next.value, text);
    }
  }

  #drop(row: number, place: Place): void {
    this.#delete.run(row);
    this.#places.delete(row);
    this.#rows.delete(keyOf(place));
    const rows = this.#byConversation.get(place.conversation);
    rows?.delete(row);
    if (rows?.size === 0) this.#byConversation.delete(place.conversation);
  }
}

function keyOf({ conversation, message }: Place): string {
  return message ?? `title:${conversation}`;
}

function stretchesOf(marked: string): Stretch[] {
  const found: Stretch[] = [];
  let offset = 0;
  for (const piece of marked.split(began)) {
    const end = piece.indexOf(ended);
    if (end !== -1) found.push({ start: offset, end: offset + end });
    offset += end === -1 ? piece.length : piece.length - 1;
  }
  return found;
}
