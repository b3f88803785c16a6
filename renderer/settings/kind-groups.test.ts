import { describe, expect, it } from 'vitest';
import { kinds } from '../../app/detect/kinds.ts';
import { createRecognizers, defaultRegions } from '../../app/detect/recognizers/index.ts';
import { detect } from '../../app/detect/detect.ts';
import { kindExamples, kindGroups, ruledKinds } from './kind-groups.ts';

describe('kindGroups', () => {
  it('shows every kind once; own words have a place of their own', () => {
    const shown = kindGroups.flatMap((group) => [...group.kinds] as string[]);
    expect([...shown, 'custom'].sort()).toEqual([...kinds].sort());
  });
});

describe('ruledKinds', () => {
  it('are the kinds that there are rules for', () => {
    const ruled = new Set(createRecognizers(defaultRegions).map(({ kind }) => kind));
    expect([...ruledKinds].sort()).toEqual([...ruled].sort());
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
