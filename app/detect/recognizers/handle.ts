import { patterns, type Judgement, type Recognizer } from '../recognizer.ts';

/** What stands after an @ in code, documents and packages, and is nobody's name. */
const notOne = new Set(
  (
    'override import media param params return returns see since author version deprecated throws example property ' +
    'type typedef template link test before after beforeeach aftereach component injectable input output autowired ' +
    'bean service repository controller entity table column id dataclass staticmethod classmethod abstractmethod ' +
    'charset keyframes supports layer container apply tailwind font-face extend include mixin use forward ' +
    'everyone here channel all team home work types angular vue react babel noble scure latest next gmail yahoo'
  ).split(' '),
);
/** The half of an e-mail address. */
const domain = /\.(?:com|org|net|edu|gov|io|de|fr|es|it|uk|eu|info)$/i;
/** What stands after `user=` in code and prose. */
const plain =
  /^(?:null|nil|none|true|false|undefined|required|optional|string|str|text|varchar|any|empty|invalid|incorrect|admin|root|guest|anonymous|unknown|self|this|name|names|field|and|or|the|is|your|password)$/i;
const sets = '["\'\\]]{0,2}\\s{0,3}(?:[:=]|=>|:=|\\bis\\b)\\s{0,3}["\'`]?';

/** Names on networks: `@name`, and what a form or a log calls a user name. */
export const handle: Recognizer = {
  kind: 'handle',
  context: [
    'twitter',
    'instagram',
    'telegram',
    'tiktok',
    'github',
    'mastodon',
    'handle',
    'follow',
    'dm',
    'insta',
  ],
  find: patterns(
    {
      regex:
        /(?<![\p{L}\p{N}_.@/\\`'"*+-])(?<!^[ \t]{0,16}(?:\*|\/\/|#)[ \t]{1,8})@[A-Za-z_][A-Za-z0-9_.]{2,29}(?<![.])(?![\p{L}\p{N}_(/-]|@|\.\p{L})/gmu,
      score: 0.5,
      judge: (value) =>
        notOne.has(value.slice(1).toLowerCase()) || domain.test(value) ? null : { verdict: 'plausible' },
    },
    {
      regex: new RegExp(
        `(?:(?<!\\p{L})user[ _-]?name|screen[ _-]?name|(?<!\\p{L})login[ _-]name|nutzername|benutzername|usuario|nom d'utilisateur)${sets}(?<value>[\\p{L}][\\p{L}\\p{N}_.-]{2,39})(?![\\p{L}\\p{N}_@(\\[])`,
        'dgiu',
      ),
      score: 0.6,
      judge: judgeNamed,
    },
    {
      regex: new RegExp(
        `(?<!\\p{L})(?:login|handle)${sets}(?<value>(?=[\\p{L}\\p{N}]{0,30}[._\\d-])[\\p{L}][\\p{L}\\p{N}_.-]{2,39})(?![\\p{L}\\p{N}_@(\\[])`,
        'dgiu',
      ),
      score: 0.6,
      judge: judgeNamed,
    },
    {
      regex: new RegExp(
        `(?<!\\p{L})(?:user|account|uid|logged in as|login)(?:["'\\]]{0,2}\\s{0,3}(?::=|=>|[:=])|)\\s{0,3}["'\`]?(?<value>[a-z][a-z0-9]{0,20}[._]?[a-z0-9]{0,20}\\d{1,6})(?![\\p{L}\\p{N}_@(.-])`,
        'dgiu',
      ),
      score: 0.5,
      judge: (value) => (/^[a-z]\w?[a-z]{2}[^A-Z]*$/.test(value) ? judgeNamed(value) : null),
    },
    // Accounts of MySQL and MariaDB: 'name'@'host'.
    { regex: /'(?<value>[a-z][a-z0-9_.-]{2,31})'(?=@')/dg, score: 0.6, judge: judgeNamed },
  ),
  canonical: (value) => value.replace(/^@/, '').toLowerCase(),
  marked: [
    'ask «@lima_ana» about it',
    'Twitter: «@ana.lima7», please',
    'username: «ana.lima73»',
    'my user name is «blue_heron»',
    '"login": "«lima-ana»"',
    'logged in as «alima42» today',
    'User «alima42» did, DB_USER = "«ops_42»"',
    "CREATE USER '«mgr_ana»'@'%'",
  ],
  clear: [
    '@Override public void run()',
    '@param name the name',
    'npm i @scope/package',
    'mail a@lima.dev or ***@lima.com',
    'username: string',
    'username is required',
    '@media (print)',
    ' * @stability 3',
    'const handle = await open(file)',
    'user = getUser()',
  ],
};

function judgeNamed(value: string): Judgement | null {
  const own = value.replace(/[.-]+$/, '');
  return own.length < 3 || plain.test(own) ? null : { verdict: 'plausible', length: own.length };
}
