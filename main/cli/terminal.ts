/** What people see: everything but a command's result goes to standard error, and only to a terminal. */
import { createInterface } from 'node:readline/promises';
import { Failure } from '../../app/failure/failure.ts';

export interface Terminal {
  /** Whether standard error is a terminal: progress is shown only then. */
  readonly interactive: boolean;
  /** Whether somebody is there to answer a question. */
  readonly canAsk: boolean;
  /** A sentence that stays on the screen. */
  say(text: string): void;
  /** A line that the next progress or sentence replaces. */
  progress(text: string): void;
  /** Removes a progress line that is still shown. */
  clear(): void;
  /** @throws Failure `refused` where nobody can answer. Call it before showing what a question is about. */
  mustAsk(what: string): void;
  /**
   * Asks a yes/no question before something is sent; an empty answer means yes.
   * @throws Failure `refused` without a terminal, and for an answer that is no yes (reason `not-confirmed`);
   *   `cancelled` for Ctrl-C, Ctrl-D, or a terminal that is gone
   */
  confirm(question: string): Promise<void>;
  /** Reads a passphrase without showing it. @throws as `confirm`, whatever is typed */
  secret(question: string): Promise<string>;
}

const eraseLine = '\r\u001b[2K';

/** @param signal ends a question that is open */
export function openTerminal(signal: AbortSignal, input = process.stdin, output = process.stderr): Terminal {
  const interactive = output.isTTY;
  const canAsk = interactive && input.isTTY;
  let pending = false;
  const clear = () => {
    if (pending) output.write(eraseLine);
    pending = false;
  };
  const mustAsk = (what: string) => {
    if (!canAsk) {
      throw new Failure('refused', `${what} needs a terminal. Nothing was sent.`, {
        next: 'Run it in a terminal, or see --help for the option that answers beforehand.',
      });
    }
  };
  return {
    interactive,
    canAsk,
    say(text) {
      clear();
      output.write(`${text}\n`);
    },
    progress(text) {
      if (!interactive) return;
      output.write(`${eraseLine}${text.slice(0, (output.columns || 80) - 1)}`);
      pending = true;
    },
    clear,
    mustAsk,
    async confirm(question) {
      mustAsk('A confirmation');
      clear();
      const answer = await readLine(`${question} [Y/n] `, input, output, signal);
      if (['', 'y', 'yes'].includes(answer.trim().toLowerCase())) return;
      throw new Failure('refused', 'It was not confirmed. Nothing was sent.', {
        next: 'Ask again, and answer y to send it.',
        reason: 'not-confirmed',
      });
    },
    async secret(question) {
      mustAsk('A passphrase');
      clear();
      output.write(`${question}: `);
      return readHidden(input, output, signal);
    },
  };
}

/** Reads one line, which the terminal shows. */
async function readLine(
  question: string,
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<string> {
  const lines = createInterface({ input, output });
  // Readline answers Ctrl-C and Ctrl-D; where the terminal itself goes, it closes and leaves the question open.
  const closed = new AbortController();
  lines.once('close', () => closed.abort());
  try {
    return await lines.question(question, { signal: AbortSignal.any([signal, closed.signal]) });
  } catch (cause) {
    throw new Failure('cancelled', 'Stopped. Nothing was sent.', { cause });
  } finally {
    lines.close();
  }
}

/** Reads one line in raw mode, so that the terminal does not echo it. */
function readHidden(
  input: NodeJS.ReadStream,
  output: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let typed = '';
    const finish = (end: () => void) => {
      input.setRawMode(false);
      input.pause();
      input.removeListener('data', onData);
      input.removeListener('end', onStop);
      signal.removeEventListener('abort', onStop);
      output.write('\n');
      end();
    };
    const onStop = () => finish(() => reject(new Failure('cancelled', 'Stopped.')));
    const onData = (data: Buffer) => {
      for (const key of data.toString('utf8')) {
        if (key === '\r' || key === '\n') return finish(() => resolve(typed));
        // Ctrl-C and Ctrl-D.
        if (key === '\u0003' || key === '\u0004') return onStop();
        if (key === '\u007f' || key === '\b') typed = [...typed].slice(0, -1).join('');
        else if (key >= ' ') typed += key;
      }
      return undefined;
    };
    input.setRawMode(true);
    input.resume();
    input.on('data', onData);
    input.once('end', onStop);
    signal.addEventListener('abort', onStop);
    if (signal.aborted) onStop();
  });
}
