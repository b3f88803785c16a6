/**
 * Looks for secrets in every file of a folder, in every encoding of `encodings.ts`, in the names of files too, and in
 * what is compressed inside them.
 *
 *     const leaks = scanFolder(profileDir, ['Ann Miller', ...]);   // []
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { constants, inflateRawSync, inflateSync } from 'node:zlib';
import { patternsOf } from './encodings.ts';

export interface Leak {
  /** Relative to the folder. */
  readonly file: string;
  readonly secret: string;
  /** With `gzip>` before it when it was inside a compressed stretch. */
  readonly encoding: string;
  readonly offset: number;
}

interface Sought {
  readonly secret: string;
  readonly encoding: string;
  readonly bytes: Buffer;
}

/** Of a compressed stretch, this much is looked at. */
const inflateLimit = 64 << 20;
const deepest = 3;

export function scanFolder(dir: string, secrets: readonly string[]): Leak[] {
  const scanner = createScanner(secrets);
  const leaks: Leak[] = [];
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const file = relative(dir, path);
    for (const leak of scanner(Buffer.from(file)))
      leaks.push({ ...leak, file, encoding: `name>${leak.encoding}` });
    if (!entry.isFile()) continue;
    for (const leak of scanner(readFileSync(path))) leaks.push({ ...leak, file });
  }
  return leaks;
}

/** The same for bytes from elsewhere: a log, a message. */
export function createScanner(secrets: readonly string[]): (bytes: Buffer) => Omit<Leak, 'file'>[] {
  const sought = secrets.flatMap((secret) => patternsOf(secret).map((pattern) => ({ secret, ...pattern })));
  const byStart = startTable(sought);
  return (bytes) => scan(bytes, byStart, 0);
}

/** By the first four bytes: one pass over a file looks for all of them. */
interface StartTable {
  readonly marked: Uint8Array;
  readonly patterns: ReadonlyMap<number, readonly Sought[]>;
}

function startTable(sought: readonly Sought[]): StartTable {
  const marked = new Uint8Array(1 << 20);
  const patterns = new Map<number, Sought[]>();
  for (const one of sought) {
    const start = one.bytes.readUInt32BE(0);
    marked[slotOf(start)] = 1;
    patterns.set(start, [...(patterns.get(start) ?? []), one]);
  }
  return { marked, patterns };
}

function slotOf(word: number): number {
  return Math.imul(word, 0x9e3779b1) >>> 12;
}

function scan(bytes: Buffer, table: StartTable, depth: number): Omit<Leak, 'file'>[] {
  const found: Omit<Leak, 'file'>[] = [];
  let word = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    word = ((word << 8) | (bytes[at] ?? 0)) >>> 0;
    if (at < 3 || table.marked[slotOf(word)] === 0) continue;
    const start = at - 3;
    for (const { secret, encoding, bytes: pattern } of table.patterns.get(word) ?? []) {
      if (
        bytes.compare(pattern, 0, pattern.length, start, Math.min(start + pattern.length, bytes.length)) === 0
      ) {
        found.push({ secret, encoding, offset: start });
      }
    }
  }
  if (depth >= deepest) return found;
  for (const { format, offset, content } of inflated(bytes, depth)) {
    for (const leak of scan(content, table, depth + 1)) {
      found.push({ ...leak, encoding: `${format}>${leak.encoding}`, offset });
    }
  }
  return found;
}

/** Every stretch that can be inflated: gzip, zlib and zip members by how they begin; raw deflate from the start. */
function* inflated(
  bytes: Buffer,
  depth: number,
): Generator<{ format: string; offset: number; content: Buffer }> {
  const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: inflateLimit };
  const attempt = (inflate: typeof inflateSync, offset: number): Buffer | undefined => {
    try {
      const content = inflate(bytes.subarray(offset), options);
      return content.length > 0 ? content : undefined;
    } catch {
      return undefined;
    }
  };
  if (depth === 0) {
    const content = attempt(inflateRawSync, 0);
    if (content) yield { format: 'deflate-raw', offset: 0, content };
  }
  for (let at = 0; at + 2 < bytes.length; at += 1) {
    const [first = 0, second = 0, third = 0] = [bytes[at], bytes[at + 1], bytes[at + 2]];
    if (first === 0x1f && second === 0x8b && third === 8) {
      const content = attempt(inflateRawSync, gzipData(bytes, at));
      if (content) yield { format: 'gzip', offset: at, content };
    } else if (first === 0x78 && (first * 256 + second) % 31 === 0) {
      const content = attempt(inflateSync, at);
      if (content) yield { format: 'deflate', offset: at, content };
    } else if (first === 0x50 && second === 0x4b && third === 3 && at + 30 < bytes.length) {
      const data = at + 30 + bytes.readUInt16LE(at + 26) + bytes.readUInt16LE(at + 28);
      const content = data < bytes.length ? attempt(inflateRawSync, data) : undefined;
      if (content) yield { format: 'zip', offset: at, content };
    }
  }
}

/** Where a gzip member's data begin, after its header (RFC 1952). */
function gzipData(bytes: Buffer, at: number): number {
  const flags = bytes[at + 3] ?? 0;
  let data = at + 10;
  if (flags & 4 && data + 2 <= bytes.length) data += 2 + bytes.readUInt16LE(data);
  // A name, then a comment: each ends with a zero.
  for (const flag of [8, 16]) if (flags & flag) data = bytes.indexOf(0, data) + 1 || bytes.length;
  return flags & 2 ? data + 2 : data;
}
