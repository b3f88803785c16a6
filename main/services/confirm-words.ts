/** What the host asks outside the page, in the user's language. */
import type { Settings } from '../../app/contract/settings.ts';

export interface Asked {
  readonly question: string;
  readonly detail: string;
}

interface Words {
  readonly exportBackup: Asked;
  readonly replaceByBackup: Asked;
  readonly replaceLost: Asked;
  /** @param address as `parseServerAddress` spells it */
  contact(address: string): Asked;
  sendToken(name: string, address: string): Asked;
  acceptCertificate(name: string, pinned: string | null, shown: string): Asked;
}

const en: Words = {
  exportBackup: {
    question: 'Export the root key of this profile?',
    detail:
      'The file opens with its passphrase. Whoever has both can read your history and everything you send.',
  },
  replaceByBackup: {
    question: 'Replace the root key of this profile?',
    detail:
      'History and tokens that were encrypted under the root key of now cannot be read afterwards, unless there is a backup of it.',
  },
  replaceLost: {
    question: 'Give up the lost root key of this profile?',
    detail: 'What was encrypted under it cannot be read afterwards, unless there is a backup of it.',
  },
  contact: (address) => ({
    question: `Connect to ${address}?`,
    detail:
      'Sotto will look at the certificate of this server, and send it the token that is entered for it. Confirm only if you want to add this server.',
  }),
  sendToken: (name, address) => ({
    question: `Use another token for ${name}?`,
    detail: `It will be sent to ${address}. Confirm only if you have just entered it.`,
  }),
  acceptCertificate: (name, pinned, shown) => ({
    question: `Trust another certificate of ${name}?`,
    detail: `Until now: ${pinned ?? 'none'}\nFrom now on: ${shown}\nAsk whoever runs the server whether it has a new certificate. If not, somebody may be in between.`,
  }),
};

const de: Words = {
  exportBackup: {
    question: 'Den Hauptschlüssel dieses Profils exportieren?',
    detail:
      'Die Datei öffnet sich mit ihrer Passphrase. Wer beides hat, kann den Verlauf und alles Gesendete lesen.',
  },
  replaceByBackup: {
    question: 'Den Hauptschlüssel dieses Profils ersetzen?',
    detail:
      'Verlauf und Token, die unter dem jetzigen Schlüssel verschlüsselt sind, sind danach nicht mehr lesbar, außer es gibt eine Sicherung davon.',
  },
  replaceLost: {
    question: 'Den verlorenen Hauptschlüssel dieses Profils aufgeben?',
    detail:
      'Was darunter verschlüsselt wurde, ist danach nicht mehr lesbar, außer es gibt eine Sicherung davon.',
  },
  contact: (address) => ({
    question: `Mit ${address} verbinden?`,
    detail:
      'Sotto sieht sich das Zertifikat dieses Servers an und sendet ihm das Token, das für ihn eingegeben wird. Nur bestätigen, wenn dieser Server hinzugefügt werden soll.',
  }),
  sendToken: (name, address) => ({
    question: `Ein anderes Token für ${name} verwenden?`,
    detail: `Es wird an ${address} gesendet. Nur bestätigen, wenn es eben eingegeben wurde.`,
  }),
  acceptCertificate: (name, pinned, shown) => ({
    question: `Einem anderen Zertifikat von ${name} vertrauen?`,
    detail: `Bisher: ${pinned ?? 'keines'}\nVon jetzt an: ${shown}\nBitte beim Betreiber des Servers nachfragen, ob er ein neues Zertifikat hat. Wenn nicht, sitzt womöglich jemand dazwischen.`,
  }),
};

/** @param locale of the system, for `system`. */
export function confirmWords(
  language: Settings['appearance']['language'],
  locale: string = Intl.DateTimeFormat().resolvedOptions().locale,
): Words {
  const chosen = language === 'system' ? locale.split('-', 1)[0] : language;
  return chosen === 'de' ? de : en;
}
