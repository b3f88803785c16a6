import {
  alone,
  broken,
  checked,
  lettersAndDigits,
  patterns,
  proven,
  type Judgement,
  type Recognizer,
} from '../../recognizer.ts';

/** A national number with a checksum, from its usual ways of writing. */
export interface CheckedId {
  /** Pattern and score of each way of writing, without context. */
  readonly forms: readonly (readonly [source: string, score: number])[];
  /** Whether a compact value, upper case, holds. */
  valid(compact: string): boolean;
  /** The structure says so much that a value that holds needs no context. */
  readonly certain?: boolean;
  readonly context: readonly string[];
  readonly marked: readonly string[];
  readonly clear: readonly string[];
}

export function checkedId(id: CheckedId): Recognizer {
  const held = id.certain ? proven : checked;
  const judge = (value: string): Judgement =>
    id.valid(value.replace(/[^\p{L}\p{N}]+/gu, '').toUpperCase()) ? held : broken;
  return {
    kind: 'national-id',
    context: id.context,
    find: patterns(...id.forms.map(([source, score]) => ({ regex: alone(source), score, judge }))),
    canonical: lettersAndDigits,
    marked: id.marked,
    clear: id.clear,
  };
}

/** Whether some year has that day: 31 in odd months up to July and in even ones from August, 29 in February. */
export function isMonthAndDay(month: number, day: number): boolean {
  return (
    month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 ? 29 : 30 + ((month + (month >> 3)) & 1))
  );
}
