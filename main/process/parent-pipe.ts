/** The pipe to the parent as the services' process sees it, under Node's fork and under Electron's utilityProcess alike. */

export interface ParentPipe {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The parent is gone or let go. Electron ends a utility process by itself then. */
  onLost(listener: () => void): void;
}

/** What Electron adds to `process` in a utility process. */
interface ElectronParentPort {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (event: { readonly data: unknown }) => void): unknown;
}

/** @throws Error where this process was not forked. */
export function openParentPipe(): ParentPipe {
  const electron = (process as { readonly parentPort?: ElectronParentPort }).parentPort;
  if (electron) {
    return {
      post: (message) => electron.postMessage(message),
      onMessage: (listener) => electron.on('message', ({ data }) => listener(data)),
      onLost: () => undefined,
    };
  }
  if (!process.send) throw new Error('The services run in a process that Sotto starts.');
  return {
    post(message) {
      if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
    },
    onMessage: (listener) => process.on('message', listener),
    onLost: (listener) => process.once('disconnect', listener),
  };
}
