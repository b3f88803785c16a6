import { entropy, isPlaceholder, isSample } from '../randomness.ts';
import { patterns, plausible, type Recognizer } from '../recognizer.ts';

const secretName =
  'access_?token|id_?token|refresh_?token|token|api_?key|key|auth|authorization|code|otp|password|passwd|pwd|pass|' +
  'secret|client_?secret|sig|signature|session|session_?id|sid|jwt|ticket|invite|x-amz-(?:signature|credential|security-token)';

/**
 * Addresses that open something for whoever holds them: user and password, a secret in the query or the
 * fragment, a segment that nobody could guess. Other addresses are left alone.
 */
export const url: Recognizer = {
  kind: 'url',
  context: [],
  find: patterns(
    {
      regex:
        /(?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,15}:\/\/[^\s/?#@:"'<>]{0,128}:[^\s/?#@"'<>]{1,256}@[^\s"'<>`]{1,2048}/gi,
      score: 0.9,
      judge: (value) => ({
        verdict: 'plausible',
        length: withoutPunctuation(value).length,
        placeholder: isSample(value.slice(value.indexOf(':', value.indexOf('//')) + 1, value.indexOf('@'))),
      }),
    },
    {
      regex: /(?<![a-z0-9+.-])(?:https?|wss?|ftp):\/\/[^\s"'<>`]{4,2048}/gi,
      score: 0.7,
      judge(value) {
        const own = withoutPunctuation(value);
        return holdsSecret(own) ? { ...plausible, length: own.length } : null;
      },
    },
  ),
  marked: [
    'clone «https://ana:s3cr3t-pw@git.lima.dev/repo.git».',
    'open «https://lima.dev/reset?user=7&token=9fJ2kLq81xZ» now',
    '(«https://files.lima.dev/s/Zk3vT9qLw2XbR7mN4pYd/plan.pdf»)',
  ],
  clear: [
    'https://lima.dev/blog/how-to-bake-a-cake-in-2026',
    'https://git.dev/o/r/commit/3f786850e387550fdab836ed7e6dc881de23001b',
    'https://ana:${PASSWORD}@git.lima.dev/repo.git',
    'uri://user:pass@example.com:123/one',
    'https://lima.dev/docs?page=2&token=',
    'https://lima.dev/wiki/Base58Check_encoding',
    'https://lima.dev/v/4d3c2b1a-0000-4000-8000-1a2b3c4d5e6f',
  ],
};

const secretParameter = new RegExp(`[?&#;](?:${secretName})=([^&#\\s]{4,})`, 'gi');

function holdsSecret(address: string): boolean {
  for (const match of address.matchAll(secretParameter)) if (!isPlaceholder(match[1] ?? '')) return true;
  const path = address.split(/[?#]/, 1)[0] ?? '';
  return path.split('/').slice(3).some(isUnguessable);
}

/** A random segment has digits in more places than a word with a number in it. */
const fewestNumbers = 3;

/** Letters of both cases with digits, twenty or more, without the dashes of a title or a UUID; never a hex digest. */
function isUnguessable(segment: string): boolean {
  return (
    /^[A-Za-z0-9_]{20,}={0,2}$/.test(segment) &&
    /[a-z]/.test(segment) &&
    /[A-Z]/.test(segment) &&
    (segment.match(/\d+/g)?.length ?? 0) >= fewestNumbers &&
    entropy(segment) > 3.5
  );
}

function withoutPunctuation(value: string): string {
  return value.replace(/[.,;:!?)\]}]{1,8}$/, '');
}
