import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import { defineConfig, globalIgnores } from 'eslint/config';
import ts from 'typescript-eslint';
import { builtinModules } from 'node:module';

const tests = ['**/*.test.ts', '**/*.fixture.ts'];

const nodeGlobals = [
  'console',
  'process',
  'performance',
  'Buffer',
  'URL',
  'AbortController',
  'setTimeout',
  'clearTimeout',
];

const opensSockets = /^(?:net|tls|http|https|http2|dgram|dns|inspector)(?:\/|$)/;
const doorMessage = 'Sockets are opened in main/egress alone: it pins, limits and keeps the ledger.';
const sockets = {
  paths: builtinModules
    .filter((name) => opensSockets.test(name))
    .flatMap((name) => [name, `node:${name}`])
    .map((name) => ({ name, message: doorMessage })),
  patterns: [{ regex: '^(?:@grpc/|undici$|ws$)', message: doorMessage }],
};
const electron = {
  paths: [{ name: 'electron', message: 'Only main/shell runs under Electron.', allowTypeImports: true }],
  patterns: [],
};
const addon = {
  paths: [],
  patterns: [{ regex: '\\.node$|native/', message: 'main/attention and main/vault hold the native addon.' }],
};
const node = {
  paths: builtinModules
    .filter((name) => !opensSockets.test(name))
    .flatMap((name) => (name.startsWith('node:') ? [name] : [name, `node:${name}`]))
    .map((name) => ({ name, message: 'app and renderer run in the page: no Node built-ins.' })),
  patterns: [],
};
/** The page knows not even Electron's types: its preload is a port of the contract. */
const electronTypes = {
  paths: [{ name: 'electron', message: 'The page runs in any browser.' }],
  patterns: [],
};
const main = {
  paths: [],
  patterns: [
    { regex: '(?:^|/)(?:main|renderer)/', message: 'app imports app alone, renderer app and itself.' },
  ],
};

/** The import rules of one part of the tree, on top of each other. */
const imports = (...parts) => ({
  '@typescript-eslint/no-restricted-imports': [
    'error',
    { paths: parts.flatMap((part) => part.paths), patterns: parts.flatMap((part) => part.patterns) },
  ],
});

const doors = ['fetch', 'WebSocket', 'XMLHttpRequest', 'EventSource', 'WebTransport', 'RTCPeerConnection'];
const noDoors = {
  'no-restricted-globals': ['error', ...doors.map((name) => ({ name, message: doorMessage }))],
  'no-restricted-properties': [
    'error',
    ...['globalThis', 'window', 'self'].flatMap((object) =>
      doors.map((property) => ({ object, property, message: doorMessage })),
    ),
    { object: 'navigator', property: 'sendBeacon', message: doorMessage },
    { object: 'process', property: 'binding', message: doorMessage },
  ],
};
const ambient = [
  'process',
  'Buffer',
  'require',
  '__dirname',
  '__filename',
  'document',
  'window',
  'localStorage',
];
const noAmbient = {
  'no-restricted-globals': [
    'error',
    ...doors.map((name) => ({ name, message: doorMessage })),
    ...ambient.map((name) => ({ name, message: 'app runs in every process and in the page: pass it in.' })),
  ],
};

export default defineConfig(
  globalIgnores(['native/', 'dist/', 'build/model/', 'main/egress/generated/', 'test/rules/fixtures/']),
  js.configs.recommended,
  {
    files: ['**/*.ts', '**/*.svelte'],
    extends: [ts.configs.strictTypeChecked, ts.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    rules: {
      // A number in a message is what the message is about.
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      // Index signatures are read with brackets, so that a mistyped name is not taken for a property.
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      // Spreading a string is how its code points are had.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // An implementation of an asynchronous interface may have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  svelte.configs.recommended,
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      // Type information does not reach through a component's markup: svelte-check sees these.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      'no-undef': 'off',
      'prefer-const': 'off',
    },
  },
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: { globals: Object.fromEntries(nodeGlobals.map((name) => [name, 'readonly'])) },
  },
  {
    files: [...tests, 'test/**/*.ts'],
    rules: {
      // Mocks and destructured results of pure modules.
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-dynamic-delete': 'off',
      // What a program printed is JSON; the expectation is what checks its shape.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  // commander hands the options of a command over as any; the parameter's type names them.
  { files: ['main/cli/**/*.ts'], rules: { '@typescript-eslint/no-unsafe-argument': 'off' } },
  { rules: { eqeqeq: 'error', 'no-eval': 'error', 'no-implied-eval': 'error', 'no-new-func': 'error' } },

  {
    files: ['app/**/*.ts'],
    ignores: tests,
    rules: { ...noDoors, ...noAmbient, ...imports(sockets, electron, addon, node, main) },
  },
  {
    files: ['renderer/**/*.ts', 'renderer/**/*.svelte'],
    ignores: ['renderer/vite.config.ts'],
    rules: { ...noDoors, ...imports(sockets, electronTypes, addon, node, main) },
  },
  { files: ['main/**/*.ts'], rules: { ...noDoors, ...imports(sockets, electron, addon) } },
  { files: ['main/{attention,vault}/**/*.ts'], rules: imports(sockets, electron) },
  { files: ['main/shell/**/*.ts'], rules: imports(sockets, addon) },
  { files: ['main/host/**/*.ts'], rules: imports(electron, addon) },
  { files: ['main/egress/**/*.ts'], rules: { ...imports(electron, addon), 'no-restricted-globals': 'off' } },
  {
    files: ['app/**/*.ts', 'main/**/*.ts'],
    ignores: ['main/cli/**', ...tests],
    rules: { 'no-console': 'error' },
  },
);
