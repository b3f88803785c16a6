import type { PageFile } from '../page/files.ts';
import type { Words } from './words.ts';

/** What a window shows whose page stopped again right after it was loaded again: no script, nothing to go wrong. */
export function renderStoppedPage(words: Words): PageFile {
  const body = `<!doctype html><meta charset="utf-8"><meta name="color-scheme" content="light dark"><title>Sotto</title><h1>${words.stopped}</h1><p>${words.stoppedDetail}</p>`;
  return { type: 'text/html; charset=utf-8', body: Buffer.from(body) };
}
