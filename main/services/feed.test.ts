import { describe, expect, it } from 'vitest';
import { createAnswerQueue } from './answer-queue.ts';
import { feed } from './feed.ts';

async function collect<Item, Result>(items: AsyncGenerator<Item, Result>) {
  const seen: Item[] = [];
  for (;;) {
    const { done, value } = await items.next();
    if (done) return { seen, result: value };
    seen.push(value);
  }
}
const later = () => new Promise((resolve) => setTimeout(resolve, 1));

describe('a feed', () => {
  it('passes on every item in order, then the result', async () => {
    const made = feed<number, string>(async (emit) => {
      emit(1);
      emit(2);
      await later();
      emit(3);
      return 'done';
    });
    expect(await collect(made)).toEqual({ seen: [1, 2, 3], result: 'done' });
  });

  it('passes on what came before an error, then the error', async () => {
    const seen: number[] = [];
    const made = feed<number, never>(async (emit) => {
      emit(1);
      await later();
      throw new Error('no');
    });
    const read = async () => {
      for await (const item of made) seen.push(item);
    };
    await expect(read()).rejects.toThrow('no');
    expect(seen).toEqual([1]);
  });

  it('lets a task go on that nobody reads', async () => {
    let ended = false;
    const made = feed<number, undefined>(async (emit) => {
      for (let i = 0; i < 3; i++) {
        emit(i);
        await later();
      }
      ended = true;
    });
    await made.next();
    await expect.poll(() => ended).toBe(true);
  });
});

describe('the queue of answers', () => {
  const { signal } = new AbortController();

  it('gives one turn at a time, in order', async () => {
    const queue = createAnswerQueue();
    const order: string[] = [];
    const work = async (name: string) => {
      const turn = await queue.turn(signal);
      order.push(`${name} begins`);
      await later();
      order.push(`${name} ends`);
      turn.done();
    };
    await Promise.all([work('a'), work('b'), work('c')]);
    expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });

  it('lets one go that does not want its turn any more', async () => {
    const queue = createAnswerQueue();
    const first = await queue.turn(signal);
    const stop = new AbortController();
    const second = queue.turn(stop.signal);
    const third = queue.turn(signal);
    stop.abort();
    await expect(second).rejects.toMatchObject({ code: 'cancelled' });
    let began = false;
    void third.then(() => (began = true));
    await later();
    expect(began).toBe(false);
    first.done();
    await third;
  });
});
