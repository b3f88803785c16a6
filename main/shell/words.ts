/** The shell's own words: menus, the tray, dialogues. The page has its own, in renderer/language. */

const en = {
  open: 'Open Sotto',
  quickPrompt: 'Quick Prompt',
  newConversation: 'New Conversation',
  search: 'Search',
  settings: 'Settings…',
  about: 'About Sotto',
  reload: 'Reload Window',
  quit: 'Quit Sotto',
  file: 'File',
  edit: 'Edit',
  view: 'View',
  window: 'Window',
  undo: 'Undo',
  redo: 'Redo',
  cut: 'Cut',
  copy: 'Copy',
  paste: 'Paste',
  selectAll: 'Select All',
  actualSize: 'Actual Size',
  zoomIn: 'Zoom In',
  zoomOut: 'Zoom Out',
  fullScreen: 'Full Screen',
  minimize: 'Minimise',
  close: 'Close Window',
  confirm: 'Confirm',
  cancel: 'Cancel',
  ok: 'OK',
  reloaded: 'The window stopped and was loaded again.',
  reloadedDetail: 'What was stored is still there. Text that was typed and not sent is gone.',
  stopped: 'This window has stopped twice.',
  stoppedDetail:
    'What was stored is still there, and nothing is sent. Choose View, Reload Window to try again.',
  pageMissing: 'The pages of Sotto cannot be read.',
  pageMissingDetail: 'Nothing was changed and nothing was sent. Install Sotto again.',
};
export type Words = Readonly<typeof en>;

const de: Words = {
  open: 'Sotto öffnen',
  quickPrompt: 'Schnelle Frage',
  newConversation: 'Neue Unterhaltung',
  search: 'Suchen',
  settings: 'Einstellungen …',
  about: 'Über Sotto',
  reload: 'Fenster neu laden',
  quit: 'Sotto beenden',
  file: 'Datei',
  edit: 'Bearbeiten',
  view: 'Ansicht',
  window: 'Fenster',
  undo: 'Rückgängig',
  redo: 'Wiederholen',
  cut: 'Ausschneiden',
  copy: 'Kopieren',
  paste: 'Einfügen',
  selectAll: 'Alles auswählen',
  actualSize: 'Originalgröße',
  zoomIn: 'Vergrößern',
  zoomOut: 'Verkleinern',
  fullScreen: 'Vollbild',
  minimize: 'Minimieren',
  close: 'Fenster schließen',
  confirm: 'Bestätigen',
  cancel: 'Abbrechen',
  ok: 'OK',
  reloaded: 'Das Fenster ist stehen geblieben und wurde neu geladen.',
  reloadedDetail: 'Gespeichertes ist noch da. Getippter, nicht gesendeter Text ist verloren.',
  stopped: 'Dieses Fenster ist zweimal stehen geblieben.',
  stoppedDetail:
    'Gespeichertes ist noch da, und es wird nichts gesendet. Ein neuer Versuch: Ansicht, Fenster neu laden.',
  pageMissing: 'Die Seiten von Sotto sind nicht lesbar.',
  pageMissingDetail: 'Nichts wurde geändert, nichts gesendet. Sotto bitte neu installieren.',
};

/** @param chosen in the settings. @param locale of the system, for `system`. */
export function wordsFor(chosen: 'system' | 'en' | 'de', locale: string): Words {
  const language = chosen === 'system' ? locale.split('-', 1)[0] : chosen;
  return language === 'de' ? de : en;
}
