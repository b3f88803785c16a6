import type { history as english } from '../en/history.ts';

export const history = {
  search: 'Gespräche durchsuchen',
  clearSearch: 'Suche leeren',
  pinned: 'Angeheftet',
  today: 'Heute',
  yesterday: 'Gestern',
  week: 'Letzte sieben Tage',
  empty: 'Hier erscheinen die Gespräche. Sie liegen verschlüsselt auf diesem Gerät.',
  searchedIn: '{count, plural, =0 {Nichts gefunden} one {# Gespräch} other {# Gespräche}}',
  nothingFound: 'Kein Gespräch enthält „{query}“.',
  nothingFoundHint: 'Jedes Wort muss vorkommen, im Titel oder im Text. Weniger Wörter finden mehr.',
  moreAbout: 'Mehr zu „{title}“',
  allOf: 'Alle Gespräche',
  rename: 'Umbenennen',
  renameLabel: 'Titel',
  pin: 'Anheften',
  unpin: 'Nicht mehr anheften',
  exportJson: 'Als JSON exportieren',
  exportMarkdown: 'Als Markdown exportieren',
  exportAllJson: 'Alle als JSON exportieren',
  exportAllMarkdown: 'Alle als Markdown exportieren',
  exportHint: 'Die Datei ist nicht verschlüsselt.',
  exported: '„{name}“ liegt bei den Downloads. Die Datei ist nicht verschlüsselt.',
  import: 'Gespräche importieren',
  delete: 'Löschen',
  deleteAll: 'Alle löschen',
  deleteTitle: 'Dieses Gespräch löschen?',
  deleteText:
    '„{title}“ mit {count, plural, one {# Nachricht} other {# Nachrichten}} wird von diesem Gerät gelöscht. Das lässt sich nicht rückgängig machen.',
  deleteAllTitle: 'Alle Gespräche löschen?',
  deleteAllText:
    '{count, plural, one {# Gespräch wird} other {# Gespräche werden}} von diesem Gerät gelöscht, auch angeheftete. Das lässt sich nicht rückgängig machen. Schlüssel und Einstellungen bleiben.',
  deleteAllAction: '{count, plural, one {# Gespräch} other {# Gespräche}} löschen',
  deletedAll: '{count, plural, one {# Gespräch wurde} other {# Gespräche wurden}} gelöscht.',
  unstored: 'Ohne Verlauf: endet mit Sotto',
  importTitle: 'Gespräche importieren',
  importText:
    'Gelesen wird die conversations.json eines ChatGPT-Exports oder ein JSON-Export von Sotto. Die Datei wird auf diesem Gerät gelesen und verschlüsselt; sie wird nirgendwohin gesendet.',
  importChoose: 'Datei wählen',
  importReading: '{name} wird gelesen, {size}',
  importStoring: '{name} wird verschlüsselt und gespeichert',
  importDone:
    '{conversations, plural, =0 {Kein Gespräch} one {# Gespräch} other {# Gespräche}} mit {messages, plural, =0 {keiner Nachricht} one {# Nachricht} other {# Nachrichten}} importiert.',
  importSkipped:
    '{count, plural, =0 {Nichts wurde ausgelassen.} one {# wurde ausgelassen: ohne Text oder schon vorhanden.} other {# wurden ausgelassen: ohne Text oder schon vorhanden.}}',
  importTooLarge: 'Diese Datei ist größer als 256 MB. Es wurde nichts importiert.',
} satisfies Record<keyof typeof english, string>;
