export const states = {
  opening: 'Opening the vault on this machine',
  tryAgain: 'Try again',
  keychainStays:
    'Conversations, settings and keys are on this machine, encrypted. They open again with the keychain.',
  stillLocked: 'The keychain is still locked.',

  noKeychainInstead: 'Protect the key with a passphrase instead',
  noKeychainInsteadText:
    'The key is then kept in a file on this machine, encrypted under a passphrase of yours. Sotto asks for it at each start. Nobody can reset it: without the passphrase and without a backup, conversations and settings are lost.',
  noKeychainTick: 'I understand that a forgotten passphrase cannot be reset.',
  usePassphrase: 'Use a passphrase',
  stillNoKeychain: 'Still no keychain answers.',

  lostRestore: 'Restore the key from a backup',
  lostRestoreText: 'Then everything is readable again.',
  lostAnew: 'Start anew with another key',
  lostAnewText:
    'All conversations and settings of this profile, and the tokens of its servers, stay unreadable for ever. Models stay.',
  lostAnewTick: 'I give up what was encrypted under the lost key.',
  lostAnewAction: 'Start anew',

  absentTitle: 'No key on this machine yet',
  absentText: 'Without a key nothing can be encrypted. It is made here and stays here.',
  makeKey: 'Make a key',

  unlockTitle: 'Enter the passphrase',
  unlockText: 'Conversations and settings are on this machine, encrypted under it. Nothing was lost.',
  unlockForgotten: 'Forgotten? A backup of the key opens them again, with the backup’s own passphrase.',
  chooseBackup: 'Choose the backup file',
  chosenBackup: 'Backup: {name}',
  backupPassphrase: 'Passphrase of the backup',
  restore: 'Restore',
  tooLarge: 'That file is too large for a backup. Nothing was changed.',

  dataTitle: 'Begin a new history',
  dataText:
    'The file that cannot be read is kept beside the new one under another name. Its conversations do not show until it can be read again.',
  setAside: 'Set the file aside',
  setAsideDone: 'The old file is kept as {path}.',

  serverWorks: 'Conversations can be read meanwhile.',
  enterToken: 'Enter a token',
  compare: 'Compare the identities',
  showServers: 'Show servers',

  packMissing: 'The model {name} is not on this machine',
  packMissingText: 'Questions need it. Nothing was lost; conversations can be read meanwhile.',
  packDamaged: 'The files of the model {name} are damaged',
  packDamagedText: 'They do not match their hashes, so the model is not used. Nothing was sent.',
  packInstall: 'Install it from {server}',
  packOther: 'Use the model that comes with Sotto',

  reconnecting: 'Reconnecting to Sotto on this machine',
  reconnectingText: 'What is written here stays. What was stored is unharmed. Nothing is sent meanwhile.',
  reconnectNow: 'Reconnect now',
  noTokenTitle: 'Open Sotto with its full address',
  noTokenText:
    'This page came without the token of the Sotto that serves it, so nothing can be read or sent. The terminal that runs Sotto shows the full address; it is another one after each start.',
  restarted:
    'Sotto’s engine ended and was started again. Stored conversations and keys are unharmed; an answer in progress was interrupted.',
} as const;
