/**
 * Who may import whom: the arrows of CONTRIBUTING.md's table. `test/rules/imports.test.ts` breaks each rule once.
 */

/** Which folders of main may import which others; services, cli, host and shell may import every one that is no leaf. */
const mainArrows = {
  attention: ['egress', 'inference', 'installation'],
  detection: ['installation'],
  egress: [],
  inference: ['installation', 'packs'],
  installation: [],
  packs: [],
  page: [],
  process: ['installation', 'services'],
  store: ['vault'],
  vault: ['installation'],
};
const leaves = '(?:cli|host|shell)';
const test = '\\.(?:test|fixture)\\.ts$';
const sockets =
  '^(?:node:)?(?:net|tls|http|https|http2|dgram|dns|inspector)(?:/promises)?$|(?:^|/)(?:@grpc|undici|ws|socket\\.io-client)(?:/|$)';

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two files that need each other are one thing, or one of them holds two.',
      severity: 'error',
      from: { path: '^(.+)$' },
      // A component that draws itself inside itself is one thing.
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] }, pathNot: '^$1$' },
    },
    {
      name: 'resolves',
      comment: 'An import that leads nowhere here breaks there.',
      severity: 'error',
      from: {},
      // The address of a package's file is the bundler's to resolve.
      to: { couldNotResolve: true, pathNot: ['^electron$', '\\.node$', '^onnxruntime-web/.*\\.wasm\\?url$'] },
    },
    {
      name: 'declared',
      comment:
        'A product file uses packages of "dependencies" alone; the others are not shipped, as the web host is not.',
      severity: 'error',
      from: {
        path: '^(?:app|main|renderer)/',
        pathNot: [test, '^main/host/', '^renderer/vite\\.config\\.ts$'],
      },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '^(?:node_modules/)?electron',
      },
    },
    {
      name: 'app-is-pure',
      comment: 'app runs in every process and in the page: nothing of main, renderer or Electron.',
      severity: 'error',
      from: { path: '^app/', pathNot: test },
      to: { path: '^(?:main|renderer)/|(?:^|/)electron(?:/|$)' },
    },
    {
      name: 'app-without-node',
      comment: 'app runs in the page, where Node is not.',
      severity: 'error',
      from: { path: '^app/', pathNot: test },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'renderer-sees-app-alone',
      comment: 'The page speaks to main through the contract in app.',
      severity: 'error',
      from: { path: '^renderer/' },
      to: { path: '^main/' },
    },
    {
      name: 'renderer-without-node',
      comment: 'The page runs in a sandbox, where Node is not.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: [test, '^renderer/vite\\.config\\.ts$'] },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'process-for-hosts',
      comment:
        'The process of the services is started by the two hosts of a window; the services do not know it.',
      severity: 'error',
      from: { pathNot: '^(?:test|main/(?:host|process|shell))/' },
      to: { path: '^main/process/' },
    },
    {
      name: 'leaves-of-main',
      comment: 'cli, host and shell are faces of the services; nobody imports a face.',
      severity: 'error',
      from: { pathNot: `^(?:test|main/${leaves})/` },
      to: { path: `^main/${leaves}/` },
    },
    {
      name: 'one-face-at-a-time',
      comment: 'A face does not lean on another face.',
      severity: 'error',
      from: { path: `^main/(${leaves})/` },
      to: { path: `^main/${leaves}/`, pathNot: '^main/$1/' },
    },
    ...Object.entries(mainArrows).map(([folder, others]) => ({
      name: `${folder}-stands-alone`,
      comment: `main/${folder} may import ${['app', ...others.map((other) => `main/${other}`)].join(', ')}.`,
      severity: 'error',
      from: { path: `^main/${folder}/`, pathNot: test },
      to: { path: '^main/', pathNot: [folder, ...others].map((other) => `^main/${other}/`) },
    })),
    {
      name: 'one-door',
      comment:
        'Every socket is opened in main/egress, which keeps the ledger; the web host listens on loopback.',
      severity: 'error',
      from: { path: '^(?:app|main|renderer)/', pathNot: '^main/(?:egress|host)/' },
      to: { path: sockets },
    },
    {
      name: 'onnx-runtime-is-quiet',
      comment: 'One file loads ONNX Runtime, and tells it before that it may not report to its makers.',
      severity: 'error',
      from: { path: '^(?:app|main|renderer)/', pathNot: '^main/installation/onnx-runtime\\.ts$' },
      to: { path: '(?:^|/)onnxruntime-node(?:/|$)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'electron-in-shell',
      comment: 'The shell alone runs under Electron; its types are free.',
      severity: 'error',
      from: { pathNot: '^(?:main/shell|build|test)/' },
      to: { path: '(?:^|/)electron(?:/|$)', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'addon-for-attention-and-vault',
      comment: 'Keys and ciphertexts are handled in two folders.',
      severity: 'error',
      from: { path: '^(?:app|main|renderer)/', pathNot: '^main/(?:attention|vault)/' },
      to: { path: '^native/|\\.node$' },
    },
    {
      name: 'product-without-tests',
      comment: 'What is shipped does not depend on tests, fixtures or build scripts.',
      severity: 'error',
      from: { path: '^(?:app|main|renderer)/', pathNot: test },
      to: { path: ['^(?:test|build)/', test] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:native/target|build/model)/' },
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    combinedDependencies: false,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
