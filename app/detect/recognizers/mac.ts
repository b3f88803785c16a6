import { lettersAndDigits, patterns, plausible, type Recognizer } from '../recognizer.ts';

/** IEEE 802 MAC addresses, as bytes with `:` or `-` or as Cisco's three groups. All-zero and broadcast name no device. */
export const mac: Recognizer = {
  kind: 'mac',
  context: ['mac', 'ethernet', 'bssid', 'hardware address', 'physical address', 'wifi', 'bluetooth'],
  find: patterns({
    regex:
      /(?<![\p{L}\p{N}_:.-])(?:[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![\p{L}\p{N}_]|[:.-][0-9a-f])/giu,
    score: 0.7,
    judge(value) {
      const digits = lettersAndDigits(value);
      return /^(?:0{12}|f{12})$/.test(digits) ? { verdict: 'plausible', placeholder: true } : plausible;
    },
  }),
  canonical: lettersAndDigits,
  marked: ['wlan0 «3c:22:fb:9a:01:7e» up', '«3C-22-FB-9A-01-7E»', 'switch «3c22.fb9a.017e»'],
  clear: ['ff:ff:ff:ff:ff:ff', '3c:22:fb:9a:01', '3c:22:fb:9a:01:7e:11:22', '12:34:56'],
};
