export const policies = {
  everything: 'Everything',
  exact: 'Exact',
  'masked-attention': 'Marked words only',
  everythingGives: 'The whole prompt is encrypted. The answer is the model’s own, word for word.',
  exactGives: 'Encrypted from the first marked word on. The answer is the model’s own, word for word.',
  'masked-attentionGives':
    'Only the marked words and the end of the prompt are encrypted. The other words do not see them, which changes the answer.',
  cost: '{rows, plural, one {# row} other {# rows}} of the prompt encrypted · {bytes} to send before the answer · first word after about {first}',
  costPlain:
    '{rows, plural, one {# row} other {# rows}} of the prompt encrypted · {bytes} to send before the answer',
} as const;
