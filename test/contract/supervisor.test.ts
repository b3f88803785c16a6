/** The supervisor with real processes: killed, crashed, refused, orphaned. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '../../app/contract/client.ts';
import { servicesContract } from '../../app/contract/contract.ts';
import type { HostServices } from '../../app/contract/contract.ts';
import { forkChild } from '../../main/process/fork-child.ts';
import { createSupervisor } from '../../main/process/supervisor.ts';
import type { Supervisor } from '../../main/process/supervisor.ts';
import { openProfile } from '../../main/services/profile.ts';
import { defectText } from './conformance-services.ts';

const entry = join(import.meta.dirname, 'conformance-process.ts');
const profile = openProfile('default', '/nonexistent');

const open: Supervisor[] = [];
afterEach(() => Promise.all(open.splice(0).map((supervisor) => supervisor.close())));

function supervise(version = '1', confirm = true) {
  let restarts = 0;
  const asked: string[] = [];
  const host = {
    confirm: async ({ question }: { question: string }) => {
      asked.push(question);
      return { confirmed: confirm };
    },
  } as unknown as HostServices['host'];
  const supervisor = createSupervisor({
    spawn: () => forkChild(entry),
    start: { version, profile },
    host: { host },
    onRestart: () => (restarts += 1),
  });
  open.push(supervisor);
  return {
    supervisor,
    asked,
    api: createClient(servicesContract, supervisor.transport),
    restarts: () => restarts,
  };
}

describe('a killed process', () => {
  it('fails what is in flight, and the next call works', async () => {
    const { supervisor, api, restarts } = supervise();
    const pid = Number((await api.system.about({})).node);
    let items = 0;
    const watching = api.settings.watch({}, { onItem: () => undefined });
    const stream = api.packs.verify(
      { name: 'endless' },
      {
        onItem() {
          items += 1;
          if (items === 3) process.kill(pid, 'SIGKILL');
        },
      },
    );
    const died = { code: 'pack', reason: 'engine-died' };
    await expect(stream).rejects.toMatchObject(died);
    await expect(watching).rejects.toMatchObject(died);
    expect(items).toBeGreaterThanOrEqual(3);

    const again = Number((await api.system.about({})).node);
    expect(again).not.toBe(pid);
    expect(restarts()).toBe(1);

    supervisor.kill();
    await expect.poll(() => api.system.about({}).catch(() => undefined)).toBeDefined();
    expect(restarts()).toBe(2);
  });

  it('does not take a call to the host for its own', async () => {
    const { api, asked } = supervise();
    expect(await api.keys.exportBackup({ passphrase: 'correct horse' })).toMatchObject({
      name: 'backup.age',
    });
    expect(asked).toEqual(['Export?']);
    const { api: refused } = supervise('1', false);
    await expect(refused.keys.exportBackup({ passphrase: 'correct horse' })).rejects.toMatchObject({
      code: 'refused',
      reason: 'not-confirmed',
    });
  });
});

it('a process that cannot start says why to every caller', async () => {
  const { api } = supervise('in-use');
  const reason = () =>
    api.settings.get({}).then(
      () => 'none',
      (error: unknown) => (error as { reason?: string }).reason,
    );
  await expect.poll(reason).toBe('profile-in-use');
});

it('ends with its supervisor', async () => {
  const { supervisor, api } = supervise();
  const pid = Number((await api.system.about({})).node);
  await supervisor.close();
  expect(existsSync(`/proc/${pid}`)).toBe(false);
  await expect(api.settings.get({})).rejects.toMatchObject({ reason: 'engine-died' });
});

it('a defect that nobody waits for ends the process, and its log says nothing of it', async () => {
  const child = fork(entry, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let log = '';
  child.stderr?.on('data', (data: Buffer) => (log += data.toString()));
  child.send({ lane: 'process', message: { type: 'start', options: { version: '1', profile } } });
  child.send({
    lane: 'services',
    message: { type: 'call', id: 0, service: 'keys', method: 'retry', input: {} },
  });
  const [code] = (await once(child, 'close')) as [number];
  expect(code).toBe(70);
  expect(log).toContain('unhandled rejection');
  expect(log).not.toContain('Rosa');
  expect(log).not.toContain(defectText);
});

it('ends when its parent is killed', async () => {
  const script = `
    import { forkChild } from '${join(import.meta.dirname, '../../main/process/fork-child.ts')}';
    const child = forkChild('${entry}');
    child.onMessage(({ lane, message }) => {
      if (lane === 'services') console.log(message.result.value.node);
    });
    child.post({ lane: 'process', message: { type: 'start', options: ${JSON.stringify({ version: '1', profile })} } });
    child.post({ lane: 'services', message: { type: 'call', id: 0, service: 'system', method: 'about', input: {} } });
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: parent.stdout }), 'line')) as [string];
  expect(existsSync(`/proc/${line}`)).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(() => existsSync(`/proc/${line}`), { timeout: 10_000 }).toBe(false);
});
