import type { IntlMessageFormat } from 'intl-messageformat';

type Elements = ReturnType<IntlMessageFormat['getAst']>;

/** The parser's `TYPE.literal`. */
const literal = 0;

const accents: Readonly<Record<string, string>> = Object.fromEntries(
  [...'aáAÁcçCÇeéEÉiíIÍlłLŁnñNÑoóOÓsšSŠuúUÚyýYÝzžZŽ'.matchAll(/(.)(.)/gu)].map(([, plain, accented]) => [
    plain,
    accented,
  ]),
) as Record<string, string>;

/** A parsed message whose words have accents and stand in brackets, a third longer. Placeholders stay. */
export function pseudo(elements: Elements): Elements {
  const inner = elements.map((element) => accent(element));
  const length = elements.reduce((sum, element) => sum + (isLiteral(element) ? element.value.length : 8), 0);
  return [text('['), ...inner, text(` ${'~'.repeat(Math.ceil(length / 3))}]`)];
}

function accent(element: Elements[number]): Elements[number] {
  if (isLiteral(element)) {
    return { ...element, value: [...element.value].map((letter) => accents[letter] ?? letter).join('') };
  }
  if ('options' in element) {
    const options = Object.fromEntries(
      Object.entries(element.options).map(([name, option]) => [
        name,
        { ...option, value: option.value.map((part) => accent(part)) },
      ]),
    );
    return { ...element, options } as Elements[number];
  }
  return element;
}

function isLiteral(element: Elements[number]): element is Extract<Elements[number], { value: string }> {
  return (element.type as number) === literal;
}

function text(value: string): Elements[number] {
  return { type: literal, value } as Elements[number];
}
