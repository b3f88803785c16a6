import { keccak_256 } from '@noble/hashes/sha3.js';
import { broken, patterns, plausible, proven, type Recognizer } from '../recognizer.ts';

const ascii = new TextEncoder();

/** Ethereum addresses. Letters of both cases are a checksum (EIP-55); of one case, there is none. */
export const ethereum: Recognizer = {
  kind: 'crypto-address',
  context: ['ethereum', 'eth', 'wallet', 'address', 'crypto', 'erc20', 'usdt', 'usdc'],
  find: patterns({
    regex: /(?<![\p{L}\p{N}_])0x[0-9a-f]{40}(?![\p{L}\p{N}_])/giu,
    score: 0.7,
    judge(value) {
      const digits = value.slice(2);
      if (!/[a-f]/.test(digits) || !/[A-F]/.test(digits))
        return /^0+$/.test(digits) ? { verdict: 'plausible', placeholder: true } : plausible;
      return digits === withChecksum(digits.toLowerCase()) ? proven : broken;
    },
  }),
  canonical: (value) => value.toLowerCase(),
  marked: [
    '«0x52908400098527886E0F7030069857D2E4169EE7» has 2 ETH',
    'wallet «0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed»',
    'from «0xde709f2102306220921060314715629080e2fb77»',
  ],
  clear: [
    '0x5290840009852788',
    'wallet 0x5aaeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
    'burnt at 0x0000000000000000000000000000000000000000',
  ],
};

/** A letter is a capital where the digit of the hash of the lower-case address is 8 or more. */
function withChecksum(digits: string): string {
  const hash = keccak_256(ascii.encode(digits));
  return Array.from(digits, (digit, place) => {
    const byte = hash[place >> 1] ?? 0;
    return (place % 2 === 0 ? byte >> 4 : byte & 15) > 7 ? digit.toUpperCase() : digit;
  }).join('');
}
