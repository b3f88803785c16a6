/** One measured figure. Times are medians of `runs` repetitions with their extremes. */
export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
  /** The least that this machine could need, in the row's unit, and its share of the median. */
  readonly floor?: number;
  readonly share?: number;
}

export interface BenchmarkOptions {
  readonly runs: number;
  readonly threads: number;
  /** Leaves out what takes long. */
  readonly quick: boolean;
  /** Measures other libraries as well. */
  readonly peer: boolean;
  readonly progress: (text: string) => void;
  /** Aborted when the user breaks the benchmark off. */
  readonly signal: AbortSignal;
}

/** Rows, and what a report says about them beyond that; both go into the JSON. */
export interface Measurement {
  readonly rows: readonly Row[];
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Benchmark {
  readonly name: string;
  readonly about: string;
  run(options: BenchmarkOptions): Promise<readonly Row[] | Measurement>;
}

/** A row from samples; @throws RangeError without any. */
export function row(name: string, unit: string, samples: readonly number[]): Row {
  if (samples.length === 0) throw new RangeError(`${name} was not measured`);
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (index: number) => sorted[index] ?? NaN;
  const middle = (sorted.length - 1) / 2;
  const median = (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2;
  return { name, unit, median, min: at(0), max: at(sorted.length - 1), runs: sorted.length };
}

/** A figure that does not vary: a size, a count, a bound. */
export function constant(name: string, unit: string, value: number): Row {
  return { name, unit, median: value, min: value, max: value, runs: 1 };
}
