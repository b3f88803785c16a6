/** Looks for a secret in bytes, in the encodings in which it could have got there. */

/** Bytes of a stretch: shorter ones occur by chance, longer ones would miss a secret that was cut. */
const stretch = 6;

/**
 * Every stretch of six or more bytes of the secret, as it is and in lower case: UTF-8, UTF-16 of both orders, hex,
 * base64 at each of its three alignments, and percent encoding.
 */
function patternsOf(secret: string): Set<string> {
  const patterns = new Set<string>();
  const windows = (bytes: Buffer, size: number, step = 1) => {
    for (let at = 0; at + size <= bytes.length; at += step) {
      patterns.add(bytes.subarray(at, at + size).toString('latin1'));
    }
  };
  for (const text of new Set([secret, secret.toLowerCase()])) {
    const plain = Buffer.from(text, 'utf8');
    windows(plain, Math.min(stretch, plain.length));
    const wide = Buffer.from(text, 'utf16le');
    windows(wide, Math.min(2 * stretch, wide.length), 2);
    windows(Buffer.from(wide).swap16(), Math.min(2 * stretch, wide.length), 2);
    windows(Buffer.from(plain.toString('hex')), 2 * stretch, 2);
    windows(Buffer.from(encodeURIComponent(text)), Math.min(2 * stretch, encodeURIComponent(text).length));
    for (const shift of [0, 1, 2]) {
      // The first and last characters depend on the neighbours: only what is the secret's alone is looked for.
      const shifted = Buffer.concat([Buffer.alloc(shift), plain]).toString('base64');
      windows(Buffer.from(shifted.slice(shift === 0 ? 0 : 4, -4)), 8);
    }
  }
  return patterns;
}

/** The secrets of which a trace was found; in a message never the secret itself would be printed, so by index. */
export function tracesOf(secrets: readonly string[], bytes: Buffer): number[] {
  const text = bytes.toString('latin1');
  return secrets.flatMap((secret, index) =>
    [...patternsOf(secret)].some((pattern) => text.includes(pattern)) ? [index] : [],
  );
}
