/**
 * Stable names for what happened, where a face shows a state of its own or writes the sentence in the user's
 * language. A `Failure` without one is shown with its English message.
 */
export const failureReasons = [
  // The vault and the keychain.
  'keys-absent',
  'keys-lost',
  'keychain-locked',
  'keychain-unavailable',
  'passphrase-needed',
  'passphrase-wrong',
  'backup-unreadable',
  'not-confirmed',
  // Before sending.
  'prompt-empty',
  'prompt-too-long',
  'detector-failed',
  'plan-changed',
  'secret-unconfirmed',
  'answer-running',
  // The server.
  'server-unreachable',
  'server-lost',
  'token-refused',
  'certificate-changed',
  'server-lacks-pack',
  'server-busy',
  'server-keys-full',
  'address-invalid',
  'insecure-address',
  // Packs, the disk, this process.
  'pack-missing',
  'pack-damaged',
  'pack-refused',
  'pack-taken',
  'transfer-lost',
  'disk-full',
  'profile-in-use',
  'data-damaged',
  'data-foreign',
  'import-unreadable',
  'not-found',
  'engine-died',
  'bridge-lost',
  'unsupported-here',
  // The answer.
  'integrity-failed',
  'invalid-request',
] as const;

export type FailureReason = (typeof failureReasons)[number];
