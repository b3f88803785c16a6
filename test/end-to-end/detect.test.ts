/** Detection for scripts: many texts through one process. */
import { expect, it } from 'vitest';
import { sotto } from './sotto.ts';

it('detect --jsonl ends lines at LF alone, wherever else readers of text would', async () => {
  const texts = ['Call\u2028415-555-0132.', 'Ask\u2029ana@example.org 🔑', 'nothing'];
  const lines = texts.map((text, id) => JSON.stringify({ id, text }));
  // JSON.stringify leaves the separators as they are.
  expect(lines[0]).toContain('\u2028');
  const result = await sotto(['detect', '--jsonl'], { stdin: lines.join('\r\n') });
  expect(result.code, result.stderr).toBe(0);
  const found = result.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { id: number; spans: { kind: string; start: number }[] });
  expect(found).toMatchObject([
    { id: 0, spans: [{ kind: 'phone', start: 5 }] },
    { id: 1, spans: [{ kind: 'email', start: 4 }] },
    { id: 2, spans: [] },
  ]);
});
