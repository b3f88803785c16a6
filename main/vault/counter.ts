/**
 * Numbers that are used once: each encryption takes one, and none ever comes twice from the same profile.
 *
 * Blocks of 2^16 are reserved on disk before any number of them is used, so a process killed at any moment
 * loses the rest of its block and repeats nothing. Block numbers also never lag behind the clock (milliseconds,
 * from a random start; a hybrid logical clock), so records put back from an older backup do not repeat a block
 * either. What remains: a virtual machine rolled back together with its clock.
 *
 * Each lattice key counts in blocks of its own, so a server that sees the numbers of one key learns how much
 * was encrypted under that key, and not what other keys were used for meanwhile.
 */
import { Failure } from '../../app/failure/failure.ts';

export const blockSize = 2 ** 16;

/** Gives a block number that was never given before, durable before it returns. */
export type TakeBlock = () => number;

export class Counter {
  readonly #takeBlock: TakeBlock;
  #next = 0n;
  #left = 0;

  constructor(takeBlock: TakeBlock) {
    this.#takeBlock = takeBlock;
  }

  /** The first of `count` consecutive numbers below 2^63, all of them the caller's. */
  take(count = 1): bigint {
    if (!Number.isInteger(count) || count < 1 || count > blockSize) {
      throw new Failure('usage', `A counter is taken 1 to ${blockSize} numbers at a time, not ${count}.`);
    }
    if (count > this.#left) {
      this.#next = BigInt(this.#takeBlock()) * BigInt(blockSize);
      this.#left = blockSize;
    }
    const first = this.#next;
    this.#next += BigInt(count);
    this.#left -= count;
    return first;
  }
}
