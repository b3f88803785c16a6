/** The pages that are open, and what happens to the application for each of them. */
import type { WindowEvent } from '../../app/contract/host.ts';

export interface Pages {
  /** A page that opened; `close` when its socket did. */
  readonly open: () => OpenPage;
  /** To every page. */
  readonly emit: (event: WindowEvent) => void;
}

export interface OpenPage {
  /** Each event from now on, until the signal. */
  events(signal: AbortSignal): AsyncGenerator<WindowEvent, void>;
  /** To this page alone. */
  emit(event: WindowEvent): void;
  /** To all others; `false` when there is none. */
  emitToOthers(event: WindowEvent): boolean;
  close(): void;
}

/** A page that does not read its events loses the oldest. */
const maxWaiting = 100;

export function createPages(): Pages {
  const pages = new Set<Page>();
  return {
    open() {
      const page = createPage();
      pages.add(page);
      return {
        events: page.events,
        emit: page.emit,
        emitToOthers(event) {
          const others = [...pages].filter((other) => other !== page);
          for (const other of others) other.emit(event);
          return others.length > 0;
        },
        close: () => void pages.delete(page),
      };
    },
    emit(event) {
      for (const page of pages) page.emit(event);
    },
  };
}

interface Page {
  readonly events: (signal: AbortSignal) => AsyncGenerator<WindowEvent, void>;
  readonly emit: (event: WindowEvent) => void;
}

function createPage(): Page {
  const readers = new Set<{ waiting: WindowEvent[]; wake: () => void }>();
  return {
    emit(event) {
      for (const reader of readers) {
        reader.waiting.push(event);
        if (reader.waiting.length > maxWaiting) reader.waiting.shift();
        reader.wake();
      }
    },
    async *events(signal) {
      const reader: { waiting: WindowEvent[]; wake: () => void } = { waiting: [], wake: () => undefined };
      const stop = () => reader.wake();
      readers.add(reader);
      signal.addEventListener('abort', stop);
      try {
        for (;;) {
          yield* reader.waiting.splice(0);
          if (signal.aborted) return;
          if (reader.waiting.length === 0) await new Promise<void>((wake) => (reader.wake = wake));
        }
      } finally {
        signal.removeEventListener('abort', stop);
        readers.delete(reader);
      }
    },
  };
}
