/** `sotto://prompt?text=...` fills the composer. A link never sends, opens or changes anything; all others are ignored. */

const maxLinkLength = 20_000;
const maxTextLength = 8_000;

/** The text that a link proposes, or `null` when it is no link of this form. */
export function prefillOf(link: string): string | null {
  if (link.length > maxLinkLength || !URL.canParse(link)) return null;
  const { protocol, host, username, password, pathname, hash, searchParams } = new URL(link);
  if (protocol !== 'sotto:' || host !== 'prompt' || (pathname !== '' && pathname !== '/')) return null;
  if (username !== '' || password !== '' || hash !== '') return null;
  const [parameter, ...more] = [...searchParams];
  if (more.length > 0 || parameter?.[0] !== 'text') return null;
  // A tab and a line break are text; other control characters could only hide some of it.
  const text = parameter[1].replace(/\r\n?/g, '\n').replace(/(?![\n\t])[\p{Cc}\p{Cf}]/gu, '');
  return text.trim() === '' || text.length > maxTextLength ? null : text;
}

/** Linux and Windows pass a link as an argument of the program. */
export function linkIn(args: readonly string[]): string | undefined {
  return args.find((argument) => argument.startsWith('sotto:'));
}
