import { expect, it } from 'vitest';
import { blocksSeen } from './blocks.ts';

it('says what a block of each size weighs on average, the largest first', () => {
  expect(
    blocksSeen([
      { rows: 1, requests: 4, sent: 400, received: 800 },
      { rows: 16, requests: 8, sent: 35_296, received: 70_000 },
      { rows: 32, requests: 0, sent: 0, received: 0 },
    ]),
  ).toEqual([
    { rows: 16, requests: 8, sent: 4412, received: 8750 },
    { rows: 1, requests: 4, sent: 100, received: 200 },
  ]);
});
