import { patterns, type Recognizer } from '../recognizer.ts';

const titles =
  'Mr|Mrs|Ms|Mx|Dr|Prof|Professor|Herr|Herrn|Frau|Mme|Mlle|Monsieur|Madame|Señor|Señora|Sra|Srta|Signor|Signora|Dott|Dottoressa';
const name = "\\p{Lu}(?:\\.|[\\p{L}'’]{1,24}(?:-\\p{Lu}[\\p{L}'’]{1,24})?)";
const particle = '(?:(?:van|von|de|del|della|da|di|der|den|la|le|bin|al) ){0,2}';

/** Names after a title; other names are the model's. The title itself names nobody. */
export const titledPerson: Recognizer = {
  kind: 'person',
  context: [],
  find: patterns({
    regex: new RegExp(
      `(?<![\\p{L}\\p{N}_.-])(?:${titles})\\.? (?:(?:Dr|Prof|med)\\.? ){0,2}(?<value>(?!(?:President|Speaker|Chairman|Chairwoman|Chair|Justice|Secretary|Ambassador|Minister|Prime|Mayor|Judge|Doktor|The)\\b)${particle}${name}(?: ${particle}${name}){0,2})`,
      'dgu',
    ),
    score: 0.6,
    judge: (value) => ({ verdict: 'plausible', length: value.replace(/(?:'s|’s|\.)$/, '').length }),
  }),
  marked: [
    'Dear Mrs. «Okonkwo», thank you',
    'Dr «Ana M. Lima» will see you.',
    'Sehr geehrte Frau Dr. «Weiß-Huber», hiermit',
    "Mr «Lima»'s file",
    'Mme «de la Tour» arrive',
  ],
  clear: ['Mr. President, thank you', 'the Dr says so', 'MS Word', 'Ms. in total'],
};
