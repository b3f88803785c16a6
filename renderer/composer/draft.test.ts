import { describe, expect, it, vi } from 'vitest';
import { createDraft } from './draft.svelte.ts';

vi.mock('../bridge/api.ts', () => ({ api: {}, bridge: {} }));
// Nobody reads the words here: what is marked is what the user marked.
vi.mock('../detection/worker.ts', () => ({
  detectionPool: { open: () => ({ check: () => undefined, close: () => undefined }) },
}));

describe('a text from elsewhere', () => {
  it('has the line ends of a text field, so that what is typed next moves no mark to other letters', () => {
    const draft = createDraft();
    draft.add({ text: 'Dear Ana,\r\nask Halden.\rBye.' });
    expect(draft.text).toBe('Dear Ana,\nask Halden.\nBye.');

    const marked = { start: 15, end: 21, kind: 'custom' } as const;
    draft.load({ text: 'Dear Ana,\r\nask Halden.', edits: { marked: [marked], unmarked: [] } });
    expect(markedIn(draft)).toEqual(['Halden']);
    draft.write(`${draft.text} Now.`);
    expect(markedIn(draft)).toEqual(['Halden']);
  });
});

function markedIn({ text, edits }: ReturnType<typeof createDraft>): string[] {
  return edits.marked.map(({ start, end }) => text.slice(start, end));
}
