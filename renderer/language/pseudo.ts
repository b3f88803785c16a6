import type { IntlMessageFormat } from 'intl-messageformat';

type Message = ReturnType<IntlMessageFormat['getAst']>;

/** A part of a parsed message, as far as it matters here. */
interface Part {
  readonly type: number;
  readonly value?: string;
  /** Of a plural or a selection. */
  readonly options?: Readonly<Record<string, { readonly value: readonly Part[] }>>;
}

/** The parser's `TYPE.literal`. */
const literal = 0;

const accents: Readonly<Record<string, string>> = Object.fromEntries(
  [...'aáAÁcçCÇeéEÉiíIÍlłLŁnñNÑoóOÓsšSŠuúUÚyýYÝzžZŽ'.matchAll(/../gu)].map(([pair]) => [...pair]),
) as Record<string, string>;

/** A parsed message whose words have accents and stand in brackets, a third longer. Placeholders stay. */
export function pseudo(message: Message): Message {
  const parts = message as readonly Part[];
  const length = parts.reduce(
    (sum, part) => sum + (part.type === literal ? (part.value ?? '').length : 8),
    0,
  );
  const marked: readonly Part[] = [
    text('['),
    ...parts.map(accent),
    text(` ${'~'.repeat(Math.ceil(length / 3))}]`),
  ];
  return marked as unknown as Message;
}

function accent(part: Part): Part {
  if (part.type === literal) {
    return text([...(part.value ?? '')].map((letter) => accents[letter] ?? letter).join(''));
  }
  if (!part.options) return part;
  const options = Object.entries(part.options).map(
    ([name, option]) => [name, { ...option, value: option.value.map(accent) }] as const,
  );
  return { ...part, options: Object.fromEntries(options) };
}

function text(value: string): Part {
  return { type: literal, value };
}
