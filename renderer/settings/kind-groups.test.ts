import { describe, expect, it } from 'vitest';
import model from '../../app/detect/weights/detector.json' with { type: 'json' };
import { kinds } from '../../app/detect/kinds.ts';
import { createRecognizers, defaultRegions } from '../../app/detect/recognizers/index.ts';
import { detect } from '../../app/detect/detect.ts';
import { parseModelFacts } from '../../app/detect/model/classifier.ts';
import { kindExamples, kindGroups } from './kind-groups.ts';

describe('kindGroups', () => {
  it('shows every kind once; own words have a place of their own', () => {
    const shown = kindGroups.flatMap((group) => [...group.kinds] as string[]);
    expect([...shown, 'custom'].sort()).toEqual([...kinds].sort());
  });
});

describe('detection', () => {
  it('finds something of every kind that can be switched, by rules or by the model', () => {
    const found = new Set([
      ...createRecognizers(defaultRegions).map(({ kind }) => kind),
      ...parseModelFacts(JSON.stringify(model)).kinds.map(({ kind }) => kind),
    ]);
    expect(kinds.filter((kind) => kind !== 'custom' && !found.has(kind))).toEqual([]);
  });
});

describe('kindExamples', () => {
  const whole = [
    ['email', ''],
    ['phone', ''],
    ['url', ''],
    ['passport', 'Passport: '],
    ['national-id', 'SSN '],
    ['card', ''],
    ['iban', ''],
    ['bic', 'BIC '],
    ['account', 'account number '],
    ['crypto-address', ''],
    ['ip', ''],
    ['mac', ''],
    ['imei', 'IMEI '],
    ['password', 'password: '],
  ] as const;

  it.each(whole)('%s is marked as it is shown', (kind, before) => {
    const example = kindExamples[kind];
    const [mark] = detect(before + example);
    expect(mark).toMatchObject({ kind, end: (before + example).length });
  });
});
