import type { policies as en } from '../en/policies.ts';

export const policies = {
  everything: 'Alles',
  exact: 'Exakt',
  'masked-attention': 'Nur markierte Wörter',
  everythingGives: 'Die ganze Eingabe wird verschlüsselt. Die Antwort ist Wort für Wort die des Modells.',
  exactGives: 'Verschlüsselt ab dem ersten markierten Wort. Die Antwort ist Wort für Wort die des Modells.',
  'masked-attentionGives':
    'Nur die markierten Wörter und das Ende der Eingabe werden verschlüsselt. Die übrigen Wörter sehen sie nicht; das verändert die Antwort.',
  cost: '{rows, plural, one {# Zeile} other {# Zeilen}} der Eingabe verschlüsselt · {bytes} vor der Antwort zu senden · erstes Wort nach etwa {first}',
  costPlain:
    '{rows, plural, one {# Zeile} other {# Zeilen}} der Eingabe verschlüsselt · {bytes} vor der Antwort zu senden',
} satisfies Record<keyof typeof en, string>;
