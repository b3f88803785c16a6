/** What lies on the disk after a run. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Evaluation keys that a server keeps in its data folder. */
export async function storedKeys(dataDir: string): Promise<string[]> {
  const large = [];
  for (const file of await filesIn(join(dataDir, 'keys')))
    if ((await stat(file)).size > 1_000_000) large.push(file);
  return large;
}

export async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
