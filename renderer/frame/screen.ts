import type { KeyState } from '../../app/contract/keys.ts';
import type { Connection } from '../bridge/reconnect.ts';
import type { Place } from '../state/address.ts';

/** What fills the centre. */
export type Screen = 'opening' | 'no-token' | 'first-run' | 'vault' | 'store' | 'settings' | 'conversation';

export interface Facts {
  readonly connection: Connection;
  /** Keys and settings are known. */
  readonly ready: boolean;
  readonly keys: KeyState | null;
  readonly welcomed: boolean;
  /** The settings are the user's own: the vault is open. */
  readonly stored: boolean;
  /** A vault was open in this window's profile before. */
  readonly usedBefore: boolean;
  /** What is stored cannot be opened. */
  readonly problem: boolean;
  readonly place: Place;
}

/**
 * Which screen it is. A vault that is closed hides what it holds; settings can be looked at all the same, since they
 * have the way to mend it.
 */
export function screenOf({
  connection,
  ready,
  keys,
  welcomed,
  stored,
  usedBefore,
  problem,
  place,
}: Facts): Screen {
  if (connection === 'refused') return 'no-token';
  if (!ready || keys === null) return 'opening';
  const fresh = keys.state === 'absent' && !keys.lost;
  const never = keys.state === 'unavailable' && !usedBefore;
  if (fresh || never) return 'first-run';
  if (place.screen === 'settings') return 'settings';
  if (keys.state !== 'found') return 'vault';
  if (problem) return 'store';
  // Between the vault's opening and its settings nothing is shown that the settings may contradict; the first run,
  // which has just made the key, goes on.
  if (!stored) return usedBefore ? 'opening' : 'first-run';
  return welcomed && place.screen !== 'welcome' ? 'conversation' : 'first-run';
}
