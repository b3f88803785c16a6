import { patterns, proven, type Recognizer } from '../recognizer.ts';

const signedParts = 3;

/** JSON Web Tokens (RFC 7519), signed or encrypted, proven by the header that they begin with. */
export const jwt: Recognizer = {
  kind: 'token',
  context: [],
  find: patterns({
    regex: /(?<![\w-])eyJ[\w-]{8,1024}(?:\.[\w-]{0,8192}){2,4}(?![\w-])/g,
    score: 1,
    judge(value) {
      if (!isHeader(value.slice(0, value.indexOf('.')))) return null;
      // Three parts or five; an empty fourth is the end of a sentence.
      const ends = value.split('.').length === signedParts + 1 && value.endsWith('.');
      return ends ? { ...proven, length: value.length - 1 } : proven;
    },
  }),
  canonical: (value) => value,
  marked: [
    'Cookie: s=«eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.' +
      'eyJzdWIiOiJhbmEifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk»; path=/',
    'unsigned «eyJhbGciOiJub25lIn0.' + 'eyJzdWIiOiJhbmEifQ.»',
  ],
  clear: ['eyJhbGciOi.not-a-token.really', 'eyJub3RfYW5faGVhZGVyIjoxfQ.eyJzdWIiOiJhbmEifQ.abc'],
};

function isHeader(part: string): boolean {
  try {
    const header: unknown = JSON.parse(atob(part.replaceAll('-', '+').replaceAll('_', '/')));
    return typeof header === 'object' && header !== null && 'alg' in header;
  } catch {
    return false;
  }
}
