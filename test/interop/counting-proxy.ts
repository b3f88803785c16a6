/**
 * A TCP proxy in front of a server without TLS that reads HTTP/2 and gRPC framing (RFC 9113, section 4) on the way.
 * It counts what anybody on the wire can count, and can change the bytes of a message without changing any length.
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export type Direction = 'sent' | 'received';

/** One gRPC message as it passed, in the order in which messages end. */
export interface WireMessage {
  /** Of the client. */
  readonly direction: Direction;
  /** Number of the connection, from 0, and of the HTTP/2 stream in it: one stream is one call. */
  readonly connection: number;
  readonly stream: number;
  /** With gRPC's 5-byte prefix. */
  readonly bytes: number;
}

export interface WireCount {
  /** All bytes of the connection: not the same from run to run. */
  readonly rawBytes: number;
  /** Payload of DATA frames: gRPC messages with their prefixes, and nothing else. */
  readonly dataBytes: number;
  /** How many frames of each type (0 DATA, 1 HEADERS, 4 SETTINGS, 6 PING, 8 WINDOW_UPDATE, ...). */
  readonly frames: Readonly<Record<number, number>>;
}

export interface CountingProxy {
  /** `http://127.0.0.1:PORT`. */
  readonly address: string;
  messages(): readonly WireMessage[];
  count(direction: Direction): WireCount;
  /** Forgets what was counted. */
  reset(): void;
  /** Breaks all connections. */
  close(): void;
}

export interface ProxyOptions {
  /**
   * May change the bytes of a DATA payload in place.
   * @param offset where the payload stands among all DATA of its stream in this direction
   */
  readonly tamper?: (payload: Buffer, at: { direction: Direction; stream: number; offset: number }) => void;
}

export async function startCountingProxy(
  serverPort: number,
  options: ProxyOptions = {},
): Promise<CountingProxy> {
  const counters = { sent: new Counter(), received: new Counter() };
  const messages: WireMessage[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  const server = createServer((client) => {
    const connection = connections++;
    const upstream = connect(serverPort, '127.0.0.1');
    const pass = (from: Socket, to: Socket, direction: Direction) => {
      const reader = new FrameReader(direction === 'sent' ? prefaceBytes : 0, {
        frame: (type) => counters[direction].frame(type),
        data: (payload, stream, offset) => {
          counters[direction].dataBytes += payload.length;
          options.tamper?.(payload, { direction, stream, offset });
        },
        message: (stream, bytes) => messages.push({ direction, connection, stream, bytes }),
      });
      from.on('data', (chunk: Buffer) => {
        counters[direction].rawBytes += chunk.length;
        for (const part of reader.push(chunk)) to.write(part);
      });
      from.on('end', () => to.end());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.setNoDelay();
      sockets.add(from);
    };
    pass(client, upstream, 'sent');
    pass(upstream, client, 'received');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages: () => [...messages],
    count: (direction) => counters[direction].snapshot(),
    reset() {
      messages.length = 0;
      counters.sent = new Counter();
      counters.received = new Counter();
    },
    close() {
      server.close();
      sockets.forEach((socket) => socket.destroy());
    },
  };
}

class Counter {
  rawBytes = 0;
  dataBytes = 0;
  readonly #frames: Record<number, number> = {};

  frame(type: number): void {
    this.#frames[type] = (this.#frames[type] ?? 0) + 1;
  }

  snapshot(): WireCount {
    return { rawBytes: this.rawBytes, dataBytes: this.dataBytes, frames: { ...this.#frames } };
  }
}

/** A client begins with `PRI * HTTP/2.0 ...`. */
const prefaceBytes = 24;
const frameHeadBytes = 9;
const dataFrame = 0;
const paddedFlag = 8;

interface FrameEvents {
  frame(type: number): void;
  data(payload: Buffer, stream: number, offset: number): void;
  message(stream: number, bytes: number): void;
}

/** Cuts one direction of a connection into whole frames, which it gives back to be passed on. */
class FrameReader {
  #rest = Buffer.alloc(0);
  #prefaceLeft: number;
  readonly #events: FrameEvents;
  readonly #streams = new Map<number, MessageReader>();

  constructor(preface: number, events: FrameEvents) {
    this.#prefaceLeft = preface;
    this.#events = events;
  }

  /** The parts of the connection that can be passed on after `chunk`. */
  *push(chunk: Buffer): Generator<Buffer> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    if (this.#prefaceLeft > 0) {
      if (this.#rest.length < this.#prefaceLeft) return;
      yield this.#take(this.#prefaceLeft);
      this.#prefaceLeft = 0;
    }
    while (this.#rest.length >= frameHeadBytes) {
      const length = frameHeadBytes + this.#rest.readUIntBE(0, 3);
      if (this.#rest.length < length) return;
      const frame = this.#take(length);
      this.#look(frame);
      yield frame;
    }
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  #look(frame: Buffer): void {
    const type = frame.readUInt8(3);
    this.#events.frame(type);
    if (type !== dataFrame) return;
    const stream = frame.readUInt32BE(5) & 0x7fffffff;
    const payload = frame.subarray(frameHeadBytes);
    const padded = (frame.readUInt8(4) & paddedFlag) !== 0;
    const data = padded ? payload.subarray(1, payload.length - payload.readUInt8(0)) : payload;
    let reader = this.#streams.get(stream);
    if (!reader) this.#streams.set(stream, (reader = new MessageReader()));
    const { offset } = reader;
    for (const bytes of reader.push(data)) this.#events.message(stream, bytes);
    this.#events.data(data, stream, offset);
  }
}

/** Finds the ends of gRPC messages (1 byte compression flag, 4 bytes length, content) in the DATA of one stream. */
class MessageReader {
  offset = 0;
  #prefix = Buffer.alloc(0);
  #contentLeft = 0;
  #bytes = 0;

  *push(data: Buffer): Generator<number> {
    this.offset += data.length;
    let rest = data;
    while (rest.length > 0) {
      if (this.#contentLeft === 0) {
        const missing = 5 - this.#prefix.length;
        this.#prefix = Buffer.concat([this.#prefix, rest.subarray(0, missing)]);
        rest = rest.subarray(missing);
        if (this.#prefix.length < 5) return;
        this.#contentLeft = this.#prefix.readUInt32BE(1);
        this.#bytes = 5 + this.#contentLeft;
        this.#prefix = Buffer.alloc(0);
      }
      const content = rest.subarray(0, this.#contentLeft);
      this.#contentLeft -= content.length;
      rest = rest.subarray(content.length);
      if (this.#contentLeft === 0) yield this.#bytes;
    }
  }
}
