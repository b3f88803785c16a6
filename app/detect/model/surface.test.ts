import { describe, expect, it } from 'vitest';
import { hasNounCapitals, isNoName, isPeople } from './surface.ts';

describe('the letters of a span', () => {
  it.each(['American', 'iranian', 'PALESTINIANS', 'Englishmen', 'Jews', 'Catholic', 'Swiss'])(
    'tell that %s is a people or a faith',
    (value) => {
      expect(isPeople(value)).toBe(true);
    },
  );

  it.each(['America', 'Iran', 'Paris', 'American Airlines', 'Germanwings', 'Men', 's'])(
    'do not take %s for one',
    (value) => {
      expect(isPeople(value)).toBe(false);
    },
  );

  it.each(['Sun', 'Thurs.', 'Saturdays', 'hahaha', 'LOLOLOLOL', 'xoxoxox', 'AAAAAH', 'K'])(
    'tell that %s is no name',
    (value) => {
      expect(isNoName(value)).toBe(true);
    },
  );

  it.each(['Anna', 'Bobo', 'Lala', 'Kiki Kern', 'Monday Okafor', 'Sunita', 'Frida', 'May'])(
    'leave %s a name',
    (value) => {
      expect(isNoName(value)).toBe(false);
    },
  );

  it('tell German by its small words', () => {
    expect(hasNounCapitals('Der Schlüssel liegt in einer Datei auf diesem Gerät.')).toBe(true);
    expect(hasNounCapitals('Was weißt du über Frau Öztürk aus Köln? Sie ist 34.')).toBe(true);
    expect(hasNounCapitals('The die is cast; das Boot is a film about a war, and a good one.')).toBe(false);
    expect(hasNounCapitals('im so glad, im here, i am, am i')).toBe(false);
    expect(hasNounCapitals('Hans ist da')).toBe(false);
  });
});
