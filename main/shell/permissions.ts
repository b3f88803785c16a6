/** What a page may not do, whatever it runs: everything but showing itself, copying, and saving what it made. */
import type { ShellContents, ShellSession } from './electron.ts';
import { isOurBlob, isOurs } from './origin.ts';

/** The page's "copy" writes text to the clipboard. Reading it goes through the contract, when the user asks. */
const granted = 'clipboard-sanitized-write';

/** Without an owner: no name below `.invalid` is ever resolved. */
const nowhere = 'https://dictionaries.invalid/';

/**
 * A session of Chromium's fetches the dictionary of the system's language for its spell checker when it begins, from
 * Google, whatever its windows want: to be called in the same turn.
 */
export function refuseDictionaries(
  session: Pick<
    ShellSession,
    'setSpellCheckerDictionaryDownloadURL' | 'setSpellCheckerEnabled' | 'setSpellCheckerLanguages'
  >,
): void {
  session.setSpellCheckerDictionaryDownloadURL(nowhere);
  session.setSpellCheckerLanguages([]);
  session.setSpellCheckerEnabled(false);
}

export function restrictSession(session: ShellSession): void {
  refuseDictionaries(session);
  session.setPermissionRequestHandler((_contents, permission, answer, { requestingUrl, isMainFrame }) =>
    answer(permission === granted && isMainFrame && isOurs(requestingUrl)),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin) => permission === granted && isOurs(origin),
  );
  session.setDevicePermissionHandler(() => false);
  // The policy in the headers says the same; this holds where a header would not.
  session.webRequest.onBeforeRequest(({ url }, answer) => answer({ cancel: !mayLoad(url) }));
  session.on('will-download', (event, item) => {
    if (!isOurBlob(item.getURL())) return event.preventDefault();
    // Without a path Electron shows the dialogue; the page proposes a name, never a place.
    item.setSaveDialogOptions({ defaultPath: fileName(item.getFilename()) });
  });
}

export function restrictContents(contents: ShellContents): void {
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
  contents.on('will-navigate', (event) => event.preventDefault());
  contents.on('will-frame-navigate', (event) => event.preventDefault());
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
}

function mayLoad(url: string): boolean {
  // Developer tools exist in unpackaged runs only.
  return isOurs(url) || isOurBlob(url) || url.startsWith('data:image/') || url.startsWith('devtools://');
}

/** One name without a folder, a control character or what Windows forbids. */
function fileName(proposed: string): string {
  const name = proposed.replace(/[\p{Cc}\p{Cf}<>:"/\\|?*]/gu, '_').replace(/^\.+/, '');
  return name.slice(0, 120) || 'sotto-export';
}
