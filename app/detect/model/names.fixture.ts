/** A model for tests: it knows names by their first letters, as a real one knows them by everything. */
import type { ModelFacts, TokenClassifier } from './classifier.ts';
import { parseModelFacts } from './classifier.ts';
import type { Reader } from './reader.ts';
import { createReader } from './reader.ts';
import { createWordPiece } from './wordpiece.ts';

const kinds = ['person', 'place', 'contact', 'id', 'address'] as const;
/** What it marks, and as what; all else is clear to it. */
const names: Readonly<Record<string, (typeof kinds)[number]>> = {
  ...{ anna: 'person', kern: 'person', lima: 'place', porto: 'place' },
  ...{ reach: 'contact', number: 'id', street: 'address' },
};
const words = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  "'",
  '.',
  ',',
  '@',
  '-',
  's',
  ...Object.keys(names),
].concat(Array.from({ length: 10 }, (_, digit) => [`${digit}`, `##${digit}`]).flat());

export const fakeFacts: ModelFacts = parseModelFacts(
  JSON.stringify({
    tags: ['O', ...kinds.flatMap((kind) => [`B-${kind}`, `I-${kind}`])],
    length: 160,
    thresholds: Object.fromEntries(kinds.map((kind) => [kind, 0.5])),
    kinds: { person: 'person', place: 'place', address: 'address', contact: null, id: null },
  }),
);

/** Logits with which a name is one with probability `sure`; a name after a name of its kind goes on with it. */
export function fakeClassifier(sure = 0.9): TokenClassifier & { readonly runs: () => number } {
  let runs = 0;
  return {
    runs: () => runs,
    run(ids) {
      runs += 1;
      const logits = new Float32Array(ids.length * fakeFacts.tags);
      let before = -1;
      for (const [at, id] of ids.entries()) {
        const name = names[words[id] ?? ''];
        const kind = name === undefined ? -1 : kinds.indexOf(name);
        const goesOn = kind >= 0 && kind === before;
        const tag = kind < 0 ? 0 : 1 + 2 * kind + Number(goesOn);
        for (let one = 0; one < fakeFacts.tags; one += 1) {
          const share = tag === 0 ? Number(one === 0) : one === tag ? sure : one === 0 ? 1 - sure : 0;
          logits[at * fakeFacts.tags + one] = Math.log(share + 1e-9);
        }
        before = kind;
      }
      return Promise.resolve(logits);
    },
  };
}

export function fakeReader(classifier: TokenClassifier = fakeClassifier(), kept?: number): Reader {
  return createReader({
    facts: fakeFacts,
    wordPiece: createWordPiece(words.join('\n')),
    classifier,
    ...(kept === undefined ? {} : { kept }),
  });
}
