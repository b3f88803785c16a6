import { describe, expect, it } from 'vitest';
import { holdsPart, typedInto } from './typed-text.ts';

describe('what is typed while the prompt became another one', () => {
  it.each([
    ['is all of it where the field held all of it', 'Ask An', 'Ask An', 'Ask Ana', 'Ask Ana'],
    ['stays behind what was given back', 'Call Bob.\nAsk An', 'Ask An', 'Ask Ana', 'Call Bob.\nAsk Ana'],
    ['stays before what was added', 'Ask An\nCall Bob.', 'Ask An', 'Ask Ana', 'Ask Ana\nCall Bob.'],
    ['is behind what came into an empty field', 'Call Bob.', '', 'A', 'Call Bob.A'],
  ])('%s', (_, text, before, now, after) => {
    expect(holdsPart(text, before)).toBe(true);
    expect(typedInto(text, before, now)).toBe(after);
  });

  it('is not typed on where the field holds nothing of it', () => {
    expect(holdsPart('Call Bob.', 'Ask An')).toBe(false);
  });
});
