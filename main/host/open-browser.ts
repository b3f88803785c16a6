import { spawn } from 'node:child_process';
import type { Terminal } from './terminal.ts';

/** Opens an address with the program that the desktop has for it; says the address where that fails. */
export function openBrowser(address: string, terminal: Terminal): void {
  const [program, args] = opener(address);
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  child.once('error', () => terminal.say(`No browser could be opened. The address: ${address}`));
  child.unref();
}

function opener(address: string): [string, string[]] {
  if (process.platform === 'darwin') return ['open', [address]];
  if (process.platform === 'win32') return ['rundll32', ['url.dll,FileProtocolHandler', address]];
  return ['xdg-open', [address]];
}
