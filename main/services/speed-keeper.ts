import { Failure } from '../../app/failure/failure.ts';
import type { Store } from '../store/store.ts';
import type { AppContext } from './app-context.ts';
import { speedTable, withAnswer } from './speed.ts';
import type { AnswerTimes, SpeedKey, SpeedTable } from './speed.ts';

/** The speeds of this profile's last answers, in the store while it is open. */
export interface SpeedKeeper {
  current(): SpeedTable;
  /** @param stored false: of a conversation that is not written; known until the process ends. */
  add(key: SpeedKey, times: AnswerTimes, stored: boolean): void;
}

const entryName = 'speed';

export function createSpeedKeeper(context: Pick<AppContext, 'store'>): SpeedKeeper {
  let read: SpeedTable | undefined;
  /** With the answers that are in memory alone. */
  let all: SpeedTable = {};
  context.store.onChange(() => {
    read = undefined;
    all = {};
  });
  const current = () => {
    const store = context.store.current();
    if (store && read === undefined) {
      read = readSpeeds(store);
      all = read;
    }
    return all;
  };
  return {
    current,
    add(key, times, stored) {
      all = withAnswer(current(), key, times);
      const store = context.store.current();
      if (!stored || !store) return;
      read = withAnswer(read ?? {}, key, times);
      store.writeEntry(entryName, read);
    },
  };
}

/** A damaged record is worth no more than none: it is written anew after the next answer. */
function readSpeeds(store: Store): SpeedTable {
  try {
    return speedTable(store.readEntry(entryName));
  } catch (error) {
    if (error instanceof Failure) return {};
    throw error;
  }
}
