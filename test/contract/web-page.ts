/**
 * A page of the web host without a browser: its WebSocket as a port.
 *
 * Usage:
 *     const host = await startTestHost();                         // the product's services
 *     const host = await startTestHost({ entry });                // another services' process
 *     const page = await connectPage(host);
 *     page.port.post({ type: 'call', id: 1, service: 'settings', method: 'get', input: {} });
 *     await page.close(); await host.close();
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { MessagePort } from '../../app/contract/port.ts';
import type { WebHost } from '../../main/host/web-host.ts';
import { startWebHost } from '../../main/host/web-host.ts';
import { forkChild } from '../../main/process/fork-child.ts';
import { openProfile } from '../../main/services/profile.ts';
import { writeTestPage } from './test-page.ts';

export interface TestHost {
  readonly web: WebHost;
  /** The profile's home; nothing else on the disk is Sotto's. */
  readonly home: string;
  /** What the terminal said. */
  readonly said: readonly string[];
  /** What `--json` would have printed. */
  readonly events: readonly Readonly<Record<string, unknown>>[];
  close(): Promise<void>;
}

export interface TestHostOptions {
  /** The services' process. */
  readonly entry?: string;
  readonly home?: string;
  readonly packFolder?: string;
}

export async function startTestHost(options: TestHostOptions = {}): Promise<TestHost> {
  const scratch = mkdtempSync(join(tmpdir(), 'sotto-web-host-'));
  const home = options.home ?? join(scratch, 'home');
  const said: string[] = [];
  const events: Readonly<Record<string, unknown>>[] = [];
  const web = await startWebHost({
    port: 0,
    start: { version: '0.0.0', profile: openProfile('default', home) },
    pageFolder: writeTestPage(join(scratch, 'page')),
    packFolder: options.packFolder ?? null,
    terminal: { say: (text) => said.push(text), event: (event) => events.push(event) },
    spawn: () => forkChild(options.entry),
  });
  return {
    web,
    home,
    said,
    events,
    async close() {
      await web.close();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

export interface PageSocket {
  readonly port: MessagePort;
  readonly socket: WebSocket;
  close(): Promise<void>;
}

/** @throws Error with the status when the host refuses. */
export async function connectPage({ web }: Pick<TestHost, 'web'>): Promise<PageSocket> {
  const socket = new WebSocket(`${web.origin.replace('http', 'ws')}/port`, [`sotto.token.${web.token}`], {
    origin: web.origin,
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return {
    socket,
    port: {
      post(message) {
        socket.send(JSON.stringify(message));
      },
      onMessage: (listener) =>
        void socket.on('message', (data) => listener(JSON.parse((data as Buffer).toString('utf8')))),
      onClose: (listener) => void socket.once('close', listener),
    },
    close: () =>
      new Promise((resolve) => {
        if (socket.readyState === WebSocket.CLOSED) return resolve();
        socket.once('close', () => resolve());
        socket.close();
      }),
  };
}
