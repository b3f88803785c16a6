import { isPlaceholder } from '../randomness.ts';
import { patterns, proven, type Recognizer } from '../recognizer.ts';

/** Longer than any private key in use: RSA of 16,384 bits takes 12,700 characters. */
const longest = 32_768;
const begin = '-----BEGIN (?:[A-Z0-9]{1,16} ){0,4}PRIVATE KEY(?: BLOCK)?-----';

/**
 * Private keys as text: PEM and PGP armour (RFC 7468, RFC 9580), OpenSSH, also with `\n` written out as in
 * JSON, whole or cut off; and age identities, which are bech32.
 */
export const privateKey: Recognizer = {
  kind: 'key',
  context: [],
  find: patterns(
    {
      regex: new RegExp(`${begin}(?:[^-]|-(?!----)){16,${longest}}-----END [A-Z0-9 ]{1,64}-----`, 'g'),
      score: 1,
      judge: () => proven,
    },
    {
      regex: new RegExp(`${begin}(?:[A-Za-z0-9+/=\\s]|\\\\[nr]){16,${longest}}`, 'g'),
      score: 1,
      judge: () => proven,
    },
    {
      regex: /(?<![A-Z0-9])AGE-SECRET-KEY-(?:PQ-)?1[AC-HJ-NP-Z02-9]{40,80}(?![A-Z0-9])/gi,
      score: 1,
      judge: (value) => (isPlaceholder(value) ? { verdict: 'plausible', placeholder: true } : proven),
    },
  ),
  canonical: (value) => value.replace(/\\[nr]|\s+/g, ''),
  marked: [
    'id_ed25519:\n«-----BEGIN OPENSSH ' +
      'PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQ\n-----END OPENSSH ' +
      'PRIVATE KEY-----»\n',
    '{"private_key": "«-----BEGIN ' +
      'PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\\n-----END ' +
      'PRIVATE KEY-----»\\n"}',
    'cut off: «-----BEGIN RSA ' + 'PRIVATE KEY-----\nMIIEowIBAAKCAQEAtq7x»',
    'age: «AGE-SECRET-KEY-' + '1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33»',
  ],
  clear: [
    '-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----',
    'grep "BEGIN PRIVATE KEY" *.pem',
    'age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p',
  ],
};
