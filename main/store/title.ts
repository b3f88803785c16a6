/** The title of a conversation that was not named: the first words of its first question. */

const longest = 60;

export function titleOf(text: string): string {
  const words = text
    .slice(0, 1000)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  if (words.length <= longest) return words;
  const cut = words.slice(0, longest);
  const space = cut.lastIndexOf(' ');
  // A first word longer than a title: cut it, but not a surrogate pair.
  const kept = space > longest / 2 ? cut.slice(0, space) : cut.slice(0, -1).replace(/[\ud800-\udbff]$/, '');
  return `${kept}…`;
}
