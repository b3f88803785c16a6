import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** The statements of a database, by their text: compiling one can take longer than running it. */
export class Statements {
  readonly #db: DatabaseSync;
  readonly #known = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  of(sql: string): StatementSync {
    const known = this.#known.get(sql);
    if (known) return known;
    const statement = this.#db.prepare(sql);
    this.#known.set(sql, statement);
    return statement;
  }

  /** Before the database is closed. */
  clear(): void {
    this.#known.clear();
  }
}
