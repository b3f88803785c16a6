import { unreadable } from './bounds.ts';
import { importChatGpt } from './chatgpt.ts';
import type { Imported } from './imported.ts';
import { importJson, isSottoExport } from './sotto-json.ts';

/** Reads a file of any format that is known. @throws Failure `import-unreadable` */
export function readImport(text: string): Imported {
  const data = parse(text);
  if (Array.isArray(data)) return importChatGpt(data);
  if (isSottoExport(data)) return importJson(data);
  throw unreadable('it is neither a ChatGPT export nor one of Sotto');
}

function parse(text: string): unknown {
  try {
    // A file may begin with a byte order mark.
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    throw unreadable('it is not JSON');
  }
}
