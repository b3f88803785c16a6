export const quick = {
  title: 'Quick prompt',
  placeholder: 'Ask quietly',
  close: 'Hide',
  paste: 'Paste from the clipboard',
  continue: 'Continue in the main window',
  again: 'Ask something else',
  closed: 'The vault is closed. Nothing can be asked until it is open.',
  openMain: 'Open the main window',
  answer: 'Answer',
} as const;
