/** The bundled server ends with the process that started it, however that one ends. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it, onTestFinished } from 'vitest';
import { installation } from '../installation/installation.ts';
import { serverBinary, startBundledServer } from './bundled-server.ts';

const isBuilt = existsSync(serverBinary()) && existsSync(installation.defaultPack);
if (!isBuilt) console.log('skipped: the bundled server or its pack is not built');

describe.skipIf(!isBuilt)('the bundled server', () => {
  it('is gone after its parent was killed', async () => {
    const program = `
      import { startBundledServer } from ${JSON.stringify(new URL('bundled-server.ts', import.meta.url).href)};
      const server = await startBundledServer({ packs: [${JSON.stringify(installation.defaultPack)}] });
      console.log(server.pid);`;
    const parent = spawn(process.execPath, ['--input-type=module-typescript', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = Number(
      await new Promise<string>((resolve) => createInterface({ input: parent.stdout }).once('line', resolve)),
    );
    expect(runs(pid)).toBe(true);
    parent.kill('SIGKILL');
    // Nobody else ends it: that it goes at all is what is asked for, however long a busy machine takes.
    await expect.poll(() => runs(pid), { interval: 20 }).toBe(false);
  });

  it.each([
    ['at once', ''],
    ['while the server is being stopped', 'void server.stop();'],
  ])('leaves no keys in the temporary folder when its parent exits %s', async (_, before) => {
    const temporary = await mkdtemp(join(tmpdir(), 'sotto-test-'));
    onTestFinished(() => rm(temporary, { recursive: true, force: true }));
    const program = `
      import { readdirSync } from 'node:fs';
      import { startBundledServer } from ${JSON.stringify(new URL('bundled-server.ts', import.meta.url).href)};
      const server = await startBundledServer({ packs: [${JSON.stringify(installation.defaultPack)}] });
      console.log(readdirSync(${JSON.stringify(temporary)}).length);
      ${before}
      process.exit(130);`;
    const parent = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', program], {
      env: { ...process.env, TMPDIR: temporary },
      encoding: 'utf8',
    });
    expect([parent.status, parent.stdout, parent.stderr]).toEqual([130, '1\n', '']);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('says when it died', async () => {
    const server = await startBundledServer({ packs: [installation.defaultPack] });
    process.kill(server.pid, 'SIGKILL');
    await server.exited;
    await server.stop();
  });
});

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
