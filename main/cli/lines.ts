import { StringDecoder } from 'node:string_decoder';

/**
 * The lines of a text in UTF-8, as JSON Lines has them: LF ends one, with or without a CR before it, and nothing else
 * does. U+2028 and U+2029, which Node's readline takes for ends as well, may stand in a JSON string as they are. The last
 * line needs no end. Holds no more than a chunk and the line that is not whole yet.
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let begun = '';
  for await (const chunk of chunks) {
    const [first = '', ...others] = decoder.write(chunk).split('\n');
    begun += first;
    for (const other of others) {
      yield withoutReturn(begun);
      begun = other;
    }
  }
  begun += decoder.end();
  if (begun !== '') yield withoutReturn(begun);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
