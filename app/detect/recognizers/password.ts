import { isTemplate } from '../randomness.ts';
import { patterns, type Judgement, type Recognizer } from '../recognizer.ts';

const name =
  '(?:pass(?:word|wd|phrase|code)|pwd|(?<!\\p{L})pw|(?<=db_?|[^\\p{L}]|^)pass|passwort|contraseña|mot de passe)';
const sets = `${name}["'\\]]{0,2}\\s{0,3}(?:=>|:=|[:=])\\s{0,3}`;
/** What follows the word "password" in forms, messages and code, and is none. */
const notOne =
  /^(?:null|nil|none|true|false|undefined|required|optional|string|str|text|bytes|any|empty|missing|incorrect|wrong|fail|failed|pass|passed|invalid|expired|hidden|reset|forgot(?:ten)?|field|input|process\.env\S*|os\.environ\S*|is|the|your|my|a|an|and|or|self|this|new|await)$/i;
/** A sentence about passwords, as in the texts of a program. */
const spoken =
  /\s.*(?<!\p{L})(?:pass(?:word|phrase)|passwort)|(?<!\p{L})(?:pass(?:word|phrase)|passwort).*\s/iu;
const code = /^(?:[([{]|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+[;,]?$|[A-Za-z_][\w.]*[([])/;

export const password: Recognizer = {
  kind: 'password',
  context: [],
  find: patterns(
    {
      regex: new RegExp(`${sets}(?<quote>["'\`])(?<value>[^"'\`\\n]{3,200})\\k<quote>`, 'dgiu'),
      score: 0.8,
      judge: judgeQuoted,
    },
    {
      regex: new RegExp(`${sets}(?!\\p{L}{3,32} \\p{L}{2})(?<value>[^\\s"'\`;&<>|]{3,128})`, 'dgiu'),
      score: 0.7,
      judge: judgeBare,
    },
    {
      regex: /(?<![^\s'"`])--?pass(?:word|wd|phrase)?[ =]["']?(?<value>[^\s"']{3,128})/dgi,
      score: 0.7,
      judge: judgeBare,
    },
    {
      regex: /identified (?:with \S{1,40} )?by ["'](?<value>[^"'\n]{3,200})["']/dgi,
      score: 0.8,
      judge: judgeQuoted,
    },
    {
      regex: new RegExp(
        `(?:${name}|(?<!\\p{L})pin(?: code)?) (?:is|was|to)(?: now)?:? ["'\`]?(?<value>[^\\s"'\`]{4,64})`,
        'dgiu',
      ),
      score: 0.7,
      judge: judgeSpoken,
    },
  ),
  canonical: (value) => value,
  marked: [
    'DB_PASS="«zA9oS$#yCItPbV»"',
    'my password is «hunter2»!',
    'password: «Sample-2024»',
    "  db-password: '«correct horse battery»'",
    'Server=db;Uid=app;Pwd=«9fK2lqZ8»;',
    'mysql --password=«9fK2lqZ8» orders',
    "IDENTIFIED BY '«x2f$djHL6Yi»'",
    'the pin is «4821»',
    'pw: «hunter2»',
  ],
  clear: [
    'password = getPassword()',
    'const password: string',
    'f(password: string): void, const pass = (from) => 1',
    "done ? 'PASS' : 'FAIL'",
    'password: process.env.DB_PASSWORD',
    'PASSWORD=${DB_PASSWORD}',
    'password: "********"',
    'The password is required.',
    "usePassphrase: 'Use a passphrase'",
    'under a passphrase: sotto keys export',
    'I forgot my password, and the pin is stuck.',
    'compass: north, a must-pass bill, season-pass holders',
  ],
};

function judgeQuoted(value: string): Judgement | null {
  return notOne.test(value) || spoken.test(value)
    ? null
    : { verdict: 'plausible', placeholder: isTemplate(value) };
}

function judgeBare(value: string): Judgement | null {
  const own = value.replace(/[.,:!?)\]}]{1,4}$/, '');
  if (own.length < 3 || notOne.test(own) || code.test(value)) return null;
  return { verdict: 'plausible', length: own.length, placeholder: isTemplate(own) };
}

/** In a sentence, only what no plain word looks like. */
function judgeSpoken(value: string): Judgement | null {
  return /[\d@#$%^&*]|\p{Ll}\p{Lu}/u.test(value) ? judgeBare(value) : null;
}
