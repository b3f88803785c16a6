import type { firstRun as english } from '../en/first-run.ts';

export const firstRun = {
  step: 'Schritt {step} von 3',
  next: 'Weiter',
  back: 'Zurück',

  promiseTitle: 'Ein Geheimnis anvertrauen',
  promises: 'Was Sotto verspricht',
  promise1:
    'Geschützte Wörter werden auf diesem Gerät verschlüsselt. Der Server rechnet damit und kann sie nicht lesen.',
  promise2: 'Was das Gerät verlassen würde, ist vorher zu sehen.',
  limits: 'Was es nicht verspricht',
  limit1:
    'Der Server erfährt, wann gefragt wird, wie viel geschützt ist, wie lang die Antwort ist, und welches Modell.',
  limit2:
    'Ein unehrlicher Server kann eine Antwort verderben. Wo die Gewichte des Modells auf diesem Gerät liegen, merkt Sotto es und verwirft sie.',

  keyTitle: 'Der Schlüssel',
  keyText: 'Ein Schlüssel öffnet alles, was Sotto speichert. Er entsteht auf diesem Gerät und bleibt darauf.',
  keyKeychain: 'Er liegt im Schlüsselbund dieses Geräts und öffnet sich mit der Anmeldung.',
  keyNoKeychain:
    'Auf diesem Gerät antwortet kein Schlüsselbund. Der Schlüssel lässt sich stattdessen mit einer Passphrase schützen.',
  keyMake: 'Schlüssel erzeugen',
  keyMade: 'Der Schlüssel ist erzeugt. Er liegt im Schlüsselbund dieses Geräts.',
  keyMadePassphrase: 'Der Schlüssel ist erzeugt. Er öffnet sich mit der Passphrase.',
  keyMadeMemory: 'Der Schlüssel liegt nur im Arbeitsspeicher und endet mit Sotto.',
  backupTitle: 'Sicherung',
  backupText:
    'Verliert der Schlüsselbund den Schlüssel, öffnet nur eine Sicherung die Gespräche wieder. Sie ist eine Datei mit dem Schlüssel allein, unter eigener Passphrase.',
  backupNow: 'Jetzt sichern',
  backupLater: 'Später',
  backupLaterHint: 'Zu finden in den Einstellungen unter „Schlüssel“.',
  backupDone: 'Die Sicherung ist fertig: {name}. Am besten dort aufbewahren, wo sie sich wiederfindet.',
  backupMake: 'Datei erzeugen',
  backupWaiting: 'Sotto fragt außerhalb dieser Seite noch einmal nach.',

  tryTitle: 'Ausprobieren',
  tryText:
    'Dieser Text enthält erfundene Geheimnisse. Die unterstrichenen Wörter verlassen das Gerät verschlüsselt, und was auf sie folgt ebenso. Nach Belieben ändern, dann senden.',
  tryName: 'Maria Keller',
  tryPrompt: 'Bedanke dich in einem Satz bei der Station. Ich bin Maria Keller, Telefon +49 30 23125 042.',
  server: 'Gefragt wird',
  serverBundledHint: 'Er gehört zu Sotto und antwortet von hier.',
  serverAdd: 'Server hinzufügen',
  asking: 'Die Frage ist unterwegs',
  skip: 'Überspringen',
} satisfies Record<keyof typeof english, string>;
