import { describe, expect, it } from 'vitest';
import { fakeReader } from '../../app/detect/model/names.fixture.ts';
import { detectMarks } from './question.ts';

describe('the last check before sending', () => {
  it('has the marks of rules and model', async () => {
    const marks = await detectMarks('Anna Kern, anna@posteo.de', {}, () => Promise.resolve(fakeReader()));
    expect(marks.map(({ kind }) => kind)).toEqual(['person', 'email']);
  });

  it.each([
    ['the model is not there', () => Promise.reject(new Error('ENOENT'))],
    [
      'the model throws',
      () => Promise.resolve(fakeReader({ run: () => Promise.reject(new Error('no memory')) })),
    ],
    [
      'the model answers nonsense',
      () => Promise.resolve(fakeReader({ run: (ids) => Promise.resolve(new Float32Array(ids.length)) })),
    ],
  ])('refuses when %s: nothing is sent unchecked', async (_, openModel) => {
    await expect(detectMarks('Anna Kern', {}, openModel)).rejects.toMatchObject({
      code: 'refused',
      reason: 'detector-failed',
    });
  });
});
