/**
 * Questions that are answered outside the page: a browser has no dialog that its page could not have drawn, so the
 * terminal prints a code, and only who reads it there can type it into the page.
 */
import { randomInt, randomUUID, timingSafeEqual } from 'node:crypto';
import type { WindowEvent } from '../../app/contract/host.ts';
import type { Terminal } from './terminal.ts';

export interface Confirmations {
  /** Resolves with the user's answer; with `false` after a minute, three wrong codes, or an abort. */
  ask(question: string, detail: string, signal: AbortSignal): Promise<boolean>;
  /** `true` when the code was right. An empty code declines. */
  answer(id: string, code: string): boolean;
  /** The events of open questions, for a page that opens now. */
  open(): readonly WindowEvent[];
}

const limitMs = 60_000;
const tries = 3;
/** More at a time would be a page that asks to confuse. */
const maxOpen = 3;

interface Question {
  readonly code: string;
  readonly event: WindowEvent;
  triesLeft: number;
  end(confirmed: boolean): void;
}

export function createConfirmations(terminal: Terminal, emit: (event: WindowEvent) => void): Confirmations {
  const questions = new Map<string, Question>();
  return {
    ask(question, detail, signal) {
      if (signal.aborted || questions.size >= maxOpen) return Promise.resolve(false);
      const id = randomUUID();
      const code = String(randomInt(1_000_000)).padStart(6, '0');
      const event: WindowEvent = { type: 'confirmation', id, question, detail };
      return new Promise((resolve) => {
        const end = (confirmed: boolean) => {
          clearTimeout(timer);
          signal.removeEventListener('abort', stop);
          questions.delete(id);
          emit({ type: 'confirmation-ended', id });
          resolve(confirmed);
        };
        const stop = () => end(false);
        const timer = setTimeout(stop, limitMs);
        signal.addEventListener('abort', stop, { once: true });
        questions.set(id, { code, event, triesLeft: tries, end });
        terminal.say(`Confirm in the window with code ${code}: ${question}`);
        terminal.event({ event: 'confirmation', id, code, question });
        emit(event);
      });
    },
    answer(id, code) {
      const question = questions.get(id);
      if (!question) return false;
      if (code === '') {
        question.end(false);
        return false;
      }
      if (equal(code.trim(), question.code)) {
        question.end(true);
        return true;
      }
      question.triesLeft -= 1;
      if (question.triesLeft === 0) question.end(false);
      return false;
    },
    open: () => [...questions.values()].map(({ event }) => event),
  };
}

function equal(given: string, code: string): boolean {
  const bytes = Buffer.from(given);
  return bytes.length === code.length && timingSafeEqual(bytes, Buffer.from(code));
}
