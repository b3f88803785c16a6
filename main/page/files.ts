import { readFileSync, readdirSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

export interface PageFile {
  readonly type: string;
  /** @throws Error where a large file was removed since the list was made. */
  readonly body: Buffer;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.wasm': 'application/wasm',
  '.onnx': 'application/octet-stream',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * From so many bytes on a file is read whenever it is asked for, and not kept: the model of detection and its program,
 * which a page asks for once, after it is drawn.
 */
const largeBytes = 1 << 20;

/**
 * The files of a built page by their path in an address (`/index.html`, and `/` for it): what a request may get is this
 * list, and no request names a place on the disk.
 * @throws Error when the folder cannot be read.
 */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const type = types[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const path = join(entry.parentPath, entry.name);
    files.set(`/${relative(folder, path).split(sep).join('/')}`, pageFile(type, path));
  }
  const index = files.get('/index.html');
  if (index) files.set('/', index);
  return files;
}

function pageFile(type: string, path: string): PageFile {
  if (statSync(path).size < largeBytes) return { type, body: readFileSync(path) };
  return {
    type,
    get body() {
      return readFileSync(path);
    },
  };
}
