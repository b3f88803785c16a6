import { openers } from './kinds.ts';
import { fold } from './normalise.ts';
import type { Span } from './span.ts';

/** A value that the user does not want marked: the whole of it, whatever its case and spacing. */
export interface Allowed {
  readonly text: string;
  /** The user was shown that this opens something, and said yes. Without it a proven secret stays marked. */
  readonly confirmed?: boolean;
}

/** Prepares the allow-list; the result says whether a span with this text leaves the marks. */
export function compileAllowList(entries: readonly Allowed[]): (span: Span, value: string) => boolean {
  const allowed = new Set(entries.map((entry) => fold(entry.text)));
  const confirmed = new Set(entries.filter((entry) => entry.confirmed).map((entry) => fold(entry.text)));
  return (span, value) => {
    if (allowed.size === 0 || span.source === 'user') return false;
    const provenOpener = openers.has(span.kind) && span.score === 1;
    return (provenOpener ? confirmed : allowed).has(fold(value));
  };
}
