import type { states as english } from '../en/states.ts';

export const states = {
  opening: 'Der Tresor auf diesem Gerät wird geöffnet',
  tryAgain: 'Erneut versuchen',
  keychainStays:
    'Gespräche, Einstellungen und Schlüssel liegen verschlüsselt auf diesem Gerät. Mit dem Schlüsselbund öffnen sie sich wieder.',
  stillLocked: 'Der Schlüsselbund ist noch gesperrt.',

  noKeychainInstead: 'Den Schlüssel stattdessen mit einer Passphrase schützen',
  noKeychainInsteadText:
    'Der Schlüssel liegt dann in einer Datei auf diesem Gerät, verschlüsselt mit einer eigenen Passphrase. Sotto fragt bei jedem Start danach. Niemand kann sie zurücksetzen: Ohne Passphrase und ohne Sicherung sind Gespräche und Einstellungen verloren.',
  noKeychainTick: 'Mir ist klar, dass sich eine vergessene Passphrase nicht zurücksetzen lässt.',
  usePassphrase: 'Passphrase verwenden',
  stillNoKeychain: 'Noch immer antwortet kein Schlüsselbund.',

  lostRestore: 'Den Schlüssel aus einer Sicherung wiederherstellen',
  lostRestoreText: 'Danach ist alles wieder lesbar.',
  lostAnew: 'Mit einem anderen Schlüssel neu anfangen',
  lostAnewText:
    'Alle Gespräche und Einstellungen dieses Profils und die Token seiner Server bleiben für immer unlesbar. Modelle bleiben.',
  lostAnewTick: 'Ich gebe auf, was mit dem verlorenen Schlüssel verschlüsselt war.',
  lostAnewAction: 'Neu anfangen',

  absentTitle: 'Auf diesem Gerät gibt es noch keinen Schlüssel',
  absentText: 'Ohne Schlüssel lässt sich nichts verschlüsseln. Er entsteht hier und bleibt hier.',
  makeKey: 'Schlüssel erzeugen',

  unlockTitle: 'Passphrase eingeben',
  unlockText: 'Gespräche und Einstellungen liegen damit verschlüsselt auf diesem Gerät. Nichts ist verloren.',
  unlockForgotten:
    'Vergessen? Eine Sicherung des Schlüssels öffnet sie wieder, mit der Passphrase der Sicherung.',
  chooseBackup: 'Datei der Sicherung wählen',
  chosenBackup: 'Sicherung: {name}',
  backupPassphrase: 'Passphrase der Sicherung',
  restore: 'Wiederherstellen',
  tooLarge: 'Diese Datei ist zu groß für eine Sicherung. Es wurde nichts geändert.',

  dataTitle: 'Einen neuen Verlauf beginnen',
  dataText:
    'Die unlesbare Datei bleibt unter anderem Namen neben der neuen liegen. Ihre Gespräche erscheinen nicht, bis sie wieder lesbar ist.',
  setAside: 'Datei beiseitelegen',
  setAsideDone: 'Die alte Datei liegt als {path} bereit.',

  serverWorks: 'Gespräche lassen sich solange lesen.',
  enterToken: 'Token eingeben',
  compare: 'Kennungen vergleichen',
  showServers: 'Server zeigen',

  packMissing: 'Das Modell {name} ist nicht auf diesem Gerät',
  packMissingText: 'Fragen brauchen es. Nichts ist verloren; Gespräche lassen sich solange lesen.',
  packDamaged: 'Die Dateien des Modells {name} sind beschädigt',
  packDamagedText: 'Ihre Prüfsummen stimmen nicht; das Modell wird nicht benutzt. Es wurde nichts gesendet.',
  packInstall: 'Von {server} installieren',
  packOther: 'Das Modell benutzen, das zu Sotto gehört',

  reconnecting: 'Verbindung zu Sotto auf diesem Gerät wird wiederhergestellt',
  reconnectingText:
    'Was hier geschrieben ist, bleibt. Was gespeichert war, ist unversehrt. Solange wird nichts gesendet.',
  reconnectNow: 'Jetzt verbinden',
  noTokenTitle: 'Sotto mit der vollständigen Adresse öffnen',
  noTokenText:
    'Dieser Seite fehlt das Token des Sotto, von dem sie stammt. So lässt sich nichts lesen und nichts senden. Das Terminal, in dem Sotto läuft, zeigt die vollständige Adresse; sie ist nach jedem Start eine andere.',
  restarted:
    'Der Kern von Sotto ist ausgefallen und wurde neu gestartet. Gespeicherte Gespräche und Schlüssel sind unversehrt; eine laufende Antwort wurde unterbrochen.',
} satisfies Record<keyof typeof english, string>;
