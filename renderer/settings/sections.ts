/** The one page of settings: its sections in order, and the settings of each. Anchors are section names. */

export const sections = [
  { id: 'servers', settings: ['serverList', 'serverAdd'] },
  { id: 'packs', settings: ['packList', 'packInstall', 'packFolder'] },
  {
    id: 'keys',
    settings: ['keyPlace', 'keySessions', 'keyExport', 'keyRotate', 'keyLock', 'keyImport', 'keyRevoke'],
  },
  {
    id: 'detection',
    settings: ['tryDetection', 'ownWords', 'allowList', 'kinds', 'threshold', 'placeholders', 'regions'],
  },
  {
    id: 'privacy',
    settings: ['policy', 'historyEnabled', 'autoDelete', 'ledger', 'telemetry', 'deleteHistory'],
  },
  { id: 'answers', settings: ['temperature', 'topP', 'topK', 'seed', 'maxTokens'] },
  { id: 'appearance', settings: ['theme', 'textSize', 'motion'] },
  { id: 'language', settings: ['language'] },
  { id: 'shortcuts', settings: ['quickPrompt', 'startAtLogin', 'shortcutList'] },
  { id: 'health', settings: ['doctor'] },
  { id: 'about', settings: ['version', 'profile', 'documents', 'licences', 'reset'] },
] as const;

export type SectionId = (typeof sections)[number]['id'];
export type SettingId = (typeof sections)[number]['settings'][number];

export function isSectionId(text: string | null): text is SectionId {
  return sections.some(({ id }) => id === text);
}
