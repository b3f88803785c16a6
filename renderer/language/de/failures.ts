import type { failures as english } from '../en/failures.ts';

export const failures = {
  'code-usage': 'Das ist so nicht möglich',
  'code-refused': 'Es wurde nichts gesendet',
  'code-server': 'Fehler beim Server',
  'code-pack': 'Fehler auf diesem Gerät',
  'code-integrity': 'Die Antwort wurde verworfen',
  'code-cancelled': 'Angehalten',

  'mend-try-again': 'Erneut versuchen',
  'mend-ask-keychain': 'Erneut versuchen',
  'mend-open-vault': 'Tresor öffnen',
  'mend-show-keys': 'Schlüssel zeigen',
  'mend-show-servers': 'Server zeigen',
  'mend-show-packs': 'Modelle zeigen',
  'mend-show-detection': 'Erkennung zeigen',
  'mend-reload': 'Neu verbinden',

  'keys-absent': 'Auf diesem Gerät gibt es noch keinen Schlüssel',
  'keys-absent-what': 'Ohne Schlüssel lässt sich nichts verschlüsseln. Deshalb wurde nichts gesendet.',
  'keys-absent-next': 'Einen Schlüssel erzeugen oder aus einer Sicherung wiederherstellen.',

  'keys-lost': 'Der Schlüssel dieses Profils ist verschwunden',
  'keys-lost-what':
    'Der Schlüsselbund enthält den Schlüssel nicht mehr, mit dem Gespräche und Einstellungen verschlüsselt sind. Sie liegen noch auf diesem Gerät, sind aber nicht lesbar. Es wurde nichts gesendet.',
  'keys-lost-next': 'Den Schlüssel aus einer Sicherung wiederherstellen oder neu anfangen.',

  'keychain-locked': 'Der Schlüsselbund ist gesperrt',
  'keychain-locked-what': 'Es wurde nichts gesendet, und nichts ist verloren.',
  'keychain-locked-next': 'Den Schlüsselbund entsperren und „Erneut versuchen“ drücken.',

  'keychain-unavailable': 'Kein Schlüsselbund erreichbar',
  'keychain-unavailable-what':
    'Sotto bewahrt seinen Schlüssel im Schlüsselbund dieses Geräts auf, und keiner hat geantwortet. Es wurde nichts gesendet, und nichts ist verloren.',
  'keychain-unavailable-next':
    'Den Dienst für den Schlüsselbund starten oder den Schlüssel stattdessen mit einer Passphrase schützen.',

  'passphrase-needed': 'Die Passphrase wird gebraucht',
  'passphrase-needed-what':
    'Der Schlüssel dieses Profils ist mit einer Passphrase gesperrt. Es wurde nichts gesendet.',
  'passphrase-needed-next': 'Die Passphrase eingeben.',

  'passphrase-wrong': 'Das ist nicht die Passphrase',
  'passphrase-wrong-what': 'Der Tresor bleibt geschlossen. Es wurde nichts geändert.',
  'passphrase-wrong-next': 'Noch einmal eingeben. Großschreibung und Leerzeichen zählen.',

  'backup-unreadable': 'Die Sicherung lässt sich nicht lesen',
  'backup-unreadable-what':
    'Die Datei ist keine Sicherung von Sotto, sie ist beschädigt, oder die Passphrase ist eine andere. Es wurde nichts geändert.',
  'backup-unreadable-next': 'Datei und Passphrase prüfen und erneut versuchen.',

  'not-confirmed': 'Nicht bestätigt',
  'not-confirmed-what': 'Die Frage wurde abgelehnt oder nicht beantwortet. Es wurde nichts geändert.',
  'not-confirmed-next': 'Den Vorgang neu beginnen, falls er stattfinden soll.',

  'prompt-empty': 'Der Text ist leer',
  'prompt-empty-what': 'Es wurde nichts gesendet.',
  'prompt-empty-next': 'Zuerst etwas schreiben.',

  'prompt-too-long': 'Der Text ist zu lang für dieses Modell',
  'prompt-too-long-what':
    'Das Modell kann so viel nicht auf einmal lesen. Es wurde nichts gesendet, und der Text ist unverändert.',
  'prompt-too-long-next': 'Den Text kürzen oder ein Modell wählen, das mehr liest.',

  'detector-failed': 'Die Suche nach vertraulichen Wörtern ist fehlgeschlagen',
  'detector-failed-what': 'Ohne sie weiß Sotto nicht, was zu schützen ist. Deshalb wurde nichts gesendet.',
  'detector-failed-next': 'Erneut versuchen. Hilft das nicht, die Einstellungen der Erkennung prüfen.',

  'plan-changed': 'Was gesendet würde, hat sich geändert',
  'plan-changed-what':
    'Einstellungen, Server oder Text haben sich nach der Vorschau geändert. Es wurde nichts gesendet.',
  'plan-changed-next': 'Die Vorschau noch einmal ansehen und senden.',

  'secret-unconfirmed': 'Ein echtes Geheimnis sollte die Markierung verlieren',
  'secret-unconfirmed-what':
    'Seine Prüfsumme zeigt, dass es echt ist. Es bleibt markiert, und es wurde nichts gesendet.',
  'secret-unconfirmed-next': 'Die Markierung erneut entfernen und bestätigen, falls es lesbar sein darf.',

  'answer-running': 'Es wird schon eine Antwort geschrieben',
  'answer-running-what': 'Ein Gespräch nimmt eine Frage nach der anderen an. Es wurde nichts gesendet.',
  'answer-running-next': 'Das Ende abwarten oder die Antwort anhalten.',

  'server-unreachable': 'Der Server antwortet nicht',
  'server-unreachable-what': 'Es wurde nichts gesendet, und nichts ging verloren.',
  'server-unreachable-next': 'Netz und Server prüfen und erneut versuchen.',

  'server-lost': 'Der Server ist mitten in der Antwort ausgefallen',
  'server-lost-what':
    'Was schon geschrieben war, bleibt und ist als unterbrochen gekennzeichnet. Der Server hat nur Chiffrate gesehen.',
  'server-lost-next': 'Noch einmal fragen, sobald der Server wieder da ist.',

  'token-refused': 'Der Server weist das Token zurück',
  'token-refused-what': 'Vom Text wurde nichts gesendet.',
  'token-refused-next': 'Das Token eingeben, das vom Betreiber des Servers stammt.',

  'certificate-changed': 'Der Server zeigt ein anderes Zertifikat',
  'certificate-changed-what':
    'Es ist nicht das gemerkte. Vielleicht wurde es erneuert, vielleicht steht jemand dazwischen. Es wurde nichts gesendet.',
  'certificate-changed-next':
    'Beide Kennungen mit dem Betreiber des Servers vergleichen, bevor die neue angenommen wird.',

  'server-lacks-pack': 'Der Server hat dieses Modell nicht',
  'server-lacks-pack-what': 'Es wurde nichts gesendet.',
  'server-lacks-pack-next': 'Ein anderes Modell oder einen anderen Server wählen.',

  'server-busy': 'Der Server ist ausgelastet',
  'server-busy-what': 'Er hat keine weitere Arbeit angenommen. Nichts ist verloren.',
  'server-busy-next': 'Gleich noch einmal versuchen. Bleibt es so, dem Betreiber des Servers sagen.',

  'server-keys-full': 'Der Server hat keinen Platz für weitere Schlüssel',
  'server-keys-full-what':
    'Andere Geräte dieses Kontos haben dort so viele, wie er für ein Konto aufbewahrt. Vom Text wurde nichts gesendet.',
  'server-keys-full-next':
    'In Sotto auf einem anderen Gerät „Neue Sitzungsschlüssel“ wählen, oder den Betreiber des Servers um mehr Platz bitten.',

  'address-invalid': 'Das ist keine Adresse eines Servers',
  'address-invalid-what': 'Es wurde keine Verbindung aufgebaut.',
  'address-invalid-next': 'So schreiben: https://models.example:8443.',

  'insecure-address': 'Diese Adresse ist nicht verschlüsselt',
  'insecure-address-what':
    'Ohne TLS sieht jeder auf dem Weg, wann und wie viel gefragt wird. So verbindet sich Sotto nur mit diesem Gerät. Es wurde keine Verbindung aufgebaut.',
  'insecure-address-next': 'Eine Adresse verwenden, die mit https:// beginnt.',

  'pack-missing': 'Das Modell ist nicht auf diesem Gerät',
  'pack-missing-what': 'Es wurde nichts gesendet. Die Gespräche sind unberührt.',
  'pack-missing-next': 'Das Modell installieren oder ein anderes wählen.',

  'pack-damaged': 'Die Dateien des Modells sind beschädigt',
  'pack-damaged-what':
    'Ihre Prüfsummen stimmen nicht; das Modell wurde nicht benutzt. Es wurde nichts gesendet.',
  'pack-damaged-next': 'Das Modell entfernen und neu installieren, oder ein anderes wählen.',

  'pack-refused': 'Das Modell wurde nicht installiert',
  'pack-refused-what':
    'Seine Dateien sind beschädigt: Ihre Prüfsummen stimmen nicht. Auf diesem Gerät wurde nichts geändert.',
  'pack-refused-next': 'Die Dateien dort neu holen, wo sie herkamen, und erneut versuchen.',

  'pack-taken': 'Ein Modell dieses Namens ist schon installiert',
  'pack-taken-what': 'Es wurde nicht verändert.',
  'pack-taken-next': 'Es zuerst entfernen, falls dieses an seine Stelle soll.',

  'transfer-lost': 'Die Übertragung ist abgebrochen',
  'transfer-lost-what': 'Der Server ist ausgefallen. Was ankam, bleibt.',
  'transfer-lost-next': 'Fortsetzen, sobald er wieder da ist.',

  'disk-full': 'Der Datenträger ist voll',
  'disk-full-what':
    'Die letzte Änderung konnte nicht gespeichert werden. Was vorher gespeichert war, ist unversehrt.',
  'disk-full-next': 'Platz schaffen und erneut versuchen.',

  'profile-in-use': 'Sotto ist bereits geöffnet',
  'profile-in-use-what':
    'Ein anderes Sotto benutzt dieses Profil. Damit seine Daten heil bleiben, darf es nur eines zur selben Zeit.',
  'profile-in-use-next': 'Zum anderen Fenster wechseln, oder es schließen und erneut versuchen.',

  'data-damaged': 'Gespeicherte Daten lassen sich nicht lesen',
  'data-damaged-what':
    'Etwas in diesem Profil ist beschädigt oder mit einem anderen Schlüssel verschlüsselt. Es blieb, wie es ist. Es wurde nichts gesendet.',
  'data-damaged-next': 'Den Schlüssel aus einer Sicherung wiederherstellen, falls er gewechselt wurde.',

  'data-foreign': 'Dieses Profil gehört zu einem anderen Schlüssel',
  'data-foreign-what':
    'Die gespeicherten Gespräche und Einstellungen wurden mit einem anderen Schlüssel verschlüsselt als dem jetzigen. Sie blieben, wie sie sind. Es wurde nichts gesendet.',
  'data-foreign-next': 'Den zugehörigen Schlüssel aus einer Sicherung wiederherstellen.',

  'import-unreadable': 'Diese Datei lässt sich nicht importieren',
  'import-unreadable-what':
    'Sie ist weder die conversations.json eines ChatGPT-Exports noch ein Export von Sotto. Es wurde nichts importiert.',
  'import-unreadable-next': 'Die conversations.json aus dem entpackten Export wählen.',

  'not-found': 'Das gibt es nicht mehr',
  'not-found-what': 'Es wurde gelöscht, vielleicht in einem anderen Fenster. Sonst hat sich nichts geändert.',
  'not-found-next': 'Mit etwas anderem weitermachen.',

  'engine-died': 'Der Kern von Sotto ist ausgefallen und wurde neu gestartet',
  'engine-died-what':
    'Eine laufende Antwort wurde unterbrochen. Gespeicherte Gespräche und Schlüssel sind unversehrt. Es wurde nichts weiter gesendet.',
  'engine-died-next': 'Erneut versuchen.',

  'bridge-lost': 'Dieses Fenster hat die Verbindung zu Sotto verloren',
  'bridge-lost-what': 'Sotto auf diesem Gerät antwortet nicht. Was gespeichert war, ist unversehrt.',
  'bridge-lost-next': 'Die Verbindung kommt von selbst zurück. Wenn nicht, Sotto neu starten.',

  'unsupported-here': 'Das geht hier nicht',
  'unsupported-here-what': 'Dieses Gerät oder dieses Fenster bietet es nicht an. Es wurde nichts geändert.',
  'unsupported-here-next': 'Dafür die Desktop-Anwendung benutzen.',

  'integrity-failed': 'Die Antwort hat die Prüfung nicht bestanden und wurde verworfen',
  'integrity-failed-what':
    'Der Server hat ein falsches Produkt geliefert, aus Versehen oder mit Absicht. Der Text wurde verworfen und der Sitzungsschlüssel aufgegeben. Über die Wörter hat der Server nichts erfahren.',
  'integrity-failed-next': 'Noch einmal fragen. Geschieht es wieder, einen anderen Server benutzen.',

  'invalid-request': 'Dieses Fenster hat etwas verlangt, das es nicht gibt',
  'invalid-request-what': 'Es wurde nichts geändert.',
  'invalid-request-next': 'Sotto neu starten. Geschieht es wieder, bitte melden.',
} satisfies Record<keyof typeof english, string>;
