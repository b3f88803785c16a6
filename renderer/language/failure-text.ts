/** A failure in the user's language: what happened, what was not lost, what to do, and the button that does it. */
import type { Failure } from '../../app/failure/failure.ts';
import type { FailureReason } from '../../app/failure/reasons.ts';
import { isKey, t, type Key } from './t.svelte.ts';

/** What a button can do about a failure. `state/mend.ts` does it. */
export type Mending =
  | 'try-again'
  | 'ask-keychain'
  | 'open-vault'
  | 'show-keys'
  | 'show-servers'
  | 'show-packs'
  | 'show-detection'
  | 'reload';

export interface FailureText {
  readonly title: string;
  /** What happened and what was not lost. */
  readonly sentence: string;
  readonly next: string | null;
  readonly action: { readonly mending: Mending; readonly label: string } | null;
  /** What main said, in English, where it says more than the sentence. */
  readonly detail: string | null;
}

const mendings: Readonly<Record<FailureReason, Mending | null>> = {
  'keys-absent': 'open-vault',
  'keys-lost': 'open-vault',
  'keychain-locked': 'ask-keychain',
  'keychain-unavailable': 'open-vault',
  'passphrase-needed': 'open-vault',
  'passphrase-wrong': null,
  'backup-unreadable': null,
  'not-confirmed': null,
  'prompt-empty': null,
  'prompt-too-long': null,
  'detector-failed': 'show-detection',
  'plan-changed': null,
  'secret-unconfirmed': null,
  'answer-running': null,
  'server-unreachable': 'try-again',
  'server-lost': 'try-again',
  'token-refused': 'show-servers',
  'certificate-changed': 'show-servers',
  'server-lacks-pack': 'show-packs',
  'server-busy': 'try-again',
  'server-keys-full': 'try-again',
  'address-invalid': null,
  'insecure-address': null,
  'pack-missing': 'show-packs',
  'pack-damaged': 'show-packs',
  'pack-refused': null,
  'pack-taken': 'show-packs',
  'transfer-lost': 'try-again',
  'disk-full': 'try-again',
  'profile-in-use': 'try-again',
  'data-damaged': 'show-keys',
  'data-foreign': 'show-keys',
  'import-unreadable': null,
  'not-found': null,
  'engine-died': 'try-again',
  'bridge-lost': 'reload',
  'unsupported-here': null,
  'integrity-failed': 'try-again',
  'invalid-request': null,
};

/** Nothing that main says of these is more than the sentence. */
const saidInFull: ReadonlySet<FailureReason> = new Set<FailureReason>([
  'import-unreadable',
  'address-invalid',
  'insecure-address',
]);

export function failureText(failure: Failure): FailureText {
  const { reason } = failure;
  if (reason === undefined) {
    return {
      title: t(`failures.code-${failure.code}`),
      sentence: failure.message,
      next: failure.next ?? null,
      action: null,
      detail: null,
    };
  }
  const mending = mendings[reason];
  return {
    title: t(`failures.${reason}`),
    sentence: t(`failures.${reason}-what`),
    next: t(`failures.${reason}-next`),
    action: mending === null ? null : { mending, label: labelOf(mending) },
    detail: saidInFull.has(reason) ? null : failure.message,
  };
}

function labelOf(mending: Mending): string {
  const key: Key = `failures.mend-${mending}`;
  return isKey(key) ? t(key) : mending;
}
