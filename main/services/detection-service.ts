import type { detection } from '../../app/contract/detection.ts';
import type { ServiceImplementation } from '../../app/contract/method.ts';
import { mostOwnEntries } from '../../app/contract/settings.ts';
import type { Settings } from '../../app/contract/settings.ts';
import { detectOptionsOf } from '../../app/detect/detect-settings.ts';
import { needsConfirmation } from '../../app/detect/edits.ts';
import { fold } from '../../app/detect/normalise.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { AppContext } from './app-context.ts';
import type { Drafts } from './drafts.ts';
import { detectMarks } from './question.ts';

export function createDetectionService(
  context: Pick<AppContext, 'settings'>,
  { drafts }: { readonly drafts: Drafts },
): ServiceImplementation<typeof detection> {
  const { settings } = context;
  /** From what is stored: a list that cannot be read must not be written anew without its entries. */
  const change = (changed: (detection: Settings['detection']) => Partial<Settings['detection']>) => {
    const { detection } = settings.require();
    settings.change({ detection: { ...detection, ...changed(detection) } });
  };

  return {
    check: async ({ text, edits, conversation }) => ({
      marks: [...(await drafts.marksOf(text, edits, conversation))],
    }),
    always: ({ text, kind }) =>
      promised(() => {
        change(({ words, allow }) => ({
          words: withRoom('own words', [...without(words, text), { text, kind, pattern: false }]),
          allow: without(allow, text),
        }));
        return {};
      }),
    async never({ text, confirmed }) {
      const options = detectOptionsOf({ ...settings.current().detection, words: [], allow: [] });
      const found = await detectMarks(text, options);
      if (found.some(needsConfirmation) && !confirmed) {
        throw new Failure('refused', 'This is a proven secret. Nothing was changed.', {
          next: 'Confirm that it may leave in clear.',
          reason: 'secret-unconfirmed',
        });
      }
      change(({ words, allow }) => ({
        words: without(words, text),
        allow: withRoom('words that are never marked', [...without(allow, text), { text, confirmed }]),
      }));
      return {};
    },
  };
}

/** The entries of a list that say nothing about this text. */
function without<Entry extends { readonly text: string }>(entries: readonly Entry[], text: string): Entry[] {
  const value = fold(text);
  return entries.filter((entry) => fold(entry.text) !== value);
}

/** The entries, if a list takes so many. @throws Failure `usage` */
function withRoom<Entry>(what: string, entries: readonly Entry[]): Entry[] {
  if (entries.length <= mostOwnEntries) return [...entries];
  throw new Failure(
    'usage',
    `The list of ${what} is full: it takes ${mostOwnEntries}. Nothing was changed.`,
    {
      next: 'Remove entries that you no longer need in the settings, under Detection.',
    },
  );
}

/** What `work` gives or throws, as a promise. */
async function promised<T>(work: () => T): Promise<T> {
  return Promise.resolve(work());
}
