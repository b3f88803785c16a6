/** Right and wrong marks of a text, label-blind: what F measures are made of. */

export type Range = readonly [start: number, end: number];

export interface Counts {
  readonly right: number;
  readonly wrong: number;
  readonly missed: number;
}

/**
 * A mark is right when it shares half of its union with a labelled span, or when it covers a run of them with only
 * separators between and half of it is labelled. A labelled span is found by a right mark, or by several marks whose
 * union comes to half of its own. Marks on ignored stretches alone do not count.
 */
export function countMarks(
  text: string,
  gold: readonly Range[],
  ignored: readonly Range[],
  given: readonly Range[],
): Counts {
  const spans = gold.toSorted(([a], [b]) => a - b);
  const marks = given.filter((mark) => meets(mark, spans) || !meets(mark, ignored));
  const found = new Set<number>();
  let wrong: Range[] = [];
  for (const mark of marks) {
    const right = rightSpans(text, spans, mark);
    for (const index of right) found.add(index);
    if (right.length === 0) wrong.push(mark);
  }
  for (const [index, [start, end]] of spans.entries()) {
    const parts = wrong.filter((mark) => overlaps(mark, [start, end]));
    if (found.has(index) || parts.length < 2) continue;
    const shared = parts.reduce((total, [a, b]) => total + Math.min(b, end) - Math.max(a, start), 0);
    const length = parts.reduce((total, [a, b]) => total + b - a, 0);
    if (2 * shared < end - start + length - shared) continue;
    found.add(index);
    wrong = wrong.filter((mark) => !parts.includes(mark));
  }
  return { right: found.size, wrong: wrong.length, missed: spans.length - found.size };
}

function rightSpans(text: string, spans: readonly Range[], mark: Range): readonly number[] {
  const [from, to] = mark;
  const over = [...spans.keys()].filter((index) => overlaps(spans[index] ?? [0, 0], mark));
  const alone = over.filter((index) => {
    const [start, end] = spans[index] ?? [0, 0];
    return (Math.min(to, end) - Math.max(from, start)) * 2 >= Math.max(to, end) - Math.min(from, start);
  });
  const run = over.filter((index) => from <= (spans[index]?.[0] ?? 0) && (spans[index]?.[1] ?? 0) <= to);
  if (run.length < 2) return alone;
  const gaps = run.slice(1).map((next, at) => text.slice(spans[run[at] ?? 0]?.[1], spans[next]?.[0]));
  const together = gaps.every((gap) => gap.length <= 3 && !/[\p{L}\p{N}]/u.test(gap));
  const labelled = (spans[run.at(-1) ?? 0]?.[1] ?? 0) - (spans[run[0] ?? 0]?.[0] ?? 0);
  return together && labelled * 2 >= to - from ? run : alone;
}

function meets(mark: Range, ranges: readonly Range[]): boolean {
  return ranges.some((range) => overlaps(mark, range));
}

function overlaps([a, b]: Range, [c, d]: Range): boolean {
  return a < d && c < b;
}

export function sum(a: Counts | undefined, b: Counts): Counts {
  return a ? { right: a.right + b.right, wrong: a.wrong + b.wrong, missed: a.missed + b.missed } : b;
}

/** F with recall `beta` times as important as precision. */
export function fMeasure({ right, wrong, missed }: Counts, beta: number): number {
  const square = beta ** 2;
  const all = (1 + square) * right + square * missed + wrong;
  return all === 0 ? 0 : ((1 + square) * right) / all;
}
