/** What the page can ask of the rest of Sotto. */
import { createClient } from '../../app/contract/client.ts';
import { pageContract } from '../../app/contract/contract.ts';
import { NoTokenError, openPort } from './open-port.ts';
import { createReconnecting } from './reconnect.ts';

export const bridge = createReconnecting({
  open: openPort,
  final: (error) => error instanceof NoTokenError,
  wait: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
});

export const api = createClient(pageContract, bridge.transport);
