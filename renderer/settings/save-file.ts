/** Hands a text to the browser as a file to save; the window asks where, or uses its folder for downloads. */
export function saveFile(name: string, text: string, type: 'application/json' | 'text/plain'): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken hold of it by the next turn; some engines only after it.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
