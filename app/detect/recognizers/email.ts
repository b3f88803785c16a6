import { patterns, plausible, type Recognizer } from '../recognizer.ts';

/** Domains that nobody can own (RFC 2606, RFC 6761). Such an address is marked, with less certainty. */
const reserved = /(?:^|\.)(?:example|test|invalid|localhost)$|(?:^|\.)example\.(?:com|net|org)$/;

/** RFC 5321 limits: 64 characters before the @, 63 in a label. */
export const email: Recognizer = {
  kind: 'email',
  context: ['email', 'mail', 'address', 'contact', 'correo', 'courriel'],
  find: patterns(
    {
      regex:
        /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}_](?:[\p{L}\p{N}._%+'-]{0,62}[\p{L}\p{N}_+-])?@(?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,8}\p{L}[\p{L}\p{N}-]{1,23}(?<!-)/gu,
      score: 0.85,
      judge: (value) =>
        // The user of a repository's address, as in git@host:owner/name.
        value.startsWith('git@')
          ? null
          : reserved.test(value.slice(value.indexOf('@') + 1).toLowerCase())
            ? { verdict: 'plausible', score: 0.5 }
            : plausible,
    },
    // In the query of an address the @ is percent-encoded (RFC 3986).
    {
      regex:
        /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}_](?:[\p{L}\p{N}._+-]{0,62}[\p{L}\p{N}_+-])?%40(?:[\p{L}\p{N}][\p{L}\p{N}-]{0,62}\.){1,8}\p{L}[\p{L}\p{N}-]{1,23}(?<!-)/gu,
      score: 0.8,
    },
  ),
  canonical: (value) => value.replace('%40', '@').toLowerCase(),
  marked: [
    'Write to «ana.lima+tickets@posteo.de», please.',
    'From: Ana Lima <«ana_lima@mail.uni-koeln.de»>',
    '«josé@correo.com.mx» answered.',
    "{'email': '«nora.o'brien@posteo.de»'}",
    '?user=7&email=«ana@posteo.de»&x=1',
    '?to=«ana.lima%40posteo.de»&x=1',
    'write to «ana (at) posteo (dot) de», or to «ana at posteo dot de»',
    'the test account «alice@example.com»',
    'ｍａｉｌ «ａｎａ＠ｐｏｓｔｅｏ．ｄｅ»',
  ],
  clear: ['npm i @scope/package@1.2.3', 'a@b', 'git@github', 'git@github.com:owner/name', '@ana', 'x = y@z'],
};
