/**
 * Line plots as SVG: text that can be compared and committed, readable on a light and on a dark page. The colours are
 * those of Okabe and Ito (2008), which most colour-blind readers tell apart; every series has a mark of its own as well.
 */

export interface Series {
  readonly name: string;
  readonly points: readonly {
    readonly x: number;
    readonly y: number;
    readonly low?: number;
    readonly high?: number;
  }[];
  /** A bound or a prediction: dashed, without marks. */
  readonly dashed?: boolean;
  /** Marks alone. */
  readonly scattered?: boolean;
  /** Series of one colour belong together; by default each has its own. */
  readonly colour?: number;
}

export interface Axis {
  readonly title: string;
  readonly scale: 'linear' | 'log';
  /** Values that are written at the axis; chosen from the data where they are not given. */
  readonly ticks?: readonly number[];
}

export interface Plot {
  /** What a reader who cannot see the plot is told. */
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
}

const [width, height] = [720, 400];
const area = { left: 76, right: 700, top: 16, bottom: 300 };
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const marks: readonly ((x: string, y: string) => string)[] = [
  (x, y) => `<circle cx="${x}" cy="${y}" r="4.5"/>`,
  (x, y) => `<rect x="-4" y="-4" width="8" height="8" transform="translate(${x} ${y})"/>`,
  (x, y) => `<path d="M0-5.5 5 4H-5Z" transform="translate(${x} ${y})"/>`,
  (x, y) => `<path d="M0-6 6 0 0 6-6 0Z" transform="translate(${x} ${y})"/>`,
  (x, y) => `<path d="M-5-4H5L0 5.5Z" transform="translate(${x} ${y})"/>`,
  (x, y) => `<path d="M-5-1.5H5v3H-5Z" transform="translate(${x} ${y})"/>`,
];

/** The plot as a document of its own. @throws RangeError without a point, or with one that a logarithm has no place for. */
export function drawPlot({ title, x, y, series }: Plot): string {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) throw new RangeError(`${title}: nothing to draw`);
  const horizontal = createScale(
    x,
    points.map((point) => point.x),
    area.left,
    area.right,
  );
  const vertical = createScale(
    y,
    points.flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y]),
    area.bottom,
    area.top,
  );
  const lines = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeText(title)}">`,
    `<title>${escapeText(title)}</title>`,
    `<style>`,
    `text{font:13px system-ui,sans-serif;fill:#24292f}.grid{stroke:#d0d7de}.axis{stroke:#57606a}`,
    ...colours.map((colour, i) => `.s${i}{stroke:${colour};fill:${colour}}`),
    `@media(prefers-color-scheme:dark){text{fill:#e6edf3}.grid{stroke:#30363d}.axis{stroke:#8b949e}`,
    `.s0{stroke:#58a6ff;fill:#58a6ff}.s1{stroke:#ff9248;fill:#ff9248}.s2{stroke:#3fc99b;fill:#3fc99b}}`,
    `.line{fill:none;stroke-width:2}.dashed{stroke-dasharray:6 4}.range{stroke-width:1.5}`,
    `</style>`,
    ...horizontal.ticks.flatMap((tick) => {
      const at = place(horizontal.at(tick));
      return [
        `<path class="grid" d="M${at} ${area.top}V${area.bottom}"/>`,
        `<text x="${at}" y="${area.bottom + 20}" text-anchor="middle">${label(tick)}</text>`,
      ];
    }),
    ...vertical.ticks.flatMap((tick) => {
      const at = vertical.at(tick);
      return [
        `<path class="grid" d="M${area.left} ${place(at)}H${area.right}"/>`,
        `<text x="${area.left - 8}" y="${place(at + 4)}" text-anchor="end">${label(tick)}</text>`,
      ];
    }),
    `<path class="axis" fill="none" d="M${area.left} ${area.top}V${area.bottom}H${area.right}"/>`,
    `<text x="${(area.left + area.right) / 2}" y="${area.bottom + 42}" text-anchor="middle">${escapeText(x.title)}</text>`,
    `<text transform="translate(18 ${(area.top + area.bottom) / 2}) rotate(-90)" text-anchor="middle">${escapeText(y.title)}</text>`,
    ...series.flatMap((one, i) => drawSeries(one, i, horizontal, vertical)),
    ...drawLegend(series),
    '</svg>',
  ];
  return `${lines.join('\n')}\n`;
}

