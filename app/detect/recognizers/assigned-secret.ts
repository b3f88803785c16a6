import { entropy, isPlaceholder } from '../randomness.ts';
import { patterns, type Judgement, type Recognizer } from '../recognizer.ts';

const name =
  '(?:(?:api|access|secret|private|auth|client|encryption|signing|account|shared[_ -]?access|app|master)[_ -]?(?:key|secret|token)|secret|token|credentials?)';
const sets = `${name}(?:[_ -]?id)?["'\\]]{0,2}\\s{0,3}(?:=>|:=|[:=]|is)\\s{0,3}["'\`]?`;

/** Keys and secrets of no known vendor, told by the name they are assigned to and by looking random. */
export const assignedSecret: Recognizer = {
  kind: 'secret',
  context: [],
  find: patterns(
    { regex: new RegExp(`${sets}(?<value>[A-Za-z0-9_+/=.~@!$%^*-]{8,512})`, 'dgi'), score: 0.7, judge },
    {
      regex: /(?<![a-z])(?:bearer|basic)\s{1,3}(?<value>[A-Za-z0-9_+/.~-]{12,2048}={0,2})/dgi,
      score: 0.7,
      judge,
    },
  ),
  canonical: (value) => value,
  marked: [
    'aws_secret_access_key = «q7Wm2ZkT9xLr4VbN8cJd1HsY6gPf3EaU5oRi0tKw»',
    '"clientSecret": "«f81d4fae7dec11d0a765»"',
    'Authorization: Bearer «8Xk2mVq9LpR4tZw7»',
    'AccountKey=«Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA==»;EndpointSuffix=core',
  ],
  clear: [
    'token = request.headers.authorization',
    'api_key: YOUR_API_KEY_1234',
    'secret = "${VAULT_SECRET}"',
    'the secret is friendship',
    'token: authentication',
    'Basic understanding of cryptography',
  ],
};

function judge(value: string): Judgement | null {
  const own = value.replace(/[.,!]{1,4}$/, '');
  const mixed = /\d/.test(own) && /[A-Za-z]/.test(own);
  if (!mixed || entropy(own) < 2.8)
    return isPlaceholder(value) ? { verdict: 'plausible', placeholder: true } : null;
  return { verdict: 'plausible', length: own.length, placeholder: isPlaceholder(own) };
}
