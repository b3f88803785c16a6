/** The bundled server ends with the process that started it, however that one ends. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
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
