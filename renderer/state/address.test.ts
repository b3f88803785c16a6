import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOf, placeOf, type Place } from './address.ts';

const id = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
const place: fc.Arbitrary<Place> = fc.oneof(
  fc.constant({ screen: 'new' } as const),
  fc.constant({ screen: 'welcome' } as const),
  id.map((id) => ({ screen: 'conversation', id }) as const),
  fc.option(id).map((anchor) => ({ screen: 'settings', anchor }) as const),
);

describe('an address', () => {
  it('leads back to the place that it was made of', () => {
    fc.assert(
      fc.property(place, (place) => {
        expect(placeOf(hashOf(place))).toEqual(place);
      }),
    );
  });

  it.each(['', '#', '#/', '#/c/', '#/c/UPPER', '#/c/a/b', '#/nowhere', '#token=abc', '#/welcome/x'])(
    '%s is a new conversation',
    (hash) => {
      expect(placeOf(hash)).toEqual({ screen: 'new' });
    },
  );

  it('never fails', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(placeOf(`#/${text}`).screen).toBeTruthy();
      }),
    );
  });
});
