import { describe, expect, it } from 'vitest';
import { createUpdater } from './updater.ts';

const check = (current: string, latest: string) =>
  createUpdater(current, { latest: async () => latest }).checkForUpdate();

describe('updates', () => {
  it('without a feed there is none to ask, and it says so', async () => {
    const updater = createUpdater('0.1.0', null);
    expect(updater.configured).toBe(false);
    await expect(updater.checkForUpdate()).rejects.toMatchObject({ reason: 'unsupported-here' });
  });
  it.each([
    ['0.1.0', '0.2.0'],
    ['0.9.9', '0.10.0'],
    ['1.0.0', '1.0.1'],
  ])('%s is older than %s', async (current, latest) => {
    expect(await check(current, latest)).toBe(latest);
  });
  it.each([
    ['0.2.0', '0.2.0'],
    ['0.10.0', '0.9.9'],
    ['1.0.0', '0.9.9'],
    ['1.0.0', 'not a version'],
    ['1.0.0', '2.0.0<script>'],
  ])('%s is not older than %s', async (current, latest) => {
    expect(await check(current, latest)).toBe(null);
  });
});
