/** Services that behave in every way in which an implementation of the contract can, well and badly. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Services, WindowServices } from '../../app/contract/contract.ts';
import { pageContract } from '../../app/contract/contract.ts';
import { createDispatcher } from '../../app/contract/dispatch.ts';
import type { Dispatcher } from '../../app/contract/dispatch.ts';
import { defaultSettings } from '../../app/contract/settings.ts';
import { Failure } from '../../app/failure/failure.ts';

/** What a defect says; it must not be read on the other side. */
export const defectText = 'the prompt was: call Rosa Almeida at 212-555-0123';
/** What a failure says by mistake; the other side reads it redacted. */
export const spilledKey = '7f3a9c5512e04b6d8a1c2b3d4e5f60718293a4b5c6d7e8f90112233445566778';
/** Items of `packs.verify` for the pack `many`. */
export const manyItems = 2000;

interface Behaviour {
  /** Names of streams that run now. */
  readonly running: Set<string>;
}

export interface ConformanceServices extends Behaviour {
  readonly services: Services & WindowServices;
}

export function conformanceServices(): ConformanceServices {
  const running = new Set<string>();
  const state = { settings: defaultSettings, stored: true };
  const services = {
    ...refusingServices(),
    settings: {
      ...refusing('settings'),
      get: async () => state,
      async *watch(_input: unknown, signal: AbortSignal) {
        running.add('settings.watch');
        try {
          yield state;
          await aborted(signal);
          return {};
        } finally {
          running.delete('settings.watch');
        }
      },
    },
    packs: {
      ...refusing('packs'),
      /** `many` ends by itself, `endless` when stopped; both say how far they came. */
      async *verify({ name }: { name: string }, signal: AbortSignal) {
        running.add('packs.verify');
        let done = 0;
        try {
          for (; !signal.aborted && (name === 'endless' || done < manyItems); done += 1) {
            yield { done, total: manyItems };
            if (name === 'endless') await sleep(1);
          }
          return { files: done, bytes: 0 };
        } finally {
          running.delete('packs.verify');
        }
      },
      /** An item that the contract does not know. */
      async *installFromServer() {
        yield { done: 1, total: 2 };
        yield { done: -1, total: 2 };
        return { name: 'never', bytes: 0 };
      },
      async remove(_input: unknown, signal: AbortSignal) {
        await aborted(signal);
        throw new Failure('cancelled', 'Stopped. The pack is still there.');
      },
    },
    keys: {
      ...refusing('keys'),
      lock: () => Promise.reject(new TypeError(defectText)),
      /** A result that the contract does not know; with a secret in the field too many. */
      rotate: async () => ({ deleted: [], pending: [], root: spilledKey }),
      revoke: () =>
        Promise.reject(
          new Failure('server', `The server said: token=${spilledKey}`, {
            next: `Look at ${spilledKey}.`,
            reason: 'server-unreachable',
            facts: { address: 'https://models.example', after: 3 },
          }),
        ),
    },
    conversations: {
      ...refusing('conversations'),
      import: async ({ text }: { text: string }) => ({
        conversations: 0,
        messages: text.length,
        skipped: [...text].filter((character) => character === 'é').length,
      }),
    },
    detection: {
      ...refusing('detection'),
      always: async () => ({}),
    },
  };
  return { services: services as unknown as Services & WindowServices, running };
}

/** The page's whole contract on these services, in this process. */
export function conformanceDispatcher(
  made: ConformanceServices = conformanceServices(),
  onDefect: (error: unknown, where: string) => void = () => undefined,
): Dispatcher {
  return createDispatcher(pageContract, made.services, onDefect);
}

function refusingServices(): Record<string, Record<string, unknown>> {
  return Object.fromEntries(Object.keys(pageContract).map((service) => [service, refusing(service)]));
}

function refusing(service: string): Record<string, unknown> {
  const methods = Object.entries(pageContract[service as keyof typeof pageContract]);
  const refuse = () => new Failure('usage', 'Not here.', { reason: 'unsupported-here' });
  return Object.fromEntries(
    methods.map(([name, { type }]: [string, { type: string }]) => [
      name,
      type === 'call'
        ? () => Promise.reject(refuse())
        : // eslint-disable-next-line require-yield -- a stream that fails at once
          async function* () {
            throw refuse();
          },
    ]),
  );
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
