import { request } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { PageFile } from '../page/files.ts';
import { pageHeaders } from '../page/headers.ts';
import { startWebServer } from './web-server.ts';
import type { WebServer } from './web-server.ts';

const token = 'T'.repeat(43);
const body = Buffer.from('hello');
const files = new Map<string, PageFile>([
  ['/', { type: 'text/html; charset=utf-8', body }],
  ['/index.html', { type: 'text/html; charset=utf-8', body }],
  ['/assets/a.worker.js', { type: 'text/javascript; charset=utf-8', body }],
  [
    '/assets/gone.wasm',
    {
      type: 'application/wasm',
      get body(): Buffer {
        throw new Error('ENOENT');
      },
    },
  ],
]);

let server: WebServer;
let pages = 0;
beforeAll(async () => {
  server = await startWebServer({
    port: 0,
    listen: '127.0.0.1',
    token,
    files,
    onPage: () => (pages += 1),
  });
});
afterAll(() => server.close());

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** The path goes out as it is written: `fetch` would tidy it. */
function ask(path: string, method = 'GET', headers: Record<string, string> = {}): Promise<Answer> {
  const { hostname, port } = new URL(server.origin);
  return new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (data: string) => (text += data));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    asked.once('error', reject);
    asked.end();
  });
}

describe('files', () => {
  it.each([
    ['/', 200],
    ['/?x=1', 200],
    ['/assets/a.worker.js', 200],
    ['/favicon.ico', 204],
    ['/missing', 404],
    ['/assets/gone.wasm', 500],
    ['/port', 404],
    ['/../index.html', 404],
    ['/assets/../index.html', 404],
    ['/..%2findex.html', 404],
    ['/%2e%2e/%2e%2e/etc/passwd', 404],
    ['//etc/passwd', 404],
    ['/assets/..\\index.html', 404],
    ['/index.html%00.js', 404],
    ['/INDEX.HTML', 404],
    ['http://evil.example/', 404],
  ])('GET %s is %i, with the headers of every answer', async (path, status) => {
    const answer = await ask(path);
    expect(answer.status).toBe(status);
    for (const [name, value] of Object.entries(pageHeaders)) {
      expect(answer.headers[name.toLowerCase()]).toBe(value);
    }
    if (status === 200) expect(answer.text).toBe('hello');
    else expect(answer.text).not.toContain('root:');
  });

  it('HEAD is GET without the body', async () => {
    const answer = await ask('/', 'HEAD');
    expect(answer).toMatchObject({ status: 200, text: '' });
    expect(answer.headers['content-length']).toBe('5');
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND'])('%s is 405', async (method) => {
    const answer = await ask('/', method);
    expect(answer.status).toBe(405);
    expect(answer.headers['content-security-policy']).toBe(pageHeaders['Content-Security-Policy']);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each(['evil.example', 'localhost', '127.0.0.1', '127.0.0.1:1', '[::1]'])(
    'for the host "%s" there is nothing',
    async (host) => {
      const answer = await ask('/', 'GET', { Host: host });
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.text).not.toContain('hello');
    },
  );

  it('the policy allows nothing from elsewhere and no inline script', () => {
    const policy = pageHeaders['Content-Security-Policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|\*|https?:/);
  });
});

describe('the door', () => {
  const open = (headers: Record<string, string>, protocols: string[], path = '/port') =>
    new Promise<number>((resolve) => {
      const socket = new WebSocket(`${server.origin.replace('http', 'ws')}${path}`, protocols, { headers });
      socket.once('open', () => {
        socket.close();
        resolve(101);
      });
      socket.once('unexpected-response', (asked, response) => {
        asked.destroy();
        resolve(response.statusCode ?? 0);
      });
      socket.on('error', () => undefined);
    });
  const right = [`sotto.token.${token}`];

  it('opens for a page of ours that knows the token', async () => {
    expect(await open({ Origin: server.origin }, right)).toBe(101);
    expect(pages).toBe(1);
  });

  it.each([
    ['another origin', { Origin: 'http://evil.example' }, right, 403],
    ['another port of this machine', { Origin: 'http://127.0.0.1:1' }, right, 403],
    ['the name of this machine', { Origin: 'http://localhost' }, right, 403],
    ['the null origin', { Origin: 'null' }, right, 403],
    ['no origin', {}, right, 403],
  ])('stays closed for %s', async (_what, headers, protocols, status) => {
    expect(await open(headers, protocols)).toBe(status);
  });

  it.each([
    ['no token', []],
    ['an empty token', ['sotto.token.']],
    ['another token', [`sotto.token.${'U'.repeat(43)}`]],
    ['a token cut short', [`sotto.token.${token.slice(1)}`]],
    ['a token and more', [`sotto.token.${token}x`]],
    ['the token among others', ['other', `sotto.token.${token}`]],
    ['the token without its name', [token]],
  ])('stays closed with %s', async (_what, protocols) => {
    expect(await open({ Origin: server.origin }, protocols)).toBe(401);
  });

  it('stays closed elsewhere, and for another host', async () => {
    expect(await open({ Origin: server.origin }, right, '/port/')).toBe(404);
    expect(await open({ Origin: server.origin }, right, `/port?token=${token}`)).toBe(404);
    expect(await open({ Origin: server.origin, Host: 'evil.example' }, right)).toBe(421);
  });

  it('refuses with the headers of every answer', async () => {
    const { port } = new URL(server.origin);
    const socket = connect(Number(port), '127.0.0.1');
    socket.write(
      `GET /port HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    );
    const text = await new Promise<string>((resolve) => {
      let all = '';
      socket.on('data', (data) => (all += data.toString()));
      socket.once('close', () => resolve(all));
    });
    expect(text).toMatch(/^HTTP\/1\.1 403 /);
    for (const [name, value] of Object.entries(pageHeaders)) expect(text).toContain(`${name}: ${value}\r\n`);
  });
});

describe('listening', () => {
  const options = { port: 0, token, files, onPage: () => undefined };

  it.each(['0.0.0.0', '::', 'localhost', '192.168.1.2', '127.0.0.2', ''])(
    'on %s is refused',
    async (listen) => {
      await expect(startWebServer({ ...options, listen })).rejects.toMatchObject({ code: 'refused' });
    },
  );

  it('on a port that is taken says so', async () => {
    const port = Number(new URL(server.origin).port);
    await expect(startWebServer({ ...options, listen: '127.0.0.1', port })).rejects.toMatchObject({
      code: 'usage',
      next: expect.stringContaining('port') as string,
    });
  });

  it('ends with its sockets', async () => {
    const other = await startWebServer({ ...options, listen: '127.0.0.1' });
    const socket = new WebSocket(`${other.origin.replace('http', 'ws')}/port`, [`sotto.token.${token}`], {
      origin: other.origin,
    });
    await new Promise((resolve) => socket.once('open', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await other.close();
    await closed;
  });
});
