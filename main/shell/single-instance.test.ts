import { beforeEach, describe, expect, it } from 'vitest';
import { createFakeElectron, fakeEvent } from './fake-electron.fixture.ts';
import { claimInstance } from './single-instance.ts';

let fake: ReturnType<typeof createFakeElectron>;
let log: string[];
const actions = { show: () => log.push('show'), prefill: (text: string) => log.push(`prefill ${text}`) };
beforeEach(() => {
  fake = createFakeElectron();
  log = [];
});

describe('one instance', () => {
  it('a later one is told so, and does nothing', () => {
    fake.app.isFirst = false;
    expect(claimInstance(fake.electron, ['sotto://prompt?text=a'], actions)).toBe(false);
    expect(log).toEqual([]);
    expect(fake.app.listenerCount('second-instance')).toBe(0);
  });

  it('takes the link that it was started with', () => {
    expect(claimInstance(fake.electron, ['--x', 'sotto://prompt?text=a'], actions)).toBe(true);
    expect(log).toEqual(['prefill a']);
  });

  it('comes forward for a later one, and takes its link', () => {
    claimInstance(fake.electron, [], actions);
    fake.app.emit('second-instance', {}, ['sotto'], '/');
    fake.app.emit('second-instance', {}, ['sotto', 'sotto://prompt?text=b'], '/');
    fake.app.emit('second-instance', {}, ['sotto', 'sotto://keys/export'], '/');
    expect(log).toEqual(['show', 'show', 'prefill b', 'show']);
  });

  it('takes links from macOS', () => {
    claimInstance(fake.electron, [], actions);
    const event = fakeEvent();
    fake.app.emit('open-url', event, 'sotto://prompt?text=c');
    expect(event.prevented).toBe(true);
    expect(log).toEqual(['prefill c']);
  });

  it('registers for links when it is installed', () => {
    claimInstance(fake.electron, [], actions);
    expect(fake.app.calls).toEqual([['setAsDefaultProtocolClient', 'sotto']]);
    const development = createFakeElectron();
    development.app.isPackaged = false;
    claimInstance(development.electron, [], actions);
    expect(development.app.calls).toEqual([]);
  });
});
