import { describe, expect, it } from 'vitest';
import { contentSecurityPolicy } from '../page/headers.ts';
import type { PageFile } from '../page/files.ts';
import { createFakeElectron } from './fake-electron.fixture.ts';
import { answerRequest, registerScheme, servePageFiles } from './protocol.ts';

const files = new Map<string, PageFile>([
  ['/index.html', { type: 'text/html; charset=utf-8', body: Buffer.from('<title>Sotto</title>') }],
  ['/assets/a.worker.js', { type: 'text/javascript; charset=utf-8', body: Buffer.from('1') }],
]);
const get = (url: string) => answerRequest(files, { method: 'GET', url });

describe('our scheme', () => {
  it('is registered with no more rights than a page needs', () => {
    const fake = createFakeElectron();
    registerScheme(fake.electron);
    expect(fake.schemes).toMatchObject([
      {
        scheme: 'app',
        privileges: {
          standard: true,
          secure: true,
          bypassCSP: false,
          supportFetchAPI: true,
          allowServiceWorkers: false,
        },
      },
    ]);
  });

  it('serves a file of the list, also with a query', async () => {
    const answer = get('app://sotto/index.html?x=1#y');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await answer.text()).toBe('<title>Sotto</title>');
  });

  it.each([
    'app://sotto/index.html',
    'app://sotto/assets/a.worker.js',
    'app://sotto/missing.js',
    'app://other/',
  ])('%s carries the policy and the trusted types', (url) => {
    const { headers } = get(url);
    expect(headers.get('content-security-policy')).toBe(contentSecurityPolicy);
    expect(headers.get('content-security-policy')).toContain("require-trusted-types-for 'script'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    'app://sotto/../package.json',
    'app://sotto/assets/../../package.json',
    'app://sotto/%2e%2e/package.json',
    'app://sotto/..%2fpackage.json',
    'app://sotto/assets\\..\\index.html',
    'app://sotto//index.html',
    'app://sotto/assets/',
    'app://sotto/assets',
    'app://sotto/__proto__',
    'app://sotto.example/index.html',
    'app://user@sotto/index.html',
    'file:///etc/passwd',
    'https://sotto/index.html',
  ])('%s leads nowhere', async (url) => {
    const answer = get(url);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe('');
  });

  it('answers nothing but GET', () => {
    expect(answerRequest(files, { method: 'POST', url: 'app://sotto/index.html' }).status).toBe(405);
  });

  it('is served in the session of our pages', async () => {
    const fake = createFakeElectron();
    servePageFiles(fake.electron.session.fromPartition('sotto', { cache: false }), files);
    const answer = await fake.session.handlers.get('app')?.(new Request('app://sotto/index.html'));
    expect(answer?.status).toBe(200);
  });
});
