import type { WebPreferences } from 'electron';

/** Without `persist:` the session lives in memory: no page storage, cache or cookie ever reaches the disk. */
export const partition = 'sotto';

/** How every page of Sotto runs. What is Electron's default is said all the same, so that no update changes it. */
export function webPreferences(preload: string, isPackaged: boolean): WebPreferences {
  return {
    preload,
    partition,
    // The page is a process without rights of its own.
    sandbox: true,
    // The page's JavaScript never shares a world with the preload.
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    plugins: false,
    // Web SQL would write; WebGL is a wide door into drivers, and nothing here draws with it.
    enableWebSQL: false,
    webgl: false,
    // Dictionaries are fetched from the network, and words that are added to them are written to disk.
    spellcheck: false,
    // A file dropped on the window would be navigated to.
    navigateOnDragDrop: false,
    // Ways for a page to tell others: pings of links, reports, sockets to a peer. The policy stops the rest.
    disableBlinkFeatures: 'HyperlinkAuditing,Reporting,RTCPeerConnection,WebBluetooth,Prerender2',
    // A page in a package has nobody to debug it.
    devTools: !isPackaged,
    safeDialogs: true,
    disableWakeLocks: true,
  };
}
