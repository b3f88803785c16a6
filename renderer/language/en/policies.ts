export const policies = {
  everything: 'Everything',
  exact: 'Exact',
  'masked-attention': 'Marked words only',
  everythingGives: 'The whole prompt is encrypted. The answer is the model’s own, word for word.',
  exactGives: 'Encrypted from the first marked word on. The answer is the model’s own, word for word.',
  'masked-attentionGives':
    'Only the marked words and the end of the prompt are encrypted. The other words do not see them, which changes the answer.',
  everythingSays: 'Every word of the prompt leaves encrypted.',
  exactSays: 'Words before the first marked one stay on this machine; all that follow leave encrypted.',
  'masked-attentionSays':
    'Marked words and the end of the prompt leave encrypted; the others stay on this machine.',
  cost: '{rows, plural, one {# row} other {# rows}} of the prompt encrypted · {bytes} to send before the answer · first word after about {first}',
  costPlain:
    '{rows, plural, one {# row} other {# rows}} of the prompt encrypted · {bytes} to send before the answer',
  changed: 'changes the answer',
} as const;
