/**
 * How the application is packed: `npm run package` on the system and architecture that it is for. Signing and
 * notarisation need certificates that are not here; docs/packaging.md says where they go.
 */
import { join } from 'node:path';
import { Arch } from 'electron-builder';
import type { Configuration } from 'electron-builder';
import { machineOf } from './package/machine.ts';

const root = join(import.meta.dirname, '..');
const server = process.platform === 'win32' ? 'sotto-server.exe' : 'sotto-server';

/** The native files that cargo built here; those of npm packages come per platform and architecture. */
const nativeFiles = [
  { from: 'native/addon/sotto.node', to: 'native/sotto.node' },
  { from: `native/target/release/${server}`, to: `native/${server}` },
];

/** A new one each time: electron-builder writes into what it is given. */
export default function config(): Configuration {
  return {
    appId: 'org.sotto.Sotto',
    productName: 'Sotto',
    copyright: 'Copyright The Sotto authors. Apache-2.0',
    directories: { output: join(root, 'dist', 'packages'), buildResources: join(root, 'build') },
    extraMetadata: {
      main: 'dist/app/main.js',
      author: 'The Sotto authors',
      // deb and rpm name a project page; whoever publishes a package knows theirs.
      ...(process.env['SOTTO_HOMEPAGE'] ? { homepage: process.env['SOTTO_HOMEPAGE'] } : {}),
    },

    // What is inside: the bundle, the built pages, and of the packages that stay outside the bundle what they load.
    files: [
      'package.json',
      // What build/package/prepare.ts made for this package.
      { from: 'dist/package/app', to: 'dist/app' },
      { from: 'dist/package/renderer', to: 'dist/renderer' },
      '!node_modules/**/*',
      'node_modules/onnxruntime-node/package.json',
      'node_modules/onnxruntime-node/dist/*.js',
      'node_modules/onnxruntime-node/bin/napi-v6/${platform}/${arch}/*',
      // Graphics for DirectML; answers are computed on the processor.
      '!node_modules/onnxruntime-node/bin/napi-v6/win32/*/{DirectML,dxcompiler,dxil}.dll',
      // The same file as libonnxruntime.1.dylib, under a name that nothing loads.
      '!node_modules/onnxruntime-node/bin/napi-v6/darwin/*/libonnxruntime.1.*.*.dylib',
      'node_modules/onnxruntime-common/package.json',
      'node_modules/onnxruntime-common/dist/cjs/**/*.{js,json}',
      'node_modules/@napi-rs/keyring/{package.json,index.js,LICENSE}',
      'node_modules/@napi-rs/keyring-${platform}-${arch}{,-*}/{package.json,*.node,LICENSE*}',
      '!**/*.{map,d.ts,ts,md}',
    ],
    // Code stays in the archive, whose content the program can verify; only what the list names leaves it.
    asar: { smartUnpack: false },
    // The system's loader opens files; it sees none inside an archive.
    asarUnpack: ['**/*.{node,so,so.*,dylib,dll}'],
    extraResources: [
      ...nativeFiles,
      { from: 'native/target/packs/sotto-14m', to: 'packs/sotto-14m', filter: ['client/**', 'server/**'] },
      { from: 'build/icons', to: 'icons', filter: ['tray*.png', '256.png'] },
      { from: 'docs', to: 'documents', filter: ['security.md', 'threat-model.md', 'user-guide.md'] },
      { from: 'LICENSE', to: 'documents/LICENSE.txt' },
      { from: 'NOTICE', to: 'documents/NOTICE.txt' },
      { from: 'dist/package/THIRD-PARTY.txt', to: 'documents/THIRD-PARTY.txt' },
      { from: 'dist/package/sbom.cdx.json', to: 'documents/sbom.cdx.json' },
    ],
    npmRebuild: false,
    nodeGypRebuild: false,
    buildDependenciesFromSource: false,
    electronLanguages: process.platform === 'darwin' ? ['en', 'de'] : ['en-US', 'de'],
    compression: 'normal',
    // No feed: nothing is published from here, and no file that an updater would read is made.
    publish: null,

    // Every one is said, so that a default that changes in Electron changes nothing here.
    electronFuses: {
      // The program is no Node for whoever may start it.
      runAsNode: false,
      // Nothing stores a cookie; should something ever, it is encrypted.
      enableCookieEncryption: true,
      // An environment variable or an argument does not open the process that holds keys.
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: false,
      // Where the system supports it (macOS, Windows), an archive that was changed does not start.
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      // There is one snapshot for all processes.
      loadBrowserProcessSpecificV8Snapshot: false,
      // Pages come from our own scheme; a file is no page.
      grantFileProtocolExtraPrivileges: false,
      // electron-builder signs afterwards, where a certificate is given.
      resetAdHocDarwinSignature: false,
    },

    protocols: [{ name: 'Sotto', schemes: ['sotto'] }],
    artifactName: '${productName}-${version}-${os}-${arch}.${ext}',
    icon: join(root, 'build', 'icons', '1024.png'),

    linux: {
      target: ['AppImage', 'deb', 'rpm'],
      executableName: 'sotto',
      category: 'Office;Utility;Security',
      synopsis: 'A desktop assistant that you can tell a secret',
      description: 'Protected words leave this machine only as ciphertext.',
      maintainer: process.env['SOTTO_MAINTAINER'] ?? 'The Sotto authors',
      icon: join(root, 'build', 'icons'),
      desktop: {
        entry: {
          Name: 'Sotto',
          GenericName: 'Assistant',
          'GenericName[de]': 'Assistent',
          Keywords: 'assistant;private;encrypted;',
          StartupWMClass: 'Sotto',
          SingleMainWindow: 'true',
        },
      },
    },
    deb: {
      // Where no desktop brings a Secret Service, Sotto offers a passphrase instead.
      recommends: ['gnome-keyring | kwalletmanager'],
      packageCategory: 'utils',
    },
    rpm: { packageCategory: 'Applications/Productivity' },
    mac: {
      // ONNX Runtime comes for Apple silicon alone.
      target: [{ target: 'dmg', arch: ['arm64'] }],
      category: 'public.app-category.productivity',
      hardenedRuntime: true,
      gatekeeperAssess: false,
      entitlements: join(root, 'build', 'entitlements.mac.plist'),
      entitlementsInherit: join(root, 'build', 'entitlements.mac.plist'),
      notarize: false,
    },
    win: { target: ['nsis'] },
    nsis: {
      oneClick: false,
      perMachine: false,
      allowToChangeInstallationDirectory: true,
      license: join(root, 'LICENSE'),
      // Keys and conversations outlive the program; the settings delete them, an uninstaller does not.
      deleteAppDataOnUninstall: false,
    },

    /** Refuses to pack what was built for another machine than the package is for. */
    beforePack({ electronPlatformName, arch }) {
      const wanted = `${electronPlatformName}-${Arch[arch]}`;
      for (const { from } of nativeFiles) {
        const found = machineOf(join(root, from));
        if (found !== wanted)
          throw new Error(`${from} is for ${found ?? 'no known machine'}, the package for ${wanted}.`);
      }
    },
  };
}
