import { describe, expect, it } from 'vitest';
import { createSaver } from './saver.ts';
import type { Patch } from './saver.ts';

function harness() {
  const saves: { patch: Patch; resolve: () => void; reject: (error: Error) => void }[] = [];
  const pending: Patch[] = [];
  const saver = createSaver({
    save: (patch) =>
      new Promise<void>((resolve, reject) => {
        saves.push({ patch, resolve, reject });
      }),
    onPending: (patch) => pending.push(patch),
  });
  return { saver, saves, pending };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('createSaver', () => {
  it('shows a choice at once and lets it go when it is stored', async () => {
    const { saver, saves, pending } = harness();
    saver.change({ policy: 'everything' });
    expect(pending).toEqual([{ policy: 'everything' }]);
    saves[0]?.resolve();
    await saver.settled();
    expect(pending.at(-1)).toEqual({});
  });

  it('goes back when it could not be stored', async () => {
    const { saver, saves, pending } = harness();
    saver.change({ startAtLogin: true });
    saves[0]?.reject(new Error('disk full'));
    await saver.settled();
    expect(pending.at(-1)).toEqual({});
    expect(saves).toHaveLength(1);
  });

  it('sends what came meanwhile in one go, and never two saves at a time', async () => {
    const { saver, saves } = harness();
    saver.change({ policy: 'everything' });
    saver.change({ policy: 'exact' });
    saver.change({ startAtLogin: true });
    expect(saves).toHaveLength(1);
    saves[0]?.resolve();
    await turn();
    expect(saves.map(({ patch }) => patch)).toEqual([
      { policy: 'everything' },
      { policy: 'exact', startAtLogin: true },
    ]);
    saves[1]?.resolve();
    await saver.settled();
    expect(saves).toHaveLength(2);
  });

  it('keeps a newer choice when an older one of the same setting fails', async () => {
    const { saver, saves, pending } = harness();
    saver.change({ policy: 'everything' });
    saver.change({ policy: 'masked-attention' });
    saves[0]?.reject(new Error('disk full'));
    await turn();
    expect(pending.at(-1)).toEqual({ policy: 'masked-attention' });
    saves[1]?.resolve();
    await saver.settled();
    expect(pending.at(-1)).toEqual({});
  });
});
