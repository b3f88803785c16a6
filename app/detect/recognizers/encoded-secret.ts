import { isPlaceholder } from '../randomness.ts';
import type { Candidate, Recognizer } from '../recognizer.ts';

/** A run with percent signs (RFC 3986, 2.1), and one of base64 or base64url (RFC 4648) that is long enough for a secret. */
const percent =
  /(?<![A-Za-z0-9%])[A-Za-z0-9_.~+/:@-]{0,512}(?:%[0-9A-Fa-f]{2}[A-Za-z0-9_.~+/:@-]{0,512}){1,256}/g;
const base64 = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{20,8192}={0,2}(?![A-Za-z0-9+/_=-])/g;
const printable = /^[\t\n\r\x20-\x7e]{12,}$/;

/**
 * Secrets that stand in percent or base64 encoding, as in addresses, Kubernetes and HTTP headers: what is decoded is
 * read by `inner`, and the whole encoded run is marked if one of them is sure of a part.
 *
 * @param inner the recognizers of what is worth decoding for
 */
export function createEncodedSecret(inner: readonly Recognizer[]): Recognizer {
  const holds = (decoded: string) =>
    inner.some((recognizer) => {
      for (const { verdict, score, placeholder } of recognizer.find(decoded)) {
        if (!placeholder && (verdict === 'proven' || (verdict === 'plausible' && score >= 0.9))) return true;
      }
      return false;
    });

  return {
    kind: 'secret',
    context: [],
    *find(text) {
      for (const match of text.matchAll(percent)) {
        const decoded = fromPercent(match[0]);
        if (decoded !== undefined && holds(decoded)) yield whole(match);
      }
      for (const match of text.matchAll(base64)) {
        const decoded = fromBase64(match[0]);
        if (decoded !== undefined && !isPlaceholder(decoded) && holds(decoded)) yield whole(match);
      }
    },
    canonical: (value) => value,
    // Written in two halves, so that scanners of repositories do not take the examples for leaked tokens.
    marked: [
      'data: «Z2hwX3g3UW0yWmtUOXdMcjRWYk44' + 'Y0pkMUhzWTZnUGYzRWFVNW9SaQ==»',
      'next=«ghp%5Fx7Qm2ZkT9wLr' + '4VbN8cJd1HsY6gPf3EaU5oRi»',
      'DB: «cG9zdGdyZXM6Ly9hcHA6OWZLMmxxWjhAZGIubGltYS5kZXY6NTQzMi9vcmRlcnM=»',
      'card «NDExMTExMTExMTExMTExMSAxMi8yNyBMaW1h»',
    ],
    clear: [
      'aGVsbG8gd29ybGQsIHRoaXMgaXMgbm90aGluZw==',
      'q=caf%C3%A9%20au%20lait',
      'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
    ],
  };
}

function whole(match: RegExpExecArray): Candidate {
  return { start: match.index, end: match.index + match[0].length, score: 1, verdict: 'proven' };
}

function fromPercent(value: string): string | undefined {
  try {
    return decodeURIComponent(value);
  } catch {
    return undefined;
  }
}

function fromBase64(value: string): string | undefined {
  try {
    const decoded = atob(value.replaceAll('-', '+').replaceAll('_', '/'));
    return printable.test(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}
