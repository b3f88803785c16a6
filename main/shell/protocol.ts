/** Answers the page's requests from the list of the built files; no request reaches the network or names a path. */
import { pageHeaders } from '../page/headers.ts';
import type { PageFile } from '../page/files.ts';
import type { ShellElectron, ShellSession } from './electron.ts';
import { pageOrigin, pageScheme } from './origin.ts';

/** Before the application is ready. */
export function registerScheme({ protocol }: Pick<ShellElectron, 'protocol'>): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: pageScheme,
      privileges: {
        // Relative addresses and an origin of its own: `'self'` in the policy means this page.
        standard: true,
        // A secure context: the clipboard and Web Crypto exist in no other.
        secure: true,
        // The worker of detection fetches its model; `connect-src 'self'` of the policy lets no page fetch elsewhere.
        supportFetchAPI: true,
        bypassCSP: false,
        allowServiceWorkers: false,
        corsEnabled: false,
        stream: false,
        // A code cache would be written to disk.
        codeCache: false,
        allowExtensions: false,
      },
    },
  ]);
}

export function servePageFiles(session: ShellSession, files: ReadonlyMap<string, PageFile>): void {
  session.protocol.handle(pageScheme, (request) => answerRequest(files, request));
}

/** A path is looked up as it stands: `..` and `%2e%2e` are names of no file. */
export function answerRequest(
  files: ReadonlyMap<string, PageFile>,
  { method, url }: Pick<Request, 'method' | 'url'>,
): Response {
  if (method !== 'GET') return refuse(405);
  if (!url.startsWith(`${pageOrigin}/`)) return refuse(404);
  const path = url.slice(pageOrigin.length).split(/[?#]/, 1)[0] ?? '';
  const file = files.get(path);
  if (!file) return refuse(404);
  return new Response(new Uint8Array(file.body), { headers: { ...pageHeaders, 'Content-Type': file.type } });
}

function refuse(status: number): Response {
  return new Response(null, { status, headers: pageHeaders });
}
