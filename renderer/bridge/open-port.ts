/** Where the page's requests go: Electron's preload, or the web host that served the page. */
import type { MessagePort } from '../../app/contract/port.ts';

/** What the preload script puts into the page. It never closes: it ends with the window. */
interface PreloadPort {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
}

declare global {
  interface Window {
    readonly sotto?: PreloadPort;
  }
}

/** The page came without the token of the run that serves it: nothing can be asked. */
export class NoTokenError extends Error {
  override readonly name = 'NoTokenError';
}

/** Opens a port. Rejects when the other side cannot be reached; may be called again. */
export async function openPort(): Promise<MessagePort> {
  const preload = window.sotto;
  if (preload) {
    return {
      post: (message) => preload.post(message),
      onMessage: (listener) => preload.onMessage(listener),
      onClose: () => undefined,
    };
  }
  const token = takeToken();
  if (token === null) throw new NoTokenError('The address of this page has no token.');
  return openSocket(token);
}

const tokenName = 'sotto.token';

/**
 * The token of this run of the web host. It comes in the address's fragment, which no server sees, leaves the
 * address bar at once, and lives as long as the tab.
 */
function takeToken(): string | null {
  const found = /^#token=([\w-]+)$/.exec(location.hash)?.[1];
  if (found !== undefined) {
    sessionStorage.setItem(tokenName, found);
    window.history.replaceState(null, '', `${location.pathname}${location.search}#/`);
  }
  return sessionStorage.getItem(tokenName);
}

function openSocket(token: string): Promise<MessagePort> {
  return new Promise((resolve, reject) => {
    const address = `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/port`;
    // eslint-disable-next-line no-restricted-globals -- the page's one door: to the host that served it
    const socket = new WebSocket(address, `sotto.token.${token}`);
    let onClose: () => void = () => undefined;
    let opened = false;
    socket.onopen = () => {
      opened = true;
      resolve({
        post: (message) => {
          if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
        },
        onMessage(listener) {
          socket.onmessage = (event) => {
            if (typeof event.data === 'string') listener(JSON.parse(event.data));
          };
        },
        onClose(listener) {
          onClose = listener;
        },
      });
    };
    socket.onclose = () => {
      if (opened) onClose();
      else reject(new Error('Sotto on this machine does not answer.'));
    };
  });
}
