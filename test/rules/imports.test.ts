/** Breaks each rule of .dependency-cruiser.mjs once, with small trees of files, and shows a tree that keeps them all. */
import extractDepcruiseConfig from 'dependency-cruiser/config-utl/extract-depcruise-config';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { root } from '../../build/lint/report.ts';

const config = await extractDepcruiseConfig(join(root, '.dependency-cruiser.mjs'));

const scratch = mkdtempSync(join(tmpdir(), 'sotto-rules-'));
afterAll(() => rmSync(scratch, { recursive: true }));

type Tree = Readonly<Record<string, string>>;
let trees = 0;

/** Electron as a package: imports of types are told from others only where it resolves. */
const electron: Tree = {
  'node_modules/electron/package.json':
    '{"name":"electron","version":"1.0.0","main":"a.js","types":"a.d.ts"}',
  'node_modules/electron/a.js': '',
  'node_modules/electron/a.d.ts': 'export type App = number; export const app: App;',
};

/** ONNX Runtime as a package, for the same reason. */
const onnxRuntime: Tree = {
  'node_modules/onnxruntime-node/package.json':
    '{"name":"onnxruntime-node","version":"1.0.0","main":"a.js","types":"a.d.ts"}',
  'node_modules/onnxruntime-node/a.js': '',
  'node_modules/onnxruntime-node/a.d.ts': 'export class Tensor {}',
};

/** What a compiled component imports. */
const svelte: Tree = {
  'node_modules/svelte/package.json':
    '{"name":"svelte","version":"1.0.0","type":"module","exports":{"./internal/*":"./internal/a.js"}}',
  'node_modules/svelte/internal/a.js': '',
};

/** The names of the rules that a tree of files breaks. */
async function broken(tree: Tree): Promise<string[]> {
  trees += 1;
  const folder = join(scratch, String(trees));
  const packageJson =
    '{"type":"module","dependencies":{"onnxruntime-node":"1","svelte":"1"},"devDependencies":{"tool":"1","electron":"1"}}';
  const files: Tree = { 'package.json': packageJson, ...electron, ...onnxRuntime, ...svelte, ...tree };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { forbidden = [], options = {} } = config;
  const cruiseOptions: ICruiseOptions = {
    ...options,
    baseDir: folder,
    validate: true,
    ruleSet: { forbidden },
  };
  const tops = ['app', 'main', 'renderer', 'build', 'test'].filter((top) =>
    Object.keys(tree).some((path) => path.startsWith(`${top}/`)),
  );
  const { output } = await cruise(tops, cruiseOptions, { bustTheCache: true });
  return [...new Set((output as ICruiseResult).summary.violations.map(({ rule }) => rule.name))];
}

/** Two files, of which the first imports the second. */
const arrow = (from: string, to: string): Tree => ({
  [from]: `import '${'../'.repeat(from.split('/').length - 1)}${to}';`,
  [to]: 'export const a = 1;',
});

test('every rule has an example that breaks it', () => {
  const names = (config.forbidden ?? []).map(({ name }) => name);
  expect(names.toSorted()).toEqual(
    examples
      .map(([rule]) => rule)
      .filter((rule, at, all) => all.indexOf(rule) === at)
      .toSorted(),
  );
});

