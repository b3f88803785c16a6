/**
 * The record of everything that passes the one door: each gRPC message in and out, and the bytes of every TCP
 * socket. Kept in memory only; it holds sizes and names, never contents.
 */
import type { Socket } from 'node:net';
import type { Sotto } from './generated/sotto/v1/sotto_pb.ts';

/** The calls of the service, by their names in `sotto.proto`. */
export type CallName = Capitalize<keyof typeof Sotto.method>;

/** What a message is for. */
export type Purpose = 'server' | 'packs' | 'keys' | 'products';

export interface LedgerEntry {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly direction: 'sent' | 'received';
  readonly call: CallName;
  readonly purpose: Purpose;
  /** Length of the gRPC message with its 5-byte prefix. Headers and TLS are in `socketTotals` alone. */
  readonly bytes: number;
  /** `host:port`. */
  readonly peer: string;
}

export interface Totals {
  readonly sentMessages: number;
  readonly sentBytes: number;
  readonly receivedMessages: number;
  readonly receivedBytes: number;
}

export interface SocketTotals {
  /** TCP connections opened so far. */
  readonly opened: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Entries kept for a reader that comes late; totals count all of them. */
const keptEntries = 10_000;

const nothing: Totals = { sentMessages: 0, sentBytes: 0, receivedMessages: 0, receivedBytes: 0 };

export class Ledger {
  readonly #entries: LedgerEntry[] = [];
  readonly #totals = new Map<Purpose, Totals>();
  readonly #listeners = new Set<(entry: LedgerEntry) => void>();
  readonly #openSockets = new Set<Socket>();
  #closed: SocketTotals = { opened: 0, sentBytes: 0, receivedBytes: 0 };

  /** Adds a message. A message counts as sent when it is handed to the transport. */
  record(entry: LedgerEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > keptEntries) this.#entries.shift();
    const before = this.totals(entry.purpose);
    const sent = entry.direction === 'sent';
    this.#totals.set(entry.purpose, {
      sentMessages: before.sentMessages + (sent ? 1 : 0),
      sentBytes: before.sentBytes + (sent ? entry.bytes : 0),
      receivedMessages: before.receivedMessages + (sent ? 0 : 1),
      receivedBytes: before.receivedBytes + (sent ? 0 : entry.bytes),
    });
    for (const listener of this.#listeners) listener(entry);
  }

  /** The latest entries, oldest first. */
  entries(): readonly LedgerEntry[] {
    return [...this.#entries];
  }

  /** Messages of one purpose since the ledger was made. */
  totals(purpose: Purpose): Totals {
    return this.#totals.get(purpose) ?? nothing;
  }

  /** Calls `listener` with each entry from now on; returns how to stop. */
  subscribe(listener: (entry: LedgerEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Counts a socket's bytes, headers and TLS included, from its opening to its close. */
  watch(socket: Socket): void {
    if (this.#openSockets.has(socket)) return;
    this.#openSockets.add(socket);
    this.#closed = { ...this.#closed, opened: this.#closed.opened + 1 };
    socket.once('close', () => {
      this.#openSockets.delete(socket);
      this.#closed = {
        opened: this.#closed.opened,
        sentBytes: this.#closed.sentBytes + socket.bytesWritten,
        receivedBytes: this.#closed.receivedBytes + socket.bytesRead,
      };
    });
  }

  /** Raw bytes of all sockets. Not the same from run to run: acknowledgements and window updates depend on timing. */
  socketTotals(): SocketTotals {
    let { sentBytes, receivedBytes } = this.#closed;
    for (const socket of this.#openSockets) {
      sentBytes += socket.bytesWritten;
      receivedBytes += socket.bytesRead;
    }
    return { opened: this.#closed.opened, sentBytes, receivedBytes };
  }
}
