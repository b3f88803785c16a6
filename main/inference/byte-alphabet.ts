/**
 * GPT-2's printable stand-ins for bytes: 188 bytes stand for themselves, the others are moved behind U+0100, in
 * order (Radford et al. 2019, `bytes_to_unicode` of openai/gpt-2's encoder.py).
 */
const printable = (byte: number) =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);

const byteOf: ReadonlyMap<string, number> = (() => {
  const map = new Map<string, number>();
  let moved = 0;
  for (let byte = 0; byte < 256; byte++) {
    map.set(String.fromCharCode(printable(byte) ? byte : 256 + moved++), byte);
  }
  return map;
})();

/** The bytes that a token of a byte-level vocabulary stands for; `undefined` when it is not written in the alphabet. */
export function bytesOfToken(token: string): Uint8Array | undefined {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = byteOf.get(token.charAt(i));
    if (byte === undefined) return undefined;
    bytes[i] = byte;
  }
  return bytes;
}
