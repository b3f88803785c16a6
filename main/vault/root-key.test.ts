import { describe, expect, it } from 'vitest';
import { decodeRootKey, encodeRootKey, generateRootKey } from './root-key.ts';

describe('the root key as text', () => {
  it('comes back as it was', () => {
    const root = generateRootKey();
    expect(decodeRootKey(encodeRootKey(root))).toEqual(root);
  });

  it.each([
    ['nothing', ''],
    ['another program’s password', 'correct horse'],
    ['too short', encodeRootKey(generateRootKey()).slice(0, -1)],
    ['too long', `${encodeRootKey(generateRootKey())}A`],
    ['a later version', encodeRootKey(generateRootKey()).replace('-1:', '-2:')],
    ['padding', `${encodeRootKey(generateRootKey())}=`],
  ])('%s is refused, and not repeated in the message', (_, text) => {
    const refusal = (() => {
      try {
        decodeRootKey(text);
      } catch (error) {
        return error;
      }
      return undefined;
    })();
    expect(refusal).toMatchObject({ code: 'refused' });
    if (text !== '') expect(String(refusal)).not.toContain(text);
  });
});
