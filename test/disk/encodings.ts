/** Every way in which the scan knows a secret when it meets one. */

export interface Pattern {
  readonly encoding: string;
  readonly bytes: Buffer;
}

/** A pattern that is shorter says nothing: random bytes have it. */
const shortest = 6;

/** @param secret six characters or more. */
export function patternsOf(secret: string): Pattern[] {
  if (secret.length < shortest) throw new Error('A secret to look for has to have six characters.');
  const utf8 = Buffer.from(secret);
  const utf16le = Buffer.from(secret, 'utf16le');
  const texts: [string, string][] = [
    ['json', JSON.stringify(secret).slice(1, -1)],
    ['json-ascii', asciiJson(secret)],
    [
      'json-ascii-upper',
      asciiJson(secret).replace(/\\u[0-9a-f]{4}/g, (code) => `\\u${code.slice(2).toUpperCase()}`),
    ],
    ['url', encodeURIComponent(secret)],
    ['url-lower', encodeURIComponent(secret).replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())],
    ['url-form', new URLSearchParams({ '': secret }).toString().slice(1)],
    ['url-every-byte', [...utf8].map((byte) => `%${hexByte(byte).toUpperCase()}`).join('')],
    ['reversed', Array.from(secret).reverse().join('')],
    ['lower-case', secret.toLowerCase()],
    ['upper-case', secret.toUpperCase()],
    ['folded', secret.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()],
    ['hex', utf8.toString('hex')],
    ['hex-upper', utf8.toString('hex').toUpperCase()],
    ['hex-utf16le', utf16le.toString('hex')],
    ...base64s('base64', utf8),
    ...base64s('base64-utf16le', utf16le),
  ];
  const all: Pattern[] = [
    { encoding: 'utf8', bytes: utf8 },
    { encoding: 'utf8-reversed-bytes', bytes: Buffer.from(utf8).reverse() },
    { encoding: 'utf16le', bytes: utf16le },
    { encoding: 'utf16be', bytes: Buffer.from(utf16le).swap16() },
    { encoding: 'latin1', bytes: Buffer.from(secret, 'latin1') },
    ...texts.map(([encoding, text]) => ({ encoding, bytes: Buffer.from(text) })),
  ];
  const seen = new Set<string>();
  return all.filter(({ bytes }) => {
    const key = bytes.toString('latin1');
    return bytes.length >= shortest && !seen.has(key) && seen.add(key);
  });
}

/** At each of the three places in a group of three bytes; the characters that neighbours have a part in are left out. */
function base64s(name: string, bytes: Buffer): [string, string][] {
  return [0, 1, 2].flatMap((offset): [string, string][] => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const own = encoded.slice(Math.ceil((offset * 4) / 3), Math.floor(((offset + bytes.length) * 4) / 3));
    const url = own.replaceAll('+', '-').replaceAll('/', '_');
    return [
      [`${name}-${offset}`, own],
      [`${name}url-${offset}`, url],
    ];
  });
}

function asciiJson(text: string): string {
  return JSON.stringify(text)
    .slice(1, -1)
    .replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
