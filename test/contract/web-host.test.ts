/** The conformance suite over the real web host: WebSocket, host process, pipe, services' process. */
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { conformance } from './conformance.ts';
import { connectPage, startTestHost } from './web-page.ts';
import type { TestHost } from './web-page.ts';

let host: TestHost;
beforeAll(async () => {
  host = await startTestHost({ entry: join(import.meta.dirname, 'conformance-process.ts') });
});
afterAll(() => host.close());

conformance('web host', async () => {
  const page = await connectPage(host);
  return { port: page.port, close: () => page.close() };
});
