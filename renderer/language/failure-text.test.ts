import { expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import { failureText } from './failure-text.ts';

it('says nothing twice, and nothing in English, of what the sentence says in full', () => {
  for (const reason of ['import-unreadable', 'address-invalid', 'insecure-address'] as const) {
    expect(failureText(new Failure('usage', 'In English.', { reason })).detail, reason).toBeNull();
  }
  const { detail } = failureText(new Failure('pack', 'Of 3 files.', { reason: 'pack-damaged' }));
  expect(detail).toBe('Of 3 files.');
});
