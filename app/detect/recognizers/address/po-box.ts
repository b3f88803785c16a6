import { patterns, type Recognizer } from '../../recognizer.ts';
import { stateAndZip } from './codes.ts';

const town = "(?:(?:(?:Ste?|Mt|Ft|Pt)\\.|[A-ZÀ-ÖØ-ÞĀ-Ž][A-Za-zÀ-ž'’-]{1,24}) ?){1,3}";

/** Boxes at the post office, rural routes and military mail (USPS, Publication 28, sections 24 to 28). */
export const poBox: Recognizer = {
  kind: 'address',
  context: ['address', 'mail', 'send'],
  find: patterns(
    {
      regex: new RegExp(
        `(?<![A-Za-zÀ-ž])(?:P\\.? ?O\\.? ?Box|Post Office Box) #?\\d{1,6}(?:(?:,|,? ?\\r?\\n) ?${town},? (?:${stateAndZip}))?(?!\\d)`,
        'giu',
      ),
      score: 0.8,
    },
    {
      regex: new RegExp(
        `(?<![A-Za-zÀ-ž])(?:(?:PSC|CMR|Unit|USS) [A-Za-zÀ-ž\\d]{1,16},? Box \\d{1,5}|RR \\d{1,3},? Box \\d{1,5})(?:(?:,|,? ?\\r?\\n| ) ?(?:[AFD]PO,? )?A[AEP] \\d{5}(?:-\\d{4})?)?(?!\\d)`,
        'gu',
      ),
      score: 0.8,
    },
    {
      regex:
        /(?<![A-Za-zÀ-ž])(?:Postfach|Apartado(?: de correos)?|Boîte postale|B\.P\.|Casella postale) \d{1,3}(?: ?\d{2,3}){0,2}(?!\d)/giu,
      score: 0.7,
    },
  ),
  marked: [
    'to «P.O. Box 4417, Salem, OR 97301»',
    '«PO Box 12» it is',
    '«PSC 5217, Box 4854\nAPO AP 43617»',
    'an «Postfach 12 34 56», danke',
  ],
  clear: ['a box of 12', 'Box 12 of 20', 'post office boxes'],
};
