import { describe, expect, it } from 'vitest';
import { barsOf, bytesAgree } from './bars.ts';

const layer = (number: number | null, ms: readonly [number, number, number, number]) => ({
  layer: number,
  local_ms: ms[0],
  crypto_ms: ms[1],
  server_ms: ms[2],
  network_ms: ms[3],
});

describe('the waterfall', () => {
  const { bars, total } = barsOf([layer(null, [1, 0, 0, 0]), layer(0, [2, 3, 4, 5]), layer(1, [1, 1, 1, 1])]);
  it('has a line per layer, each beginning where the last one ended', () => {
    expect(bars.map((bar) => [bar.layer, bar.parts[0]?.from, bar.total])).toEqual([
      [null, 0, 1],
      [0, 1, 14],
      [1, 15, 4],
    ]);
    expect(bars[1]?.parts.map(({ from }) => from)).toEqual([1, 3, 6, 10]);
  });
  it('adds up', () => {
    expect(total).toBe(19);
  });
  it('of nothing is nothing', () => {
    expect(barsOf([])).toEqual({ bars: [], total: 0 });
  });
});

describe('the bytes of a receipt', () => {
  const bucket = (rows: number, sent: number) => ({ rows, requests: 2, sent, received: 1 });
  it('are compared with those of the preview, whatever the order', () => {
    expect(bytesAgree([bucket(1, 5), bucket(16, 9)], [bucket(16, 9), bucket(1, 5)])).toBe(true);
    expect(bytesAgree([bucket(1, 5)], [bucket(1, 6)])).toBe(false);
    expect(bytesAgree([bucket(1, 5)], null)).toBe(null);
  });
});
