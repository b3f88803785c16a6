/** What a span of the model must have to be of its kind: the model goes by its surroundings more than by itself. */
import type { Kind } from '../kinds.ts';

const digitsOf = (value: string) => value.replace(/\P{Nd}/gu, '').length;

/** Domains of the top level that are no ending of a file. */
const domain =
  /[\p{L}\p{N}-]\.(?:com|org|net|edu|gov|mil|int|io|info|biz|eu|uk|ie|us|ca|au|nz|de|at|ch|fr|be|nl|lu|es|pt|it|gr|se|no|dk|fi|is|pl|cz|sk|hu|ro|bg|hr|si|ee|lv|lt|ua|ru|tr|il|in|pk|cn|jp|kr|tw|hk|sg|th|vn|id|ph|my|za|ng|ke|eg|ma|br|mx|ar|cl|pe)(?:[/:?#]|$)/iu;

const tests: Partial<Record<Kind, (value: string) => boolean>> = {
  // A number that identifies somebody is longer than a version, a year or the size of a key.
  account: (value) => digitsOf(value) >= 4 && !/^\p{L}+[- ]?\p{Nd}{1,3}$/u.test(value),
  'national-id': (value) => digitsOf(value) >= 4,
  handle: (value) =>
    /^@[\p{L}\p{N}_]/u.test(value) || (/\p{L}/u.test(value) && /[\p{Nd}_.]/u.test(value.slice(1))),
  url: (value) => /:\/\/|^www\./iu.test(value) || domain.test(value),
  phone: (value) => digitsOf(value) >= 6,
};

export function isPlausible(kind: Kind, value: string): boolean {
  return tests[kind]?.(value) ?? true;
}
