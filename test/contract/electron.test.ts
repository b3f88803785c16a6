/**
 * The conformance suite over Electron's shell: its channel with fakes that clone as Electron does, the supervisor, and
 * a services' process that is really another one.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import {
  createFakeElectron,
  FakeContents,
  FakeEmitter,
  sendFromPage,
} from '../../main/shell/fake-electron.fixture.ts';
import { createWindowServices } from '../../main/shell/window-services.ts';
import { createPageDispatcher } from '../../main/process/page-dispatcher.ts';
import { createSupervisor } from '../../main/process/supervisor.ts';
import type { Supervisor } from '../../main/process/supervisor.ts';
import { openProfile } from '../../main/services/profile.ts';
import type { ShellElectron, ShellUtilityProcess } from '../../main/shell/electron.ts';
import { createHostServices } from '../../main/shell/host-services.ts';
import { servePage } from '../../main/shell/page-port.ts';
import { createUpdater } from '../../main/shell/updater.ts';
import { forkServices } from '../../main/shell/utility-child.ts';
import { createWindowEvents } from '../../main/shell/window-events.ts';
import { wordsFor } from '../../main/shell/words.ts';
import { conformance } from './conformance.ts';

/** Electron's utility process by Node's fork, which clones messages the same way. */
class NodeUtilityProcess extends FakeEmitter {
  readonly #child: ChildProcess;

  constructor(path: string) {
    super();
    this.#child = fork(path, [], { serialization: 'advanced', execArgv: [] });
    this.#child.on('message', (message) => this.emit('message', message));
    this.#child.once('exit', (code) => this.emit('exit', code));
  }
  get pid(): number | undefined {
    return this.#child.pid;
  }
  postMessage(message: unknown): void {
    this.#child.send(message as object, () => undefined);
  }
  kill(): boolean {
    return this.#child.kill();
  }
}

const fake = createFakeElectron();
const electron: ShellElectron = {
  ...fake.electron,
  utilityProcess: {
    fork: (path: string) => new NodeUtilityProcess(path) satisfies Partial<ShellUtilityProcess>,
  },
};

let supervisor: Supervisor;
beforeAll(() => {
  supervisor = createSupervisor({
    spawn: () => forkServices(electron, join(import.meta.dirname, 'conformance-process.ts')),
    start: { version: '0.0.0', profile: openProfile('conformance', '/nowhere') },
    host: createHostServices({
      electron,
      showMain: () => new electron.BrowserWindow({}),
      words: () => wordsFor('en', 'en'),
      applyShortcut: () => false,
      applyAutostart: () => undefined,
    }),
    onRestart: () => undefined,
  });
});
afterAll(() => supervisor.close());

conformance(
  'Electron',
  async () => {
    const contents = new FakeContents();
    const window = createWindowServices({
      electron,
      window: new electron.BrowserWindow({}),
      events: createWindowEvents(),
      documents: '/nowhere',
      updater: createUpdater('0.0.0', null),
      quick: { show: () => undefined, hide: () => undefined },
      tellMain: () => undefined,
    });
    const { transport } = supervisor;
    const dispatcher = createPageDispatcher({ transport, window, onDefect: () => undefined });
    servePage({ ipcMain: electron.ipcMain, contents: contents, dispatcher });
    return {
      port: {
        post: (message) => sendFromPage(fake, contents, message),
        onMessage: (listener) => (contents.onSent = listener),
        onClose: (listener) => contents.on('destroyed', listener),
      },
      async close() {
        contents.destroyed = true;
        contents.emit('destroyed');
      },
    };
  },
  { clones: true },
);