const examples: readonly (readonly [rule: string, what: string, tree: Tree])[] = [
  ['no-cycle', 'two files in a ring', { 'app/a.ts': "import './b.ts';", 'app/b.ts': "import './a.ts';" }],
  ['resolves', 'an import of nothing', { 'main/packs/a.ts': "import './gone.ts';" }],
  [
    'declared',
    'a tool in the product',
    {
      'main/packs/a.ts': "import 'tool';",
      'node_modules/tool/package.json': '{"name":"tool","version":"1.0.0","main":"a.js"}',
      'node_modules/tool/a.js': '',
    },
  ],
  ['app-is-pure', 'main in app', arrow('app/a.ts', 'main/services/b.ts')],
  ['app-is-pure', 'the renderer in app', arrow('app/a.ts', 'renderer/b.ts')],
  [
    'app-is-pure',
    'types of Electron in app',
    { 'app/a.ts': "import type { App } from 'electron';\nexport type A = App;" },
  ],
  ['app-without-node', 'the file system in app', { 'app/a.ts': "import 'node:fs';" }],
  ['app-without-node', 'the file system by a dynamic import', { 'app/a.ts': "await import('node:fs');" }],
  [
    'app-without-node',
    'the file system by the back door',
    { 'app/a.ts': "process.getBuiltinModule('node:fs');" },
  ],
  ['renderer-sees-app-alone', 'main in the renderer', arrow('renderer/a.ts', 'main/vault/b.ts')],
  [
    'renderer-sees-app-alone',
    'main in a component',
    {
      'renderer/A.svelte': '<script lang="ts">import \'../main/vault/b.ts\';</script>',
      'main/vault/b.ts': 'export const a = 1;',
    },
  ],
  ['renderer-without-node', 'the file system in the renderer', { 'renderer/a.ts': "import 'node:fs';" }],
  [
    'renderer-without-node',
    'the file system in a component',
    { 'renderer/A.svelte': "<script>import 'node:fs';</script>" },
  ],
  ['process-for-hosts', 'the supervisor in services', arrow('main/services/a.ts', 'main/process/b.ts')],
  ['process-for-hosts', 'the supervisor in the command line', arrow('main/cli/a.ts', 'main/process/b.ts')],
  ['process-stands-alone', 'the vault in the supervisor', arrow('main/process/a.ts', 'main/vault/b.ts')],
  ['page-stands-alone', 'the supervisor in the page’s files', arrow('main/page/a.ts', 'main/packs/b.ts')],
  ['detection-stands-alone', 'the store in detection', arrow('main/detection/a.ts', 'main/store/b.ts')],
  [
    'installation-stands-alone',
    'packs in the installation',
    arrow('main/installation/a.ts', 'main/packs/b.ts'),
  ],
  ['one-face-at-a-time', 'the host in the shell', arrow('main/shell/a.ts', 'main/host/b.ts')],
  ['one-face-at-a-time', 'the shell in the host', arrow('main/host/a.ts', 'main/shell/b.ts')],
  ['one-door', 'a server in the shell', { 'main/shell/a.ts': "import 'node:http';" }],
  ['one-door', 'a socket in the supervisor', { 'main/process/a.ts': "import 'node:net';" }],
  [
    'electron-in-shell',
    'Electron in the web host',
    { 'main/host/a.ts': "import { app } from 'electron'; app.quit();" },
  ],
  [
    'onnx-runtime-is-quiet',
    'ONNX Runtime as it comes',
    { 'main/inference/a.ts': "import { Tensor } from 'onnxruntime-node'; new Tensor();" },
  ],
  ['leaves-of-main', 'the command line in services', arrow('main/services/a.ts', 'main/cli/b.ts')],
  ['leaves-of-main', 'the host in services', arrow('main/services/a.ts', 'main/host/b.ts')],
  ['leaves-of-main', 'the shell in services', arrow('main/services/a.ts', 'main/shell/b.ts')],
  ['one-face-at-a-time', 'the command line in the shell', arrow('main/shell/a.ts', 'main/cli/b.ts')],
  ['attention-stands-alone', 'the vault in attention', arrow('main/attention/a.ts', 'main/vault/b.ts')],
  ['egress-stands-alone', 'the vault in egress', arrow('main/egress/a.ts', 'main/vault/b.ts')],
  ['inference-stands-alone', 'egress in inference', arrow('main/inference/a.ts', 'main/egress/b.ts')],
  ['packs-stands-alone', 'egress in packs', arrow('main/packs/a.ts', 'main/egress/b.ts')],
  ['store-stands-alone', 'egress in the store', arrow('main/store/a.ts', 'main/egress/b.ts')],
  ['vault-stands-alone', 'egress in the vault', arrow('main/vault/a.ts', 'main/egress/b.ts')],
  ['one-door', 'a socket in services', { 'main/services/a.ts': "import 'node:net';" }],
  ['one-door', 'a socket by a dynamic import', { 'main/services/a.ts': "await import('node:https');" }],
  [
    'electron-in-shell',
    'Electron in services',
    { 'main/services/a.ts': "import { app } from 'electron'; app.quit();" },
  ],
  [
    'addon-for-attention-and-vault',
    'the addon in services',
    arrow('main/services/a.ts', 'native/addon/sotto.d.ts'),
  ],
  ['product-without-tests', 'a fixture in the product', arrow('main/packs/a.ts', 'main/packs/b.fixture.ts')],
  ['product-without-tests', 'a test in the product', arrow('main/packs/a.ts', 'test/b.ts')],
];

describe('broken, and no other', () => {
  test.each(examples)('%s: %s', async (rule, _what, tree) => {
    expect(await broken(tree)).toEqual([rule]);
  });
});

test('a tree that keeps every rule', async () => {
  const tree: Tree = {
    'app/plan/plan.ts': "import '../failure/failure.ts';",
    'app/failure/failure.ts': 'export const a = 1;',
    'app/plan/plan.test.ts': "import 'node:fs';\nimport './plan.ts';",
    'renderer/view.ts': "import '../app/plan/plan.ts';",
    'main/egress/connect.ts': "import 'node:tls';",
    'main/attention/multiplier.ts':
      "import type { A } from '../../native/addon/sotto.d.ts';\nimport '../egress/connect.ts';",
    'native/addon/sotto.d.ts': 'export type A = number;',
    'main/inference/model.ts': "import 'node:worker_threads';\nimport '../packs/pack.ts';",
    'main/packs/pack.ts': "import 'node:fs';",
    'main/services/answer.ts': "import '../inference/model.ts';\nimport '../attention/multiplier.ts';",
    'main/services/window.ts': "import type { App } from 'electron';\nexport type A = App;",
    'main/cli/sotto.ts': "import '../services/answer.ts';",
    'main/process/supervisor.ts': "import '../services/answer.ts';\nimport '../installation/place.ts';",
    'main/installation/place.ts': "import 'node:path';",
    'main/installation/onnx-runtime.ts': "export const onnx = await import('onnxruntime-node');",
    'main/inference/graphs.ts':
      "import type { Tensor } from 'onnxruntime-node';\nimport '../installation/onnx-runtime.ts';\nexport type A = Tensor;",
    'main/page/headers.ts': 'export const a = 1;',
    'main/host/start.ts':
      "import 'node:http';\nimport '../process/supervisor.ts';\nimport '../page/headers.ts';",
    'renderer/Block.svelte':
      "<script>import Block from './Block.svelte';\nimport './view.ts';</script><Block />",
    'main/shell/shell.ts': "import { app } from 'electron';\nimport '../services/answer.ts';\napp.quit();",
    'test/end-to-end/sotto.ts': "import 'node:net';\nimport '../../main/cli/sotto.ts';",
  };
  expect(await broken(tree)).toEqual([]);
});
