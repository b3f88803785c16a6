export const firstRun = {
  step: 'Step {step} of 3',
  next: 'Continue',
  back: 'Back',

  promiseTitle: 'Tell it a secret',
  promises: 'What Sotto promises',
  promise1:
    'Words that you protect are encrypted on this machine. The server computes on them and cannot read them.',
  promise2: 'You see what would leave before anything does.',
  limits: 'What it does not',
  limit1: 'The server learns when you ask, how much is protected, how long the answer is, and which model.',
  limit2:
    'A dishonest server can spoil an answer. Where the model’s weights are on this machine, Sotto notices and discards it.',

  keyTitle: 'Your key',
  keyText: 'One key opens everything that Sotto stores. It is made on this machine and stays on it.',
  keyKeychain: 'It is kept in the keychain of this machine, and opens with your login.',
  keyNoKeychain: 'No keychain answers on this machine. The key can be protected by a passphrase instead.',
  keyMake: 'Make the key',
  keyMade: 'The key was made. It is in the keychain of this machine.',
  keyMadePassphrase: 'The key was made. It opens with your passphrase.',
  keyMadeMemory: 'The key is in memory only, and ends with Sotto.',
  backupTitle: 'Back it up',
  backupText:
    'If the keychain loses the key, only a backup opens your conversations again. It is a file with the key alone, under a passphrase of its own.',
  backupNow: 'Back up now',
  backupLater: 'Later',
  backupLaterHint: 'It is in the settings, under Keys.',
  backupDone: 'The backup is ready: {name}. Keep it where you will find it.',
  backupMake: 'Make the file',
  backupWaiting: 'Sotto asks once more outside this page.',

  tryTitle: 'Try it',
  tryText:
    'This prompt has made-up secrets. The underlined words leave encrypted, and so does what follows them. Change it as you like, then send.',
  /** As it stands in the prompt: marked as the user would. */
  tryName: 'Maria Keller',
  tryPrompt: 'Thank the ward in one sentence. I am Maria Keller, phone +49 30 23125 042.',
  server: 'Ask',
  serverBundledHint: 'It comes with Sotto and answers from here.',
  serverAdd: 'Add a server',
  asking: 'The question is on its way',
  skip: 'Skip',
} as const;
