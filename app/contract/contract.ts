/**
 * The contract between the page and what is behind it. Preload, Electron host, web host and the services' process
 * are derived from it: no channel exists that is not here.
 */
import { assistant } from './assistant.ts';
import { conversations } from './conversations.ts';
import { detection } from './detection.ts';
import { host, window } from './host.ts';
import { keys } from './keys.ts';
import type { Implementation } from './method.ts';
import { packs } from './packs.ts';
import { plan } from './plan.ts';
import { servers } from './servers.ts';
import { settings } from './settings.ts';
import { system } from './system.ts';

/** Answered by the services' process. */
export const servicesContract = {
  assistant,
  detection,
  plan,
  conversations,
  packs,
  servers,
  keys,
  settings,
  system,
};

/** Answered by the host of the window. */
export const windowContract = { window };

/** All that a page can call. */
export const pageContract = { ...servicesContract, ...windowContract };

/** What the services' process calls in its host. */
export const hostContract = { host };

export type Services = Implementation<typeof servicesContract>;
export type WindowServices = Implementation<typeof windowContract>;
export type HostServices = Implementation<typeof hostContract>;