interface Scale {
  readonly ticks: readonly number[];
  at(value: number): number;
}

function createScale(axis: Axis, values: readonly number[], from: number, to: number): Scale {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  if (axis.scale === 'log' && least <= 0)
    throw new RangeError(`${axis.title}: ${least} has no place on a logarithmic axis`);
  const ticks = axis.ticks ?? (axis.scale === 'log' ? ticksOfPowers(least, most) : evenTicks(most));
  const of = axis.scale === 'log' ? Math.log : (value: number) => value;
  const low = of(axis.scale === 'log' ? Math.min(least, ticks[0] ?? least) : 0);
  const high = of(Math.max(most, ticks.at(-1) ?? most));
  return { ticks, at: (value) => from + ((of(value) - low) / (high - low || 1)) * (to - from) };
}

/** From 0 to the first multiple of 1, 2 or 5 times a power of ten that covers `most` in at most six steps. */
function evenTicks(most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most / 5));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => most / size <= 6) ?? 10 * power;
  return Array.from({ length: Math.ceil(most / step) + 1 }, (_, i) => i * step);
}

/** The powers of ten around the values, with 2 and 5 times them where they are few. */
function ticksOfPowers(least: number, most: number): number[] {
  const few = Math.log10(most / least) < 2;
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power += 1) {
    for (const factor of few ? [1, 2, 5] : [1]) ticks.push(factor * 10 ** power);
  }
  const first = ticks.findLastIndex((tick) => tick <= least);
  const last = ticks.findIndex((tick) => tick >= most);
  return ticks.slice(Math.max(0, first), last + 1);
}

function drawSeries(series: Series, index: number, x: Scale, y: Scale): string[] {
  const name = colourOf(series, index);
  const at = series.points.map((point) => ({
    x: place(x.at(point.x)),
    y: place(y.at(point.y)),
    low: point.low === undefined ? undefined : place(y.at(point.low)),
    high: point.high === undefined ? undefined : place(y.at(point.high)),
  }));
  const mark = marks[index % marks.length] ?? (() => '');
  const path = at.map((point, i) => `${i === 0 ? 'M' : 'L'}${point.x} ${point.y}`).join('');
  return [
    ...(series.scattered
      ? []
      : [`<path class="line ${name}${series.dashed ? ' dashed' : ''}" d="${path}"/>`]),
    ...at.flatMap((point) =>
      point.low === undefined || point.high === undefined
        ? []
        : [`<path class="range ${name}" d="M${point.x} ${point.low}V${point.high}"/>`],
    ),
    ...(series.dashed ? [] : at.map((point) => `<g class="${name}">${mark(point.x, point.y)}</g>`)),
  ];
}

/** The class of a series' colour. */
function colourOf(series: Series, index: number): string {
  return `s${(series.colour ?? index) % colours.length}`;
}

/** Names under the plot, three in a line. */
function drawLegend(series: readonly Series[]): string[] {
  return series.flatMap((one, i) => {
    const [x, y] = [area.left + (i % 3) * 208, area.bottom + 66 + Math.floor(i / 3) * 20];
    const name = colourOf(one, i);
    const mark = marks[i % marks.length] ?? (() => '');
    return [
      ...(one.scattered
        ? []
        : [`<path class="line ${name}${one.dashed ? ' dashed' : ''}" d="M${x} ${y}h24"/>`]),
      ...(one.dashed ? [] : [`<g class="${name}">${mark(String(x + 12), String(y))}</g>`]),
      `<text x="${x + 30}" y="${y + 4}">${escapeText(one.name)}</text>`,
    ];
  });
}

/** A coordinate: two decimals tell no more than a screen shows. */
function place(value: number): string {
  return String(Math.round(value * 100) / 100);
}

function label(value: number): string {
  return Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 }).format(value);
}

function escapeText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
