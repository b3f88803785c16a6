/** Keys that work in one part of the page alone; those that work anywhere register themselves (`Shortcuts`). */
export const shortcutGroups = [
  {
    group: 'composer',
    entries: [
      { does: 'send', keys: ['Enter'] },
      { does: 'newLine', keys: ['Shift+Enter'] },
      { does: 'mark', keys: ['Mod+M'] },
      { does: 'unmarkClick', keys: ['Alt+click'] },
      { does: 'stop', keys: ['Escape'] },
      { does: 'editLast', keys: ['ArrowUp'] },
    ],
  },
  {
    group: 'history',
    entries: [
      { does: 'nextInList', keys: ['ArrowDown', 'ArrowUp'] },
      { does: 'firstInList', keys: ['Home', 'End'] },
      { does: 'open', keys: ['Enter'] },
      { does: 'rename', keys: ['F2'] },
      { does: 'delete', keys: ['Delete'] },
      { does: 'menu', keys: ['Shift+F10'] },
    ],
  },
  {
    group: 'quick',
    entries: [
      { does: 'quickSend', keys: ['Enter'] },
      { does: 'quickContinue', keys: ['Mod+Enter'] },
      { does: 'quickHide', keys: ['Escape'] },
    ],
  },
] as const;
