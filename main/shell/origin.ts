/** Where the page comes from: a scheme of our own, so that no file and no address on the network is ever a page. */
export const pageScheme = 'app';
export const pageOrigin = 'app://sotto';
export const mainPage = `${pageOrigin}/index.html`;
export const quickPage = `${pageOrigin}/quick.html`;
export const stoppedPage = `${pageOrigin}/stopped.html`;

/** An address of our own pages, whatever Chromium calls them: with a path, or as a bare origin. */
export function isOurs(address: string): boolean {
  return address === pageOrigin || address.startsWith(`${pageOrigin}/`);
}

/** What our own page made in its memory: the only thing that it can offer as a download. */
export function isOurBlob(address: string): boolean {
  return address.startsWith(`blob:${pageOrigin}/`);
}
