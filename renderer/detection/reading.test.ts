import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { createDetector } from '../../app/detect/detect.ts';
import { fakeClassifier, fakeReader } from '../../app/detect/model/names.fixture.ts';
import { createReading } from './reading.ts';

const detector = createDetector();
const always = () => undefined;
const pieces = [
  'Anna Kern wrote from Lima',
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
  it('has the marks of the whole text, whatever was typed before', async () => {
    const kept = fakeReader();
    await fc.assert(
      fc.asyncProperty(text, keys, fc.constantFrom(0, 100, 20_000), async (start, changes, wholeUpTo) => {
        const reading = createReading(detector, wholeUpTo);
        let now = start;
        reading.read(now);
        for (const change of changes) {
          now = typed(now, change);
          reading.read(now);
          expect(await reading.finish(kept, always)).toEqual(await detector.detectWith(fakeReader(), now));
        }
      }),
      { numRuns: 100 },
    );
  });

  it("keeps the model's marks until it has read again, and shows those of the rules at once", async () => {
    const reading = createReading(detector);
    const first = 'Anna Kern wrote: ';
    reading.read(first);
    await reading.finish(fakeReader(), always);
    expect(reading.read(`${first}ana@posteo.de`)).toMatchObject([
      { start: 0, end: 9, kind: 'person', source: 'model' },
      { start: 17, kind: 'email', source: 'rule' },
    ]);
    expect(reading.read('')).toEqual([]);
  });

  it('does not take the marks of a text that is not the newest', async () => {
    const classifier = fakeClassifier();
    const reading = createReading(detector);
    const long = Array.from({ length: 40 }, (_, at) => `Anna ${at} saw the garden over there. `).join('');
    reading.read(long);
    const stopped = reading.finish(fakeReader(classifier), () => {
      if (classifier.runs() === 1) throw new Error('outdated');
    });
    await expect(stopped).rejects.toThrow('outdated');
    expect(classifier.runs()).toBe(1);
    expect(reading.read(long)).toEqual([]);
  });

  it('shows marks in order and apart on the first look too', async () => {
    const model = fakeReader();
    await fc.assert(
      fc.asyncProperty(text, keys, fc.constantFrom(0, 20_000), async (start, changes, wholeUpTo) => {
        const reading = createReading(detector, wholeUpTo);
        let now = start.repeat(3);
        reading.read(now);
        await reading.finish(model, always);
        for (const change of changes) {
          now = typed(now, change);
          let last = 0;
          for (const mark of reading.read(now)) {
            expect(mark.start).toBeGreaterThanOrEqual(last);
            expect(mark.end).toBeLessThanOrEqual(now.length);
            last = mark.end;
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('of 100,000 characters is read around a key at once, and whole afterwards', async () => {
    const line = 'Nothing of note in this line of an ordinary text.\n';
    const long = line.repeat(2000);
    const detect = vi.spyOn(detector, 'detect');
    const reading = createReading(detector);
    expect(reading.read(long)).toEqual([]);
    expect(reading.long).toBe(true);
    detect.mockClear();
    const next = `${long.slice(0, 50_000)}ana@posteo.de ${long.slice(50_000)}`;
    expect(reading.read(next)).toMatchObject([{ start: 50_000, end: 50_013, kind: 'email' }]);
    expect(detect.mock.calls[0]?.[0].length).toBeLessThan(6000);
    detect.mockRestore();
    expect(await reading.finish(fakeReader(), always)).toEqual(detector.detect(next));
  });
});
