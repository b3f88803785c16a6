import { sha256 } from '@noble/hashes/sha2.js';
import { bech32, bech32m, createBase58check } from '@scure/base';
import { alone, broken, patterns, proven, type Recognizer } from '../recognizer.ts';

const base58check = createBase58check(sha256);
/** What the first byte says that pays to a key or a script: Bitcoin, its test network, Litecoin (chainparams.cpp of both). */
const versions = new Set([0x00, 0x05, 0x6f, 0xc4, 0x30, 0x32, 0x3a]);
/** Version byte and a hash of twenty bytes. */
const payloadLength = 21;

/** Bitcoin and Litecoin addresses: base58check, bech32 for witness version 0 (BIP 173), bech32m for the others (BIP 350). */
export const bitcoin: Recognizer = {
  kind: 'crypto-address',
  context: ['bitcoin', 'btc', 'wallet', 'address', 'crypto', 'litecoin', 'ltc'],
  find: patterns(
    {
      regex: alone('(?:bc|tb|ltc)1[ac-hj-np-z02-9]{11,86}', 'giu'),
      score: 0.3,
      judge: (value) => (isSegwit(value) ? proven : broken),
    },
    {
      regex: alone('[123mnLM][1-9A-HJ-NP-Za-km-z]{25,34}'),
      score: 0.3,
      judge: (value) => (isBase58Address(value) ? proven : broken),
    },
  ),
  canonical: (value) => value,
  marked: [
    'send to «bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4»',
    '«BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4» in a code to scan',
    'taproot «bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0»',
    'to wallet 2 «bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4»',
    'my btc wallet «1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2»',
    'paid «3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy» yesterday',
  ],
  clear: [
    'wallet bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5',
    'wallet 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3',
    'bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd',
  ],
};

function isBase58Address(value: string): boolean {
  try {
    const payload = base58check.decode(value);
    return payload.length === payloadLength && versions.has(payload[0] ?? -1);
  } catch {
    return false;
  }
}

function isSegwit(value: string): boolean {
  for (const [encoding, first, last] of [
    [bech32, 0, 0],
    [bech32m, 1, 16],
  ] as const) {
    const decoded = encoding.decodeUnsafe(value);
    if (!decoded) continue;
    const [version = -1, ...words] = decoded.words;
    const program = encoding.fromWordsUnsafe(words);
    if (!program || version < first || version > last) continue;
    return version === 0
      ? program.length === 20 || program.length === 32
      : program.length >= 2 && program.length <= 40;
  }
  return false;
}
