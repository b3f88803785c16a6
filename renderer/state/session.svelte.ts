/** How Sotto is: keys, settings, servers, the assistant, the host. Follows the contract's watch streams. */
import type { Client } from '../../app/contract/client.ts';
import type { pageContract } from '../../app/contract/contract.ts';
import type { WindowEvent } from '../../app/contract/host.ts';
import type { KeyState } from '../../app/contract/keys.ts';
import type { Server } from '../../app/contract/servers.ts';
import { defaultSettings, type Settings, type SettingsState } from '../../app/contract/settings.ts';
import { api, bridge } from '../bridge/api.ts';
import type { Connection } from '../bridge/reconnect.ts';
import { watch } from '../bridge/watch.ts';
import { appearanceName } from './appearance-name.ts';
import { failures } from './failures.svelte.ts';

type Api = Client<typeof pageContract>;
export type HostFacts = Awaited<ReturnType<Api['window']['about']>>;
export type AssistantStatus = Parameters<Parameters<Api['assistant']['status']>[1]['onItem']>[0];

class Session {
  #connection = $state<Connection>('connecting');
  #keys = $state.raw<KeyState | null>(null);
  #settings = $state.raw<Settings>(defaultSettings);
  #settingsStored = $state(false);
  #shortcutTaken = $state(false);
  #startAtLoginFailed = $state(false);
  #settingsKnown = $state(false);
  #servers = $state.raw<readonly Server[]>([]);
  #assistant = $state.raw<AssistantStatus | null>(null);
  #host = $state.raw<HostFacts | null>(null);
  #restarts = $state(0);
  /** Derived, so that effects follow the vault's opening and closing alone, not all news of its keys. */
  readonly #open = $derived(this.#keys?.state === 'found');
  readonly #listeners = new Set<(event: WindowEvent) => void>();
  #stops: (() => void)[] = [];

  /** The page's line to the rest of Sotto on this machine. */
  get connection(): Connection {
    return this.#connection;
  }

  /** `null` until it is known. */
  get keys(): KeyState | null {
    return this.#keys;
  }

  /** The defaults while the vault is closed. */
  get settings(): Settings {
    return this.#settings;
  }

  /** False while the vault is closed: then nothing can be changed. */
  get settingsStored(): boolean {
    return this.#settingsStored;
  }

  /** Another program has the quick prompt's shortcut. */
  get shortcutTaken(): boolean {
    return this.#shortcutTaken;
  }

  /** The system did not let the start at login be set as chosen. */
  get startAtLoginFailed(): boolean {
    return this.#startAtLoginFailed;
  }

  get servers(): readonly Server[] {
    return this.#servers;
  }

  get assistant(): AssistantStatus | null {
    return this.#assistant;
  }

  /** `null` until it is known. */
  get host(): HostFacts | null {
    return this.#host;
  }

  /** Enough is known to show a screen. */
  get ready(): boolean {
    return this.#keys !== null && this.#settingsKnown;
  }

  /** The vault is open. */
  get open(): boolean {
    return this.#open;
  }

  /** A vault was open here before, as far as this window remembers. */
  get usedBefore(): boolean {
    return localStorage.getItem(appearanceName) !== null;
  }

  /** How often the process behind the services was started again since this page is. */
  get restarts(): number {
    return this.#restarts;
  }

  start(): void {
    if (this.#stops.length > 0) return;
    this.#stops = [
      bridge.onChange((state) => {
        this.#connection = state;
        if (state === 'open') void this.#askHost();
      }),
      watch(api.keys.watch, (state) => (this.#keys = state)),
      watch(api.settings.watch, (state) => {
        this.#takeSettings(state);
        this.#settingsKnown = true;
      }),
      watch(api.servers.watch, ({ servers }) => (this.#servers = servers)),
      watch(api.assistant.status, (status) => (this.#assistant = status)),
      watch(api.window.events, (event) => this.#happened(event)),
    ];
  }

  stop(): void {
    for (const stop of this.#stops.splice(0)) stop();
  }

  /** What happens to the application: links, menu commands, the quick prompt. */
  onEvent(listener: (event: WindowEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Replaces whole groups of the settings. What fails is shown; resolves with whether it was stored. */
  async change(patch: Partial<Settings>): Promise<boolean> {
    try {
      this.#takeSettings(await api.settings.set(patch));
      return true;
    } catch (error) {
      failures.show(error);
      return false;
    }
  }

  #takeSettings({ settings, stored, shortcutTaken, startAtLoginFailed }: SettingsState): void {
    this.#shortcutTaken = shortcutTaken ?? false;
    this.#startAtLoginFailed = startAtLoginFailed ?? false;
    this.#settings = settings;
    this.#settingsStored = stored;
  }

  async #askHost(): Promise<void> {
    try {
      this.#host = await api.window.about({});
    } catch {
      // The connection went again; the next one asks.
    }
  }

  #happened(event: WindowEvent): void {
    if (event.type === 'restarted') this.#restarts += 1;
    for (const listener of this.#listeners) listener(event);
  }
}

export const session = new Session();
