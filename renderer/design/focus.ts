/** Whether nothing has the focus: what had it is gone, as a button that took itself away. */
export function isFocusLost(): boolean {
  const focused = document.activeElement;
  return focused === null || focused === document.body || !focused.isConnected;
}
