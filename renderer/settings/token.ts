/** Whether a text can be a bearer token: visible ASCII without spaces, as the contract takes it. */
export function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,4096}$/.test(text);
}
