/**
 * What people do to a value so that machines do not read it, and what mail programs and forms do to it, taken back.
 * Each rewrite looks for one habit, in time linear in the text, and only where the result can be nothing else than a
 * value: the recognizers judge what comes out.
 */

/** Puts `text` in the place of a stretch that is at least as long. */
export interface Rewrite {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

type Rewriter = (text: string) => readonly Rewrite[];

/** In this order: what one leaves, the next may read. Edits of one rewriter are sorted and disjoint. */
export const rewrites: readonly Rewriter[] = [
  entities,
  lookAlikes,
  brokenLines,
  spelledAddresses,
  lettersForDigits,
  spelledDigits,
  spacedDigits,
];

/** `&#64;` and its kin, as pages hide addresses with. */
function entities(text: string): Rewrite[] {
  if (!text.includes('&')) return [];
  return Array.from(
    text.matchAll(/&(?:#0{0,4}64|#x0{0,4}40|commat|(#0{0,4}46|#x0{0,4}2e|period));/gi),
    (match) => ({
      start: match.index,
      end: match.index + match[0].length,
      text: match[1] ? '.' : '@',
    }),
  );
}

const latinOf = new Map(
  Array.from(
    // Cyrillic, then Greek, then the rest (Unicode Technical Standard 39, confusables.txt).
    'аaеeоoрpсcуyхxіiјjѕsһhԁdԛqԝwкkАAВBЕEКKМMНHОOРPСCТTУYХXІIЈJЅS' +
      'αaοoνvρpιiκkυuχxΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX' +
      'ıiɡgɑa',
    (character) => character,
  ).reduce<[string, string][]>((pairs, character, place, all) => {
    if (place % 2 === 0) pairs.push([character, all[place + 1] ?? '']);
    return pairs;
  }, []),
);
const foreign = new RegExp(`[${[...latinOf.keys()].join('')}]`, 'gu');
const hasForeign = new RegExp(foreign.source, 'u');
const token = /[\p{L}\p{N}._@+-]{2,320}/gu;

/** Letters of other scripts in the middle of Latin ones, where every letter that is not Latin looks like one that is. */
function lookAlikes(text: string): Rewrite[] {
  if (!hasForeign.test(text)) return [];
  const edits: Rewrite[] = [];
  for (const match of text.matchAll(token)) {
    const [word] = match;
    if (!hasForeign.test(word) || !/[A-Za-z]/.test(word)) continue;
    if (/\p{L}/u.test(word.replace(foreign, '').replace(/\p{sc=Latin}/gu, ''))) continue;
    for (const letter of word.matchAll(foreign)) {
      const start = match.index + letter.index;
      edits.push({ start, end: start + letter[0].length, text: latinOf.get(letter[0]) ?? letter[0] });
    }
  }
  return edits;
}

/** Characters that are looked at on each side of a line break or of an "at". */
const near = 80;

/** A line break, with the marks of a quotation, inside a number in groups, a hyphenated number or an address. */
function brokenLines(text: string): Rewrite[] {
  if (!text.includes('\n')) return [];
  const edits: Rewrite[] = [];
  for (const match of text.matchAll(/[ \t]{0,2}\r?\n(?:[ \t]{0,4}>){0,2}[ \t]{0,4}/g)) {
    const start = match.index;
    const end = start + match[0].length;
    const before = text.slice(Math.max(0, start - near), start);
    const after = text.slice(end, end + near);
    const groups =
      /(?<![\p{L}\p{N}])(?=(?:[A-Z -]{0,4}\d){5})[A-Z0-9]{4}[ -][A-Z0-9]{4}$/u.test(before) &&
      /^(?=[A-Z]{0,3}\d)[A-Z0-9]{2,4}(?![A-Za-z0-9])/.test(after);
    const phone =
      /(?:\(\d{2,5}\)|\+\d{1,3}(?:[ -]\d{2,5}){1,3})$/.test(before) && /^\d{2,4}[ .-]?\d{2,}/.test(after);
    const hyphen = /\d-$/.test(before) && /^\d{2}/.test(after);
    const address = /[\p{L}\p{N}]@$/u.test(before) && /^[\p{L}\p{N}-]{1,63}\.\p{L}/u.test(after);
    if (groups || phone) edits.push({ start, end, text: ' ' });
    else if (hyphen || address) edits.push({ start, end, text: '' });
  }
  return edits;
}

// Latin letters are enough here: a class of every script's letters takes long to prepare, at the first key.
const atWords = 'at|ät|arroba|arobase|chiocciola';
const dotWords = 'dot|punkt|punto|point';
const bracketed = (words: string) =>
  `(?: ?(?:\\( ?(?:${words}) ?\\)|\\[ ?(?:${words}) ?\\]|\\{ ?(?:${words}) ?\\}|< ?(?:${words}) ?>) ?)`;
const at = new RegExp(
  `${bracketed(`${atWords}|@`)}|(?<=[A-Za-zÀ-ž0-9]) (?:${atWords}) (?=[A-Za-zÀ-ž0-9])|@`,
  'gi',
);
const dot = `(?:${bracketed(`${dotWords}|\\.`)}| (?:${dotWords}) |\\.)`;
const label = '[A-Za-zÀ-ž0-9](?:[A-Za-zÀ-ž0-9-]{0,40}[A-Za-zÀ-ž0-9])?';
const localPart = new RegExp(
  `(?<![A-Za-zÀ-ž0-9._+-])[A-Za-zÀ-ž0-9_+-]{1,40}(?:${dot}[A-Za-zÀ-ž0-9_+-]{1,40}){0,3}$`,
  'i',
);
const host = new RegExp(`^(?:${label}${dot}){1,4}(?<last>[A-Za-zÀ-ž]{2,24})(?![A-Za-zÀ-ž0-9])`, 'i');
const anyDot = new RegExp(dot, 'gi');
/** Ends of host names that words in a sentence do not have; asked for where a bare "at" might be a preposition. */
const commonEnds = new Set(
  'com org net edu gov mil info biz io dev app ai uk de fr es nl ch eu ca au nz jp br mx pl se dk fi pt ru cz gr tr za ar cl cn kr sg hk'.split(
    ' ',
  ),
);

/** `ana (at) lima (dot) dev`, `ana at lima dot dev`. */
function spelledAddresses(text: string): Rewrite[] {
  const edits: Rewrite[] = [];
  let done = 0;
  for (const match of text.matchAll(at)) {
    const start = match.index;
    const end = start + match[0].length;
    if (start < done) continue;
    const before = localPart.exec(text.slice(Math.max(done, start - near), start))?.[0];
    const after = host.exec(text.slice(end, end + 2 * near));
    if (before === undefined || after === null) continue;
    const spelled = [...before.matchAll(anyDot), ...after[0].matchAll(anyDot)].some(([one]) => one !== '.');
    if (
      !/[([{<]/.test(match[0]) &&
      (!spelled || !commonEnds.has(after.groups?.['last']?.toLowerCase() ?? ''))
    )
      continue;
    // Before a bare "at", the words that a "dot" links may be a sentence's.
    edits.push(...dots(before, start - before.length));
    if (match[0] !== '@') edits.push({ start, end, text: '@' });
    edits.push(...dots(after[0], end));
    done = end + after[0].length;
  }
  return edits;
}

function dots(part: string, offset: number): Rewrite[] {
  return Array.from(part.matchAll(anyDot), (match) => ({
    start: offset + match.index,
    end: offset + match.index + match[0].length,
    text: '.',
  })).filter((edit) => edit.end - edit.start > 1);
}

const digitGroups =
  /(?<![A-Za-zÀ-ž0-9_.-])(?:\d[\dOolI]{0,18}[ -]){0,8}\d[\dOolI]{0,18}(?![A-Za-zÀ-ž0-9_])/gu;

/** `4l11` and `1O1`: letters that look like digits between digits, unless a group beside it has letters of its own. */
function lettersForDigits(text: string): Rewrite[] {
  const edits: Rewrite[] = [];
  for (const match of text.matchAll(digitGroups)) {
    if (!/\d[\dOolI]*[OolI][\dOolI]*\d/.test(match[0])) continue;
    const end = match.index + match[0].length;
    const before = text.slice(Math.max(0, match.index - near), match.index);
    if (/[A-Za-z]\d{1,8}[ -]$/.test(before) || /^[ -]\d{0,8}[A-Z]{1,8}\d/.test(text.slice(end, end + near)))
      continue;
    for (const letter of match[0].matchAll(/(?<=\d[OolI]{0,18})[OolI](?=[OolI]{0,18}\d)/g)) {
      const start = match.index + letter.index;
      edits.push({ start, end: start + 1, text: /o/i.test(letter[0]) ? '0' : '1' });
    }
  }
  return edits;
}

const digitOf = new Map(
  [
    'zero oh null zéro cero nought',
    'one eins un uno',
    'two zwei zwo deux dos due',
    'three drei trois tres tre',
    'four vier quatre cuatro quattro',
    'five fünf cinq cinco cinque',
    'six sechs seis sei',
    'seven sieben sept siete sette',
    'eight acht huit ocho otto',
    'nine neun neuf nueve nove',
  ].flatMap((words, value) => words.split(' ').map((word) => [word, String(value)] as const)),
);
const spelled = `(?:${[...digitOf.keys()].sort((a, b) => b.length - a.length).join('|')})`;
const spelledRun = new RegExp(
  `(?<![A-Za-zÀ-ž0-9_])${spelled}(?:[ ,;-]{1,2}(?:${spelled}|\\d)(?![A-Za-zÀ-ž0-9_])){6,80}`,
  'gi',
);
/** Single digits among spelled ones are taken too; fewer words than this are words. */
const fewestSpelled = 4;

/** `four one one one ...`: seven and more. Nobody counts so in a sentence. */
function spelledDigits(text: string): Rewrite[] {
  const edits: Rewrite[] = [];
  for (const match of text.matchAll(spelledRun)) {
    const words = [...match[0].matchAll(/[\p{L}\p{N}]+/gu)];
    if (words.filter(([word]) => !/\d/.test(word)).length < fewestSpelled) continue;
    let last: number | undefined;
    for (const word of words) {
      const start = match.index + word.index;
      if (last !== undefined) edits.push({ start: last, end: start, text: '' });
      last = start + word[0].length;
      edits.push({ start, end: last, text: digitOf.get(word[0].toLowerCase()) ?? word[0] });
    }
  }
  return edits;
}

/** `4 1 1 1 ...` and `5 3 6 - 2 2 - ...`: seven and more single digits with single spaces. */
function spacedDigits(text: string): Rewrite[] {
  const edits: Rewrite[] = [];
  const runs = text.matchAll(
    /(?<![A-Za-zÀ-ž0-9_$€£.,-])(?<!\d )\d(?: (?:- )?\d){6,255}(?![A-Za-zÀ-ž0-9_]|[.,]\d| (?:- )?\d)/gu,
  );
  for (const run of runs) {
    for (const space of run[0].matchAll(/ /g)) {
      const start = run.index + space.index;
      edits.push({ start, end: start + 1, text: '' });
    }
  }
  return edits;
}
