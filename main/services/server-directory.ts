import type { Id } from '../../app/contract/shapes.ts';
import type { ReachedServer } from './server-choice.ts';

/** A server that questions can go to, as far as it is known without contacting it. */
export interface KnownServer {
  /** `null` is the bundled one. */
  readonly id: Id | null;
  readonly name: string;
  /** `null` for the bundled one while it does not run. */
  readonly address: string | null;
  /** `sha256:HEX` of the pinned certificate. */
  readonly identity: string | null;
}

/** The servers of this profile. */
export interface ServerDirectory {
  /** @throws Failure with reason `not-found` */
  describe(id: Id | null): KnownServer | Promise<KnownServer>;
  /**
   * Connects with the pinned certificate and the stored token; starts the bundled server where it does not run.
   * @throws Failure `server`, `refused`, `cancelled`
   */
  reach(
    id: Id | null,
    options: { readonly packRoot: string; readonly signal: AbortSignal },
  ): Promise<ReachedServer>;
}
