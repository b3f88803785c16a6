/**
 * The package that a file belongs to, by its key in package-lock.json: `node_modules/a`, or
 * `node_modules/a/node_modules/b` where two versions of `b` are installed. `null` for a file of ours or of the bundler.
 */
export function packageOf(file: string): string | null {
  const parts = file.split('/');
  const last = parts.lastIndexOf('node_modules');
  if (last === -1) return null;
  const scoped = parts[last + 1]?.startsWith('@') ?? false;
  return parts.slice(parts.indexOf('node_modules'), last + (scoped ? 3 : 2)).join('/');
}
