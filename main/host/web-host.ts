/** The application for a browser on this machine: for development and tests, never in a package. */
import { randomBytes } from 'node:crypto';
import { servePort } from '../../app/contract/port.ts';
import type { MessagePort } from '../../app/contract/port.ts';
import type { WindowEvent } from '../../app/contract/host.ts';
import { readPageFiles } from '../page/files.ts';
import type { ChildPort } from '../process/child-port.ts';
import { forkChild } from '../process/fork-child.ts';
import { logDefect } from '../process/log-line.ts';
import { createPageDispatcher } from '../process/page-dispatcher.ts';
import type { StartOptions } from '../process/start-options.ts';
import { createSupervisor } from '../process/supervisor.ts';
import type { Supervisor } from '../process/supervisor.ts';
import { createConfirmations } from './confirmations.ts';
import { createHostServices } from './host-services.ts';
import { createPages } from './pages.ts';
import { refuseInPackage } from './refuse-in-package.ts';
import type { Terminal } from './terminal.ts';
import { startWebServer } from './web-server.ts';
import { createWindowServices } from './window-services.ts';

export interface WebHostOptions {
  readonly port: number;
  readonly listen?: string;
  readonly start: StartOptions;
  /** The built page. */
  readonly pageFolder: string;
  readonly packFolder: string | null;
  readonly terminal: Terminal;
  readonly spawn?: () => ChildPort;
}

export interface WebHost {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly token: string;
  /** What a person opens. The fragment never reaches a server or its log. */
  readonly address: string;
  readonly supervisor: Supervisor;
  /** To every open page. */
  readonly emit: (event: WindowEvent) => void;
  close(): Promise<void>;
}

/** @throws Failure `refused` in a package and off this machine; as `startWebServer`. */
export async function startWebHost(options: WebHostOptions): Promise<WebHost> {
  refuseInPackage();
  const { terminal } = options;
  const token = randomBytes(32).toString('base64url');
  const pages = createPages();
  const confirmations = createConfirmations(terminal, pages.emit);
  const host = createHostServices({ confirmations, terminal, packFolder: options.packFolder });
  const supervisor = createSupervisor({
    spawn: options.spawn ?? forkChild,
    start: options.start,
    host,
    onRestart: () => pages.emit({ type: 'restarted' }),
  });
  const onPage = (port: MessagePort) => {
    const page = pages.open();
    const canChooseFolder = options.packFolder !== null;
    const window = createWindowServices({ page, confirmations, canChooseFolder });
    const { transport } = supervisor;
    servePort(port, createPageDispatcher({ transport, window, onDefect: logDefect }));
    port.onClose(() => page.close());
  };
  try {
    // While the services start.
    const files = readPageFiles(options.pageFolder);
    const { port, listen = '127.0.0.1' } = options;
    const server = await startWebServer({ port, listen, token, files, onPage });
    return {
      origin: server.origin,
      token,
      address: `${server.origin}/#token=${token}`,
      supervisor,
      emit: pages.emit,
      async close() {
        await server.close();
        await supervisor.close();
      },
    };
  } catch (error) {
    await supervisor.close();
    throw error;
  }
}
