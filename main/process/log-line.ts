import { redact } from '../../app/failure/redact.ts';

/**
 * One JSON line on standard error about something that nobody foresaw: where, and the kind of error with the places
 * in the source. The message of an error that is not ours may hold a prompt, so it is left out.
 */
export function logDefect(error: unknown, where: string): void {
  const line = { level: 'error', where, what: redact(describe(error)) };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const places = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return [`${error.name}${code}`, ...places.slice(0, 8).map((place) => place.trim())].join(' ');
}
