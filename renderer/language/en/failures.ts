/** Of each reason: its title, what happened and what was not lost, what to do. */
export const failures = {
  'code-usage': 'That request cannot be done',
  'code-refused': 'Nothing was sent',
  'code-server': 'The server failed',
  'code-pack': 'Something on this machine failed',
  'code-integrity': 'The answer was discarded',
  'code-cancelled': 'Stopped',

  'mend-try-again': 'Try again',
  'mend-ask-keychain': 'Try again',
  'mend-open-vault': 'Open the vault',
  'mend-show-keys': 'Show keys',
  'mend-show-servers': 'Show servers',
  'mend-show-packs': 'Show models',
  'mend-show-detection': 'Show detection',
  'mend-reload': 'Reconnect',

  'keys-absent': 'No key on this machine yet',
  'keys-absent-what': 'Without a key nothing can be encrypted, so nothing was sent.',
  'keys-absent-next': 'Make a key, or restore one from a backup.',

  'keys-lost': 'The key of this profile is gone',
  'keys-lost-what':
    'The keychain no longer has the key under which conversations and settings are encrypted. They are still on this machine, unreadable. Nothing was sent.',
  'keys-lost-next': 'Restore the key from a backup, or start anew.',

  'keychain-locked': 'The keychain is locked',
  'keychain-locked-what': 'Nothing was sent, and nothing was lost.',
  'keychain-locked-next': 'Unlock the keychain and press Try again.',

  'keychain-unavailable': 'No keychain answers',
  'keychain-unavailable-what':
    'Sotto keeps its key in the keychain of this machine, and none answered. Nothing was sent, and nothing was lost.',
  'keychain-unavailable-next': 'Start the keychain service, or protect the key with a passphrase instead.',

  'passphrase-needed': 'The passphrase is needed',
  'passphrase-needed-what': 'The key of this profile is locked with a passphrase. Nothing was sent.',
  'passphrase-needed-next': 'Enter the passphrase.',

  'passphrase-wrong': 'That is not the passphrase',
  'passphrase-wrong-what': 'The vault stays closed. Nothing was changed.',
  'passphrase-wrong-next': 'Enter it again. Capital letters and spaces count.',

  'backup-unreadable': 'The backup cannot be read',
  'backup-unreadable-what':
    'The file is no backup of Sotto, it is damaged, or the passphrase is another one. Nothing was changed.',
  'backup-unreadable-next': 'Check the file and the passphrase, and try again.',

  'not-confirmed': 'Not confirmed',
  'not-confirmed-what': 'The question was declined or not answered. Nothing was changed.',
  'not-confirmed-next': 'Start again where this should happen.',

  'prompt-empty': 'There is no prompt',
  'prompt-empty-what': 'Nothing was sent.',
  'prompt-empty-next': 'Write something first.',

  'prompt-too-long': 'The prompt is too long for this model',
  'prompt-too-long-what':
    'The model cannot read that much at once. Nothing was sent, and the text is unchanged.',
  'prompt-too-long-next': 'Shorten it, or choose a model that reads more.',

  'detector-failed': 'Sensitive words could not be looked for',
  'detector-failed-what': 'Without that Sotto cannot tell what to protect, so nothing was sent.',
  'detector-failed-next': 'Try again. If it stays so, look at the detection settings.',

  'plan-changed': 'What would be sent has changed',
  'plan-changed-what': 'Settings, server or text changed after the preview was made. Nothing was sent.',
  'plan-changed-next': 'Look at the preview again and send.',

  'secret-unconfirmed': 'A proven secret was about to be unmarked',
  'secret-unconfirmed-what': 'Its checksum shows that it is real. It stays marked, and nothing was sent.',
  'secret-unconfirmed-next': 'Unmark it again and confirm, if it may be read.',

  'answer-running': 'An answer is being written already',
  'answer-running-what': 'One conversation takes one question at a time. Nothing was sent.',
  'answer-running-next': 'Wait for its end, or stop it.',

  'server-unreachable': 'The server does not answer',
  'server-unreachable-what': 'Nothing was sent, and nothing was lost.',
  'server-unreachable-next': 'Check the network and the server, and try again.',

  'server-lost': 'The server went away in mid-answer',
  'server-lost-what': 'What had been written stays, marked as interrupted. The server saw ciphertexts only.',
  'server-lost-next': 'Ask again when the server is back.',

  'token-refused': 'The server refuses the token',
  'token-refused-what': 'No part of the prompt was sent.',
  'token-refused-next': 'Enter the token that the server’s operator gave you.',

  'certificate-changed': 'The server shows another certificate',
  'certificate-changed-what':
    'It is not the one that was pinned. It may be renewed, or someone stands between. Nothing was sent.',
  'certificate-changed-next':
    'Compare both identities with the server’s operator before you accept the new one.',

  'server-lacks-pack': 'The server does not have this model',
  'server-lacks-pack-what': 'Nothing was sent.',
  'server-lacks-pack-next': 'Choose another model or another server.',

  'server-busy': 'The server is busy',
  'server-busy-what': 'It took no more work. Nothing was lost.',
  'server-busy-next': 'Try again in a moment. If it stays, tell the server’s operator.',

  'server-keys-full': 'The server has no room for more keys',
  'server-keys-full-what':
    'Other machines of this account have as many there as it keeps for one account. No part of the prompt was sent.',
  'server-keys-full-next':
    'Choose “New session keys” in Sotto on another machine, or ask the server’s operator for more room.',

  'address-invalid': 'That is no address of a server',
  'address-invalid-what': 'Nothing was contacted.',
  'address-invalid-next': 'Write it like https://models.example:8443.',

  'insecure-address': 'That address is not encrypted',
  'insecure-address-what':
    'Without TLS anyone on the way sees when and how much is asked. Sotto connects so only to this machine. Nothing was contacted.',
  'insecure-address-next': 'Use an address that begins with https://.',

  'pack-missing': 'The model is not on this machine',
  'pack-missing-what': 'Nothing was sent. Conversations are untouched.',
  'pack-missing-next': 'Install the model, or choose another one.',

  'pack-damaged': 'The model’s files are damaged',
  'pack-damaged-what': 'Their hashes do not match, so the model was not used. Nothing was sent.',
  'pack-damaged-next': 'Remove it and install it again, or choose another model.',

  'pack-refused': 'The model was not installed',
  'pack-refused-what':
    'Its files are damaged: their hashes do not match. Nothing on this machine was changed.',
  'pack-refused-next': 'Get the files anew from where they came, and try again.',

  'pack-taken': 'A model of that name is installed already',
  'pack-taken-what': 'It was left as it is.',
  'pack-taken-next': 'Remove it first, if this one should take its place.',

  'transfer-lost': 'The transfer broke off',
  'transfer-lost-what': 'The server went away. What arrived is kept.',
  'transfer-lost-next': 'Go on when it is back.',

  'disk-full': 'The disk is full',
  'disk-full-what': 'The last change could not be stored. What was stored before is unharmed.',
  'disk-full-next': 'Free some space and try again.',

  'profile-in-use': 'Sotto is already open',
  'profile-in-use-what': 'Another Sotto uses this profile. To keep its data whole, only one may at a time.',
  'profile-in-use-next': 'Go to the other window, or close it and try again.',

  'data-damaged': 'Stored data cannot be read',
  'data-damaged-what':
    'Something in this profile is damaged or under another key. It was left as it is. Nothing was sent.',
  'data-damaged-next': 'Restore the key from a backup, if the key was changed.',

  'data-foreign': 'This profile is under another key',
  'data-foreign-what':
    'The stored conversations and settings were encrypted under another key than the one in use. They were left as they are. Nothing was sent.',
  'data-foreign-next': 'Restore the key that they belong to from a backup.',

  'import-unreadable': 'That file cannot be imported',
  'import-unreadable-what':
    'It is neither the conversations.json of a ChatGPT export nor an export of Sotto. Nothing was imported.',
  'import-unreadable-next': 'Choose the conversations.json from the unpacked export.',

  'not-found': 'It is no longer there',
  'not-found-what': 'It was deleted, perhaps in another window. Nothing else was changed.',
  'not-found-next': 'Go on with another one.',

  'engine-died': 'Sotto’s engine ended and was started again',
  'engine-died-what':
    'An answer in progress was interrupted. Stored conversations and keys are unharmed. Nothing more was sent.',
  'engine-died-next': 'Try again.',

  'bridge-lost': 'This window lost its connection to Sotto',
  'bridge-lost-what': 'Sotto on this machine does not answer. What was stored is unharmed.',
  'bridge-lost-next': 'It reconnects by itself. If it stays so, start Sotto again.',

  'unsupported-here': 'That cannot be done here',
  'unsupported-here-what': 'This machine or this window does not offer it. Nothing was changed.',
  'unsupported-here-next': 'Use the desktop application for it.',

  'integrity-failed': 'The answer did not verify and was discarded',
  'integrity-failed-what':
    'The server returned a product that is not the right one, by fault or on purpose. The text was thrown away and the session key dropped. The server has learnt nothing of the words.',
  'integrity-failed-next': 'Ask again. If it happens twice, use another server.',

  'invalid-request': 'This window asked for something that does not exist',
  'invalid-request-what': 'Nothing was changed.',
  'invalid-request-next': 'Restart Sotto. If it happens again, report it.',
} as const;
