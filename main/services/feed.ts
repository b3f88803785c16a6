/** Items that a task reports while it runs, for a generator to pass on. */

/** Runs the task and yields what it emits, in order; then returns its result or throws its error. */
export async function* feed<Item, Result>(
  task: (emit: (item: Item) => void) => Promise<Result>,
): AsyncGenerator<Item, Result> {
  const items: Item[] = [];
  let wake: () => void = () => undefined;
  const work = { ended: false };
  const result = task((item) => {
    items.push(item);
    wake();
  }).finally(() => {
    work.ended = true;
    wake();
  });
  result.catch(() => undefined);
  for (;;) {
    const next = new Promise<void>((resolve) => (wake = resolve));
    for (let item = items.shift(); item !== undefined; item = items.shift()) yield item;
    if (work.ended && items.length === 0) return await result;
    if (items.length === 0) await next;
  }
}
