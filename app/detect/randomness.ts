/** Shannon entropy of the characters of a value, in bits per character; a random hex string tends to 4. */
export function entropy(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  const length = [...value].length;
  for (const count of counts.values()) bits -= (count / length) * Math.log2(count / length);
  return bits;
}

const templates = [
  /^\$\{[A-Za-z_][^}]{0,127}\}?$/, // ${TOKEN}, ${TOKEN:-none}
  /^\$(?:[A-Z_][A-Z0-9_]{0,63}|[a-z_]{1,64})$/, // $TOKEN, $token
  /^\{\{[^{}]{0,64}\}?\}?$/, // {{ token }}
  /^%[A-Za-z_]\w{0,63}%$/, // %TOKEN%
  /^<[^<>]{0,64}>?$/, // <your token>
  /^\[[^[\]]{0,64}\]$/, // [REDACTED]
  /^(.)\1{2,}$/u, // ********, xxxx
];
const whole = /^(?:change_?me|placeholder|redacted|example|your[_-]?password.*|insert[_-].*)$/i;
const words = /example|placeholder|redacted|dummy|sample|^your|your[_-]|insert[_-]|[*xX]{5}|\.{3}/i;

/** Whether a value is a variable, a template or a row of stars: nobody's password. */
export function isTemplate(value: string): boolean {
  return whole.test(value) || templates.some((template) => template.test(value));
}

/** Whether a password is what manuals write where one goes: `user:pass@localhost`. */
export function isSample(password: string): boolean {
  return isTemplate(password) || /^(?:pass(?:word|wd)?|pwd|secret|user(?:name)?)$/i.test(password);
}

/** Whether a generated value stands in for a real one: a template, or with a word such as EXAMPLE in it. */
export function isPlaceholder(value: string): boolean {
  return words.test(value) || isTemplate(value);
}
