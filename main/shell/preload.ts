/**
 * The page's end of the channel; bundled to CommonJS, since a sandboxed preload can require nothing but Electron.
 * It passes messages and knows nothing of them: the contract is checked in the processes that answer.
 */
import { contextBridge, ipcRenderer } from 'electron';

const channel = 'sotto';

contextBridge.exposeInMainWorld('sotto', {
  post: (message: unknown) => ipcRenderer.send(channel, message),
  onMessage(listener: (message: unknown) => void) {
    ipcRenderer.removeAllListeners(channel);
    ipcRenderer.on(channel, (_event, message: unknown) => listener(message));
  },
});
