/**
 * Takes what may be a secret out of a text before it reaches a log, a crash report or a terminal. The only
 * such function: whoever writes a text that was not composed of fixed words passes it through here.
 *
 * It errs on the side of taking too much out. Digests marked `sha256:` are public and stay. A passphrase or
 * a prompt looks like any other text and cannot be recognised: those must not be put into a message at all.
 */
const secrets: readonly RegExp[] = [
  // Credentials by what stands before them.
  /(?<=\b(?:bearer|basic)\s+)[\w.~+/=-]+/gi,
  /(?<=\b(?:token|password|passphrase|secret|api[_-]?key)["']?\s*[=:]\s*["']?)[^\s"',;]+/gi,
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+(?=@)/gi,
  // An age identity.
  /\bAGE-SECRET-KEY-[A-Z0-9-]+/gi,
  // 16 bytes or more as hex.
  /(?<![A-Za-z0-9]|sha256:[0-9a-f]*)[0-9a-f]{32,}(?![A-Za-z0-9])/gi,
  // 16 bytes or more as padded base64.
  /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{22,}={1,2}(?!=)/g,
  // A long word of letters mixed with digits or of mixed case: unpadded base64, base64url, most API keys.
  /(?<![\w-])(?<!sha256:)(?![a-z_-]+(?![\w-]))(?![A-Z_-]+(?![\w-]))(?!\d+(?![\w-]))[\w-]{32,}(?![\w-])/g,
];

export function redact(text: string): string {
  return secrets.reduce((clean, pattern) => clean.replace(pattern, '[redacted]'), text);
}
