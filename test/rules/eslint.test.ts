/** Breaks each rule of eslint.config.js about imports and globals once, and shows what is free. */
import { ESLint } from 'eslint';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import ts from 'typescript-eslint';
import { root } from '../../build/lint/report.ts';

const eslint = new ESLint({
  cwd: root,
  // The files below do not exist, so nothing is known of their types.
  overrideConfig: [
    { files: ['**/*.ts', '**/*.svelte'], ...ts.configs.disableTypeChecked },
  ] as ESLint.Options['overrideConfig'],
});

const watched = [
  '@typescript-eslint/no-restricted-imports',
  'no-restricted-globals',
  'no-restricted-properties',
  'no-console',
  'no-eval',
];

/** The rules that speak up about a line of code in a file of this path. */
async function broken(path: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: join(root, path) });
  const rules = (result?.messages ?? []).map((message) => message.ruleId ?? message.message);
  return rules.filter((rule) => watched.includes(rule) || !rule.includes('/'));
}

const imports = '@typescript-eslint/no-restricted-imports';

describe('broken', () => {
  test.each([
    ['a socket in app', 'app/plan/plan.ts', "import 'node:net';", imports],
    ['a Node built-in in app', 'app/plan/plan.ts', "import 'node:fs';", imports],
    ['a Node built-in by its short name', 'app/plan/plan.ts', "import 'fs/promises';", imports],
    ['main in app', 'app/plan/plan.ts', "import '../../main/vault/vault.ts';", imports],
    ['the renderer in app', 'app/plan/plan.ts', "import '../../renderer/view.ts';", imports],
    ['Electron in app', 'app/plan/plan.ts', "import 'electron';", imports],
    ['main in the renderer', 'renderer/view.ts', "import '../main/vault/vault.ts';", imports],
    ['the addon in the renderer', 'renderer/view.ts', "import '../native/addon/sotto.node';", imports],
    [
      'main in a component',
      'renderer/View.svelte',
      '<script lang="ts">import \'../main/vault/vault.ts\';</script>',
      imports,
    ],
    [
      'types of main in a component, which dependency-cruiser does not see',
      'renderer/View.svelte',
      '<script lang="ts">import type { Vault } from \'../main/vault/vault.ts\'; let { vault }: { vault: Vault } = $props(); vault;</script>',
      imports,
    ],
    [
      'a Node built-in in a component',
      'renderer/View.svelte',
      '<script lang="ts">import \'node:fs\';</script>',
      imports,
    ],
    [
      'types of Electron in the renderer',
      'renderer/view.ts',
      "import type { App } from 'electron';\nexport type A = App;",
      imports,
    ],
    [
      'fetch in a component',
      'renderer/View.svelte',
      '<script lang="ts">void fetch(\'/\');</script>',
      'no-restricted-globals',
    ],
    ['a server in the shell', 'main/shell/a.ts', "import 'node:http';", imports],
    ['a server in the supervisor', 'main/process/a.ts', "import 'ws';", imports],
    ['Electron in the web host', 'main/host/a.ts', "import { app } from 'electron';", imports],
    ['the addon in the web host', 'main/host/a.ts', "import '../../native/addon/sotto.d.ts';", imports],
    ['fetch in app', 'app/plan/plan.ts', "await fetch('/');", 'no-restricted-globals'],
    ['process in app', 'app/plan/plan.ts', 'process.exit();', 'no-restricted-globals'],
    ['XMLHttpRequest in the renderer', 'renderer/view.ts', 'new XMLHttpRequest();', 'no-restricted-globals'],
    ['WebSocket in main', 'main/packs/pack.ts', "new WebSocket('ws://h');", 'no-restricted-globals'],
    ['EventSource in main', 'main/services/a.ts', "new EventSource('/');", 'no-restricted-globals'],
    [
      'fetch by another way',
      'main/packs/pack.ts',
      "await globalThis.fetch('/');",
      'no-restricted-properties',
    ],
    ['a beacon', 'renderer/view.ts', "navigator.sendBeacon('/');", 'no-restricted-properties'],
    ...['net', 'tls', 'http', 'https', 'http2', 'dgram', 'dns/promises'].map((name) => [
      `${name} in main`,
      'main/services/a.ts',
      `import 'node:${name}';`,
      imports,
    ]),
    ['grpc in main', 'main/services/a.ts', "import '@grpc/grpc-js';", imports],
    ['grpc in the shell', 'main/shell/a.ts', "import '@grpc/grpc-js';", imports],
    ['Electron in main', 'main/services/a.ts', "import { app } from 'electron';", imports],
    ['Electron in egress', 'main/egress/a.ts', "import { net } from 'electron';", imports],
    ['the addon in services', 'main/services/a.ts', "import '../../native/addon/sotto.node';", imports],
    ['the addon in egress', 'main/egress/a.ts', "import '../../native/addon/sotto.d.ts';", imports],
    ['the console in app', 'app/plan/plan.ts', "console.log('x');", 'no-console'],
    ['the console in main', 'main/vault/vault.ts', "console.log('x');", 'no-console'],
    ['eval', 'main/cli/sotto.ts', "eval('1');", 'no-eval'],
  ])('%s', async (_name, path, code, rule) => {
    expect(await broken(path, code)).toEqual([rule]);
  });
});

describe('free', () => {
  test.each([
    ['sockets and grpc in egress', 'main/egress/a.ts', "import 'node:tls';\nimport '@grpc/grpc-js';"],
    ['a server in the web host', 'main/host/a.ts', "import 'node:http';\nimport 'ws';"],
    ['Electron in the shell', 'main/shell/a.ts', "import { app } from 'electron';\napp.quit();"],
    [
      'types of Electron in main',
      'main/services/a.ts',
      "import type { App } from 'electron';\nexport type A = App;",
    ],
    ['the addon in attention', 'main/attention/a.ts', "import '../../native/addon/sotto.d.ts';"],
    ['the addon in the vault', 'main/vault/a.ts', "import '../../native/addon/sotto.d.ts';"],
    ['Node in main', 'main/packs/a.ts', "import 'node:fs';"],
    ['Node in a test of app', 'app/plan/plan.test.ts', "import 'node:fs';"],
    ['app in the renderer', 'renderer/view.ts', "import '../app/plan/plan.ts';"],
    ['sockets in tests', 'test/interop/a.ts', "import 'node:net';\nawait fetch('/');"],
    ['the console in the command line', 'main/cli/sotto.ts', "console.log('x');"],
  ])('%s', async (_name, path, code) => {
    expect(await broken(path, code)).toEqual([]);
  });
});
