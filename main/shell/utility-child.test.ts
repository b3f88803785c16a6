import { describe, expect, it } from 'vitest';
import { createFakeElectron } from './fake-electron.fixture.ts';
import { forkKeychain, forkServices } from './utility-child.ts';

describe('a utility process', () => {
  it('carries clones both ways, with nothing in arguments or environment', () => {
    const fake = createFakeElectron();
    const port = forkServices(fake.electron, '/app/services-process.js');
    const [child] = fake.children;
    expect(child?.path).toBe('/app/services-process.js');
    expect(child?.options).toMatchObject({ execArgv: [], serviceName: 'Sotto services' });
    const got: unknown[] = [];
    port.onMessage((message) => got.push(message));
    port.post({ lane: 'services', message: NaN });
    child?.emit('message', { lane: 'host' });
    expect(child?.posted).toEqual([{ lane: 'services', message: NaN }]);
    expect(got).toEqual([{ lane: 'host' }]);
  });

  it('is ended at once, not asked', () => {
    const fake = createFakeElectron();
    const killed: number[] = [];
    const port = forkServices(fake.electron, '/a.js', (pid) => killed.push(pid));
    port.kill();
    expect(killed).toEqual([fake.children[0]?.pid]);
    expect(fake.children[0]?.killed).toBe(false);
  });

  it('that has ended takes nothing and tells all', () => {
    const fake = createFakeElectron();
    const killed: number[] = [];
    const child = forkKeychain(fake.electron, '/a.js', (pid) => killed.push(pid));
    let exits = 0;
    child.onExit(() => (exits += 1));
    child.onExit(() => (exits += 1));
    fake.children[0]?.emit('exit', 1);
    child.send('x');
    child.kill();
    expect({ exits, posted: fake.children[0]?.posted, killed }).toEqual({ exits: 2, posted: [], killed: [] });
  });
});
