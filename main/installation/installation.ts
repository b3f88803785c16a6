/**
 * Where the parts of this installation lie. The same from the sources, from the bundle in `dist/app`, and from a
 * packaged application, whose JavaScript is inside `app.asar` and whose native files are beside it.
 */
import { basename, dirname, join } from 'node:path';

/** Files that are started as a process or a worker of their own: their source, and their name in the bundle. */
export const entries = {
  'services-process': 'main/process/services-process.ts',
  'keychain-child': 'main/vault/keychain/child.ts',
  'passphrase-worker': 'main/vault/passphrase-worker.ts',
} as const;
export type Entry = keyof typeof entries;

export interface Installation {
  readonly packaged: boolean;
  readonly addon: string;
  readonly serverBinary: string;
  /** Holds `client` and `server`. */
  readonly defaultPack: string;
  /** The built pages. */
  readonly renderer: string;
  /** The model of detection: in a package the very files that the pages load. */
  readonly detector: string;
  /** Documents that the application opens for its user. */
  readonly documents: string;
  /** Pictures that the shell needs: the tray's, the window's. */
  readonly icons: string;
  /** Name, version, licence of every component that is shipped; made when the application is packed. */
  readonly components: string;
  readonly preload: string;
  entry(name: Entry): string;
}

/**
 * @param folder of the running code: two levels below the root, from the sources and in the bundle alike.
 */
export function installationAt(folder: string, platform: NodeJS.Platform = process.platform): Installation {
  const root = join(folder, '..', '..');
  const bundle = join(root, 'dist', 'app');
  const bundled = join(folder) === bundle;
  const packaged = bundled && basename(root) === 'app.asar';
  const resources = packaged ? dirname(root) : root;
  const server = platform === 'win32' ? 'sotto-server.exe' : 'sotto-server';
  return {
    packaged,
    addon: packaged ? join(resources, 'native', 'sotto.node') : join(root, 'native', 'addon', 'sotto.node'),
    serverBinary: packaged
      ? join(resources, 'native', server)
      : join(root, 'native', 'target', 'release', server),
    defaultPack: packaged
      ? join(resources, 'packs', 'sotto-14m')
      : join(root, 'native', 'target', 'packs', 'sotto-14m'),
    renderer: join(root, 'dist', 'renderer'),
    detector: packaged ? join(root, 'dist', 'renderer', 'detector') : join(root, 'app', 'detect', 'weights'),
    documents: packaged ? join(resources, 'documents') : join(root, 'docs'),
    icons: packaged ? join(resources, 'icons') : join(root, 'build', 'icons'),
    components: join(bundle, 'components.json'),
    preload: join(bundle, 'preload.cjs'),
    entry: (name) => (bundled ? join(bundle, `${name}.js`) : join(root, entries[name])),
  };
}

export const installation: Installation = installationAt(import.meta.dirname);
