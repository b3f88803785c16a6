import type { preview as english } from '../en/preview.ts';

export const preview = {
  title: 'Was das Gerät verlässt',
  empty: 'Noch keine Eingabe.',
  prompt: 'Die Eingabe',
  word: 'Wort',
  sensitiveSays: 'Sensibel: geht nur verschlüsselt hinaus.',
  followsSays: 'Ebenfalls verschlüsselt, weil es auf ein sensibles Wort folgt.',
  localSays: 'Bleibt auf diesem Gerät.',
  clearSays: 'Ginge im Klartext hinaus.',
  sees: 'Was der Server sieht',
  blocks:
    '{count, plural, one {# Block} other {{requests} Blöcke}} zu {rows, plural, one {# Zeile} other {# Zeilen}} · je {bytes} Byte',
  looksLike: 'Jeder sieht etwa so aus:',
  sample: 'Die ersten Bytes eines Blocks',
  nothing: 'Nichts. Die ganze Antwort wird auf diesem Gerät berechnet.',
  sent: 'Gesendet für die Eingabe',
  received: 'Empfangen für die Eingabe',
  keys: 'Auswertungsschlüssel, einmalig',
  perToken: 'Je Stück der Antwort',
  perTokenValue: '{sent} hin, {received} zurück',
  firstToken: 'Erstes Wort nach etwa',
  wholeAnswer: 'Ganze Antwort nach etwa',
  learns: 'Was er erfährt',
  learnsTime: 'Wann gefragt wird.',
  learnsAccount: 'Das Konto des Tokens und die Netzadresse.',
  learnsRows:
    '{count, plural, one {Dass # Zeile verschlüsselt ist} other {Dass etwa # Zeilen verschlüsselt sind}}, aufgerundet auf Blöcke zu {sizes}.',
  learnsModel: 'Das Modell: {model}.',
  learnsLength: 'Wie lang die Antwort ist. Kein Wort daraus.',
  policy: 'Schutz',
  rows: 'Zeilen',
  rowsProtected: 'Der Eingabe, verschlüsselt',
  rowsClear: 'Der Eingabe, hier',
  rowsGenerated: 'Der Antwort höchstens, alle verschlüsselt',
  earlier:
    'Vor der Eingabe liest das Modell {rows, plural, one {# Zeile} other {# Zeilen}} dieses Gesprächs, davon {protected} verschlüsselt.',
  leftOut:
    '{count, plural, one {# frühere Nachricht liegt} other {# frühere Nachrichten liegen}} für dieses Modell zu weit zurück und {count, plural, one {bleibt} other {bleiben}} außen vor.',
  server: 'Der Server',
  serverName: 'Name',
  serverAddress: 'Adresse',
  noIdentity: 'noch keine',
  changedTitle: 'Der Plan hat sich geändert',
  changed:
    'Gesendet wurde nichts. Hier steht jetzt, was das Gerät verließe; nach einem Blick darauf lässt es sich senden.',
  notCheckedTitle: 'Nicht geprüft',
} satisfies Record<keyof typeof english, string>;
