/** The certificates of known servers: each is trusted as it was on first use, until the user accepts another. */
import { X509Certificate } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as v from 'valibot';
import { Failure } from '../../app/failure/failure.ts';

export interface Pin {
  /** The server's own certificate, not that of an authority. */
  readonly pem: string;
  /** SHA-256 of the certificate's DER in Node's spelling, `AB:CD:...`. */
  readonly fingerprint256: string;
}

export interface PinStore {
  /** @param peer `host:port` */
  get(peer: string): Promise<Pin | undefined>;
  set(peer: string, pin: Pin): Promise<void>;
  /** The server is not known any more; the next contact is a first one. */
  remove(peer: string): Promise<void>;
}

/** `sha256:` and lower-case hex: how a server names its own certificate, and how people see it. */
export function identityOf(pin: Pin): string {
  return `sha256:${pin.fingerprint256.replaceAll(':', '').toLowerCase()}`;
}

const format = 'sotto-pins/1';

const pinFile = v.strictObject({
  format: v.literal(format),
  /** PEM by `host:port`. */
  servers: v.record(v.string(), v.string()),
});

type PinFile = v.InferOutput<typeof pinFile>;

/** Pins in a JSON file that only the user can read; written as a whole, so a crash leaves the old or the new one. */
export function filePinStore(path: string): PinStore {
  const read = async (): Promise<PinFile> => {
    let text;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { format, servers: {} };
      throw unreadable(path, error);
    }
    const parsed = parse(text);
    // Going on without the list would trust a changed server as if it were new.
    if (!parsed) throw unreadable(path);
    return parsed;
  };
  let last: Promise<unknown> = Promise.resolve();
  /** One writer at a time: each reads what the one before has written. */
  const change = (edit: (servers: PinFile['servers']) => PinFile['servers']): Promise<void> => {
    const done = last.then(async () => {
      const { servers } = await read();
      await writeWhole(path, JSON.stringify({ format, servers: edit(servers) }, undefined, 1));
    });
    last = done.catch(() => undefined);
    return done;
  };
  return {
    async get(peer) {
      const { servers } = await read();
      const pem = Object.hasOwn(servers, peer) ? servers[peer] : undefined;
      return pem === undefined ? undefined : pinOf(pem, path);
    },
    set: (peer, pin) => change((servers) => ({ ...servers, [peer]: pin.pem })),
    remove: (peer) =>
      change((servers) => Object.fromEntries(Object.entries(servers).filter(([known]) => known !== peer))),
  };
}

/** Pins of this process alone, for ephemeral keys and tests. */
export function memoryPinStore(): PinStore {
  const pins = new Map<string, Pin>();
  return {
    get: (peer) => Promise.resolve(pins.get(peer)),
    set: (peer, pin) => {
      pins.set(peer, pin);
      return Promise.resolve();
    },
    remove: (peer) => {
      pins.delete(peer);
      return Promise.resolve();
    },
  };
}

/** The pins of another store, to which nothing is added: for looking at a server without trusting it. */
export function readOnlyPinStore(pins: PinStore): PinStore {
  const nothing = () => Promise.resolve();
  return { get: (peer) => pins.get(peer), set: nothing, remove: nothing };
}

function parse(text: string): PinFile | undefined {
  try {
    return v.parse(pinFile, JSON.parse(text));
  } catch {
    return undefined;
  }
}

function pinOf(pem: string, path: string): Pin {
  try {
    return { pem, fingerprint256: new X509Certificate(pem).fingerprint256 };
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const half = `${path}.${process.pid}`;
  const file = await open(half, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(half, path);
}

function unreadable(path: string, cause?: unknown): Failure {
  return new Failure('refused', `The list of known servers, ${path}, cannot be read. Nothing was sent.`, {
    next: 'Restore the file, or delete it to meet every server anew.',
    cause,
  });
}
