import { patterns, type Judgement, type Recognizer } from '../recognizer.ts';

/** What stands right before a version number: `v`, `version`, or a product's name and a slash. */
const version =
  /(?:(?<!\p{L})(?:v|ver|version|release|build|firmware|section|chapter)\.?\s*[:=]?\s*|\p{L}\/)$/iu;
/** Loopback, unspecified, broadcast and netmasks: nobody's address. */
const nobodys = /^(?:127\.0\.0\.|0\.0\.0\.0$|255\.|::1?$)/;

export const ip: Recognizer = {
  kind: 'ip',
  context: [
    'ip',
    'ips',
    'ipv4',
    'ipv6',
    'address',
    'host',
    'server',
    'client',
    'from',
    'login',
    'logged',
    'peer',
    'dns',
  ],
  find: patterns(
    {
      regex: /(?<![\p{L}\p{N}_.])(?:\d{1,3}\.){3}\d{1,3}(?![\p{L}\p{N}_]|\.\d|-\p{L})/gu,
      score: 0.6,
      judge: (value, before) => (version.test(before) ? null : judgeIpv4(value)),
    },
    {
      regex:
        /(?<![\p{L}\p{N}_:.])[0-9a-f]{0,4}:[0-9a-f:]{1,36}(?:(?:\d{1,3}\.){3}\d{1,3})?(?![\p{L}\p{N}_:])/giu,
      score: 0.7,
      judge: judgeIpv6,
    },
  ),
  canonical: (value) => value.toLowerCase(),
  marked: [
    'login from «203.0.113.9» and «2001:db8:85a3::8a2e:370:7334».',
    'http://«192.168.1.20»:8080/ is up',
    '«fe80::1ff:fe23:4567:890a», «::ffff:192.0.2.128»',
    'range «10.1.2.3»-«10.1.2.90»',
  ],
  clear: [
    'version 10.0.19.41, v1.2.30.4, Chrome/120.0.60.9',
    'see 1.2.3.4.5 and 300.1.1.1',
    'as section 3.2.1.4 says, and 11.6.2.2 too',
    'at 12:34:56 or 12:34',
    'std::vector, a::b, face::cafe',
    'on 127.0.0.1, [::1] and 255.255.255.0',
  ],
};

function judgeIpv4(value: string): Judgement | null {
  const octets = value.split('.');
  if (octets.some((octet) => Number(octet) > 255 || (octet.length > 1 && octet.startsWith('0')))) return null;
  const placeholder = nobodys.test(value);
  // Four small numbers are more often a numbered heading than a host, save in the private network 10.0.0.0/8.
  return octets.every((octet) => Number(octet) < (octets[0] === '10' ? 10 : 20))
    ? { verdict: 'plausible', score: 0.3, placeholder }
    : { verdict: 'plausible', placeholder };
}

function judgeIpv6(value: string): Judgement | null {
  const halves = value.split('::');
  if (halves.length > 2) return null;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const ipv4 = groups.at(-1)?.includes('.') ? groups.pop() : undefined;
  if (ipv4 !== undefined && judgeIpv4(ipv4) === null) return null;
  if (groups.some((group) => !/^[0-9a-f]{1,4}$/i.test(group))) return null;
  const size = groups.length + (ipv4 === undefined ? 0 : 2);
  if (halves.length === 2 ? size > 7 : size !== 8) return null;
  if (nobodys.test(value)) return { verdict: 'plausible', placeholder: true };
  // `a::b` and `face::cafe` are names in C++ and Rust.
  return size >= 4 || (size >= 2 && /\d/.test(value)) ? { verdict: 'plausible' } : null;
}
