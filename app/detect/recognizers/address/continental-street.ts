import { patterns, type Pattern, type Recognizer } from '../../recognizer.ts';

const word = "(?:(?:Ste?|Mt|Ft|Pt)\\.|[A-ZÀ-ÖØ-ÞĀ-Ž][A-Za-zÀ-ž'’-]{1,24})";
const house = '\\d{1,4}(?: ?[a-zA-Z](?![A-Za-zÀ-ž0-9]))?(?:[-–/]\\d{1,4})?';
// Latin letters are enough here: a class of every script's letters takes long to prepare, at the first key.
const town = `${word}(?:[ -](?:${word}|am|an der|im|sur|de|la|del|di)){0,3}(?: \\(?[A-ZÀ-ÖØ-ÞĀ-Ž]{2}\\)?(?![A-Za-zÀ-ž]))?`;
const tail = (code: string) => `(?:,|,? ?\\r?\\n)[ ]?(?:[A-ZÀ-ÖØ-ÞĀ-Ž]{1,2}-)?${code} ${town}`;
const before = '(?<![A-Za-zÀ-ž0-9_-])';
const after = '(?![A-Za-zÀ-ž0-9_])';
/** A street, more certain with the code and the town. */
const places = (code: string, source: string, alone: number): Pattern => ({
  regex: new RegExp(`${before}(?:${source})(?:${tail(code)}|${after})`, 'gu'),
  score: alone,
  judge: (value) => ({
    verdict: 'plausible',
    score: /[,\n]\s?(?:[A-ZÀ-ÖØ-ÞĀ-Ž]{1,2}-)?\d{4}/u.test(value) ? 0.9 : alone,
  }),
});

const germanOnes = `[A-ZÀ-ÖØ-ÞĀ-Ž][A-Za-zÀ-ž-]{1,30}(?:straße|strasse|str\\.|weg|platz|allee|gasse|damm|chaussee|steig)|${word}(?: ${word})?[ -](?:Straße|Strasse|Str\\.|Weg|Platz|Allee|Gasse|Damm|Ufer|Ring)`;
const germanTwos = `(?:Am|An der|An den|Im|In der|Zum|Zur|Auf der|Auf dem|Unter den|Alter?|Neuer?) ${word}(?: ${word})?|[A-ZÀ-ÖØ-ÞĀ-Ž][A-Za-zÀ-ž-]{1,30}(?:ring|ufer|hof|markt|berg|graben)`;
const small = "(?:(?:de la |de l['’]|des |de |du |d['’]|della |delle |dei |del |di |las |los |la )?)";
const french = `\\d{1,4}(?: ?(?:bis|ter))?,? (?:rue|avenue|av\\.|boulevard|bd|place|chemin|impasse|allée|quai|route|cours) ${small}${word}(?:[ -]${small}${word}){0,3}`;
const spanish = `(?:Calle|C/|Avenida|Avda\\.?|Plaza|Paseo|Ronda|Camino|Travesía) ?${small}${word}(?: ${small}${word}){0,3},? (?:n\\.?º ?)?${house}(?:, ?\\d{1,2}º ?[A-Z]?)?`;
const italian = `(?:[Vv]ia|[Vv]iale|[Pp]iazza|[Pp]iazzale|[Cc]orso|[Vv]icolo) ${small}${word}(?: ${small}${word}){0,3},? (?:n\\. ?)?${house}`;
const dutch = `[A-ZÀ-ÖØ-ÞĀ-Ž][A-Za-zÀ-ž-]{1,30}(?:straat|laan|gracht|plein|kade|dijk) ${house}`;

/** Street addresses as on the continent: German, Dutch, French, Spanish, Italian; with code and town where they follow. */
export const continentalStreet: Recognizer = {
  kind: 'address',
  context: [
    'adresse',
    'anschrift',
    'wohnhaft',
    'wohnt',
    'dirección',
    'domicilio',
    'vive',
    'habite',
    'indirizzo',
    'abita',
    'residente',
    'adres',
    'address',
  ],
  find: patterns(
    places('\\d{4,5}', `(?:${germanOnes}) ${house}`, 0.5),
    // Fields and rules stand "in der" something too.
    places('\\d{4,5}', `(?:${germanTwos}) ${house}`, 0.05),
    places('\\d{5}', french, 0.5),
    places('\\d{5}', spanish, 0.5),
    places('\\d{5}', italian, 0.2),
    places('\\d{4} ?[A-Z]{2}', dutch, 0.5),
  ),
  marked: [
    'wohnt «Lindenstraße 12a, 10115 Berlin».',
    'Adresse: «Berliner Str. 7» im Hof',
    'kommt «Am Alten Markt 5, 50667 Köln» an',
    'habite «12 bis rue de la Gare, 75002 Paris»',
    'Dirección: «Calle de Alcalá 24, 28014 Madrid»',
    'abita in «via Garibaldi 18, 00184 Roma»',
    '«Prinsengracht 110, 1015 CJ Amsterdam»',
  ],
  clear: ['Spring 2021', 'der Weg 3', 'la rue est longue', 'In der Regel 5', 'via Email 2'],
};
