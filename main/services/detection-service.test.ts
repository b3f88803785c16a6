import { expect, it } from 'vitest';
import { defaultSettings, mostOwnEntries } from '../../app/contract/settings.ts';
import { createDetectionService } from './detection-service.ts';
import type { Drafts } from './drafts.ts';
import { openProfileFolder } from './open-profile.fixture.ts';

const { signal } = new AbortController();

async function start() {
  const { store, settings } = (await openProfileFolder()).keepers();
  const service = createDetectionService({ settings }, { drafts: {} as Drafts });
  return { store, settings, service };
}

it('keeps every own word when one more does not fit, and says so', async () => {
  const { settings, service } = await start();
  const words = Array.from({ length: mostOwnEntries }, (_, i) => ({
    text: `person ${i}`,
    kind: 'person' as const,
    pattern: false,
  }));
  settings.change({ detection: { ...defaultSettings.detection, words } });
  const another = service.always({ text: 'Quill', kind: 'custom' }, signal);
  await expect(another).rejects.toMatchObject({ code: 'usage', next: expect.stringContaining('Remove') });
  expect(settings.require().detection.words).toEqual(words);
  // One that is in the list takes no more room.
  await service.always({ text: 'Person 7', kind: 'custom' }, signal);
  expect(settings.require().detection.words).toHaveLength(mostOwnEntries);
});

it('keeps the whole allow-list when one more does not fit', async () => {
  const { settings, service } = await start();
  const allow = Array.from({ length: mostOwnEntries }, (_, i) => ({ text: `city ${i}`, confirmed: false }));
  settings.change({ detection: { ...defaultSettings.detection, allow } });
  await expect(service.never({ text: 'Quill', confirmed: true }, signal)).rejects.toMatchObject({
    code: 'usage',
  });
  expect(settings.require().detection.allow).toEqual(allow);
});

it('writes nothing over own words that cannot be read', async () => {
  const { store, settings, service } = await start();
  const stored = { words: [{ text: 'Quill', kind: 'of the future', pattern: false }] };
  store.require().writeEntry('settings/detection', stored);
  settings.change({ welcomed: true });
  await expect(service.always({ text: 'Rosa', kind: 'person' }, signal)).rejects.toMatchObject({
    reason: 'data-damaged',
  });
  expect(store.require().readEntry('settings/detection')).toEqual(stored);
});
