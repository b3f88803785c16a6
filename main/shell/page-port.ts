/** Serves a window's page over Electron's channel. Every message must come from our page's top frame in that window. */
import type { IpcMainEvent } from 'electron';
import type { Dispatcher } from '../../app/contract/dispatch.ts';
import { servePort } from '../../app/contract/port.ts';
import type { ShellContents, ShellElectron, ShellFrame } from './electron.ts';
import { isOurs } from './origin.ts';

/** The only channel; preload.ts has the other end. */
export const channel = 'sotto';

export interface PageOptions {
  readonly ipcMain: ShellElectron['ipcMain'];
  readonly contents: ShellContents;
  readonly dispatcher: Dispatcher;
}

/** Until the window is gone. What a document asked for stops when another one takes its place. */
export function servePage({ ipcMain, contents, dispatcher }: PageOptions): void {
  let document = serveDocument(contents, dispatcher);
  const replace = () => {
    document.close();
    document = serveDocument(contents, dispatcher);
  };
  const receive = (event: IpcMainEvent, message: unknown) => {
    if (event.sender.id === contents.id && isOurTopFrame(event.senderFrame, contents)) {
      document.deliver(message);
    }
  };
  ipcMain.on(channel, receive);
  contents.on('did-navigate', replace);
  contents.on('render-process-gone', replace);
  contents.on('destroyed', () => {
    ipcMain.removeListener(channel, receive);
    document.close();
  });
}

function serveDocument(contents: ShellContents, dispatcher: Dispatcher) {
  let deliver: (message: unknown) => void = () => undefined;
  let close: () => void = () => undefined;
  servePort(
    {
      post(message) {
        if (!contents.isDestroyed()) contents.send(channel, message);
      },
      onMessage: (listener) => (deliver = listener),
      onClose: (listener) => (close = listener),
    },
    dispatcher,
  );
  return { deliver: (message: unknown) => deliver(message), close: () => close() };
}

/** Electron gives no frame, or one that throws, when the sender has navigated or is gone. */
function isOurTopFrame(frame: ShellFrame | null, contents: ShellContents): boolean {
  try {
    return (
      frame !== null &&
      !frame.isDestroyed() &&
      frame.parent === null &&
      frame.frameTreeNodeId === contents.mainFrame.frameTreeNodeId &&
      isOurs(frame.origin)
    );
  } catch {
    return false;
  }
}
