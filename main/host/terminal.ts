/** What the web host prints: sentences for people on standard error, with `--json` events for programs on standard output. */
export interface Terminal {
  say(text: string): void;
  /** One JSON line; nothing without `--json`. */
  event(event: Readonly<Record<string, unknown>>): void;
}

export function openTerminal(json: boolean): Terminal {
  return {
    say: (text) => void process.stderr.write(`${printable(text)}\n`),
    event(event) {
      if (json) process.stdout.write(`${JSON.stringify(event)}\n`);
    },
  };
}

/** Names of servers and files reach the terminal: none of them may move its cursor or hide a line. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}
