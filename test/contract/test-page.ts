import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of one file of each kind, so that a test of the host needs no build. Returns its folder. */
export function writeTestPage(folder: string): string {
  mkdirSync(join(folder, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Sotto</title>');
  writeFileSync(join(folder, 'quick.html'), '<!doctype html><title>Sotto quick</title>');
  writeFileSync(join(folder, 'assets', 'main-1.js'), 'export {};');
  writeFileSync(join(folder, 'assets', 'detect.worker-1.js'), 'export {};');
  writeFileSync(join(folder, 'assets', 'main-1.css'), ':root {}');
  writeFileSync(join(folder, 'assets', 'ort-1.wasm'), Buffer.from([0, 0x61, 0x73, 0x6d]));
  writeFileSync(join(folder, 'assets', 'notes.unknown'), 'not served');
  return folder;
}
