import { bech32 } from '../checksum.ts';
import { entropy } from '../randomness.ts';
import { doubtful, patterns, plausible, proven, type Recognizer } from '../recognizer.ts';

/** Bitcoin and Litecoin (bech32 is checked, base58 is told by its context), Ethereum. */
export const cryptoAddress: Recognizer = {
  kind: 'crypto-address',
  context: ['bitcoin', 'btc', 'ethereum', 'eth', 'wallet', 'address', 'crypto', 'litecoin', 'ltc'],
  find: patterns(
    {
      regex: /(?<![\p{L}\p{N}_])(?:bc|tb|ltc)1[a-z0-9]{11,86}(?![\p{L}\p{N}_])/giu,
      score: 0.3,
      judge: (value) => (bech32(value.toLowerCase()) ? proven : doubtful),
    },
    { regex: /(?<![\p{L}\p{N}_])0x[0-9a-f]{40}(?![\p{L}\p{N}_])/giu, score: 0.7 },
    {
      regex: /(?<![\p{L}\p{N}_])[13][1-9A-HJ-NP-Za-km-z]{25,33}(?![\p{L}\p{N}_])/gu,
      score: 0.3,
      judge: (value) =>
        entropy(value) > 3.5 && /[a-z]/.test(value) && /[A-Z]/.test(value) ? plausible : null,
    },
  ),
  canonical: (value) => value,
  marked: [
    'send to «bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4»',
    '«0x52908400098527886E0F7030069857D2E4169EE7» has 2 ETH',
    'my btc wallet «1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2»',
  ],
  clear: [
    'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5',
    '0x5290840009852788',
    '1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2',
  ],
};
