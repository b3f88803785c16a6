import type { quick as english } from '../en/quick.ts';

export const quick = {
  title: 'Schnelle Frage',
  placeholder: 'Leise fragen',
  close: 'Ausblenden',
  paste: 'Aus der Zwischenablage einfügen',
  continue: 'Im Hauptfenster weitermachen',
  again: 'Etwas anderes fragen',
  closed: 'Der Tresor ist geschlossen. Bis er offen ist, lässt sich nichts fragen.',
  openMain: 'Hauptfenster öffnen',
  answer: 'Antwort',
} satisfies Record<keyof typeof english, string>;
