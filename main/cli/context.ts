import type { Terminal } from './terminal.ts';

/** What every command gets. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Aborted by Ctrl-C; its reason is a Failure `cancelled`. */
  readonly signal: AbortSignal;
}
