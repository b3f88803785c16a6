import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createDetector } from '../../app/detect/detect.ts';
import { createReading } from './reading.ts';

const detector = createDetector();
const pieces = [
  'my card is 4111 1111 1111 1111',
  'IBAN DE89 3704 0044 0532 0130 00',
  'ana.lima@posteo.de',
  'the password is hunter2',
  '+49 30 901820',
  'plain words of a letter that says nothing',
  '10.1.2.3',
  '-----BEGIN RSA ' + 'PRIVATE KEY-----\nMIIEowIBAAKCAQEAtq7x\n',
  'café, naïve, ｆｕｌｌ',
  '\n',
  '\n\n',
  ' 1 2 3 4 ',
];
const text = fc
  .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 60 })
  .map((parts) => parts.join(' '));
const keys = fc.array(
  fc.record({ at: fc.nat(5000), remove: fc.nat(40), insert: fc.constantFrom('', 'x', '1', '\n', ...pieces) }),
  { minLength: 1, maxLength: 6 },
);

function typed(
  before: string,
  { at, remove, insert }: { at: number; remove: number; insert: string },
): string {
  const place = at % (before.length + 1);
  return before.slice(0, place) + insert + before.slice(place + remove);
}

describe('a text that is read as it is written', () => {
  it('has the marks of the whole text, whatever was typed before', () => {
    fc.assert(
      fc.property(text, keys, fc.constantFrom(0, 100, 20_000), (start, changes, wholeUpTo) => {
        const reading = createReading(detector, wholeUpTo);
        let now = start;
        reading.read(now);
        for (const change of changes) {
          now = typed(now, change);
          const look = reading.read(now);
          expect((look.whole ? look : reading.finish()).marks).toEqual(detector.detect(now));
        }
      }),
      { numRuns: 150 },
    );
  });

  it('shows marks in order and apart on the first look too', () => {
    fc.assert(
      fc.property(text, keys, (start, changes) => {
        const reading = createReading(detector, 0);
        let now = start.repeat(3);
        reading.read(now);
        for (const change of changes) {
          now = typed(now, change);
          let last = 0;
          for (const mark of reading.read(now).marks) {
            expect(mark.start).toBeGreaterThanOrEqual(last);
            expect(mark.end).toBeLessThanOrEqual(now.length);
            last = mark.end;
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('of 100,000 characters is read around a key at once, and whole afterwards', () => {
    const line = 'Nothing of note in this line of an ordinary text.\n';
    const long = line.repeat(2000);
    const detect = vi.spyOn(detector, 'detect');
    const reading = createReading(detector);
    expect(reading.read(long)).toEqual({ marks: [], whole: true });
    detect.mockClear();
    const next = `${long.slice(0, 50_000)}ana@posteo.de ${long.slice(50_000)}`;
    const look = reading.read(next);
    expect(look.whole).toBe(false);
    expect(look.marks).toMatchObject([{ start: 50_000, end: 50_013, kind: 'email' }]);
    expect(detect.mock.calls[0]?.[0].length).toBeLessThan(6000);
    expect(reading.finish()).toEqual({ marks: detector.detect(next), whole: true });
    detect.mockRestore();
  });
});
