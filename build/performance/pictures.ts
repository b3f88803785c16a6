/** The plots of docs/performance.md. */
import type { LatticeReport, Point, SweepPoint } from '../../test/bench/lattice/report.ts';
import { drawPlot } from './plot.ts';
import type { Series } from './plot.ts';

/** Names without an ending, and SVG documents. */
export function drawPictures({ details }: LatticeReport): Map<string, string> {
  const { threads } = details;
  const numbers = [...new Set(details.gpt2_rows.map((point) => point.threads))].sort((a, b) => b - a);
  const plural = (count: number) => `${count} thread${count === 1 ? '' : 's'}`;
  const byRows = numbers.flatMap((number, colour): Series[] => {
    const points = details.gpt2_rows
      .filter((point) => point.threads === number)
      .sort((a, b) => a.rows - b.rows);
    return withFloor(
      `measured, ${plural(number)}`,
      `floor, ${plural(number)}`,
      colour,
      points,
      (point) => point.rows,
    );
  });
  const sweep = (points: readonly SweepPoint[], x: (point: SweepPoint) => number) =>
    withFloor(`measured, ${plural(threads)}`, 'floor', 0, points, x);
  const [inputs, outputs] = [details.sweep_outputs[0]?.inputs, details.sweep_inputs[0]?.outputs];
  return new Map([
    [
      'rows',
      drawPlot({
        title: 'Milliseconds per row of a GPT-2 token over the rows of a request',
        x: { title: 'rows in a request', scale: 'log', ticks: [1, 4, 16, 64] },
        y: { title: 'ms per row, all linear layers', scale: 'linear' },
        series: byRows,
      }),
    ],
    [
      'inputs',
      drawPlot({
        title: `Milliseconds of one row through a matrix with ${outputs ?? '?'} outputs over its inputs`,
        x: { title: `inputs (${outputs ?? '?'} outputs)`, scale: 'linear' },
        y: { title: 'ms', scale: 'linear' },
        series: sweep(details.sweep_inputs, (point) => point.inputs),
      }),
    ],
    [
      'outputs',
      drawPlot({
        title: `Milliseconds of one row through a matrix with ${inputs ?? '?'} inputs over its outputs`,
        x: { title: `outputs (${inputs ?? '?'} inputs)`, scale: 'linear' },
        y: { title: 'ms', scale: 'linear' },
        series: sweep(details.sweep_outputs, (point) => point.outputs),
      }),
    ],
    ['roofline', drawRoofline(details)],
  ]);
}

/** Medians with their range, and the floors under them. */
function withFloor<T extends Point>(
  name: string,
  floor: string,
  colour: number,
  points: readonly T[],
  x: (point: T) => number,
): Series[] {
  const floors = points.flatMap((point) => (point.floor ? [{ x: x(point), y: point.floor }] : []));
  return [
    {
      name,
      colour,
      points: points.map((point) => ({ x: x(point), y: point.median, low: point.min, high: point.max })),
    },
    ...(floors.length > 0 ? [{ name: floor, colour, points: floors, dashed: true }] : []),
  ];
}

function drawRoofline(details: LatticeReport['details']): string {
  const series = details.speeds.toReversed().flatMap((speed, colour): Series[] => {
    const roof = speed.multiplications_per_second / 1e9;
    const slope = speed.bandwidth_gb_per_second;
    const [left, right] = [0.5, 256];
    const points = details.gpt2_rows.flatMap((point) =>
      point.threads === speed.threads && point.multiplications_per_byte && point.multiplications_per_second
        ? [{ x: point.multiplications_per_byte, y: point.multiplications_per_second / 1e9 }]
        : [],
    );
    const name = `${speed.threads} thread${speed.threads === 1 ? '' : 's'}`;
    return [
      {
        name: `roof, ${name}`,
        colour,
        dashed: true,
        points: [left, roof / slope, right].map((x) => ({ x, y: Math.min(roof, slope * x) })),
      },
      ...(points.length > 0 ? [{ name: `GPT-2, ${name}`, colour, points, scattered: true }] : []),
    ];
  });
  return drawPlot({
    title: 'Roofline: multiplications per second over multiplications per byte of weights',
    x: { title: '32-bit multiplications per byte of weights', scale: 'log' },
    y: { title: '10⁹ multiplications per second', scale: 'log' },
    series,
  });
}
