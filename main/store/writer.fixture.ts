/**
 * A process that writes to a store until it is killed: `node writer.fixture.ts FILE KEY_HEX RUN`. It prints a line
 * after each record that is written.
 */
import { writeSync } from 'node:fs';
import { openStore } from './store.ts';

const [file = '', key = '', run = ''] = process.argv.slice(2);
/** Waits where the reader is slow: what `process.stdout` keeps for later then would never be written. */
const say = (line: string) => writeSync(1, line);
const store = openStore(file, Buffer.from(key, 'hex'));
say('open\n');
const { id } = store.createConversation({ firstQuestion: `run ${run}`, stored: true });
say(`conversation ${id}\n`);
for (let count = 0; ; count += 1) {
  const text = `question ${count} of run ${run} ${'x'.repeat((count * 997) % 9000)}`;
  const question = store.addQuestion(id, { text, marks: [], edits: { marked: [], unmarked: [] } });
  say(`question ${question.id}\n`);
  const answer = store.addAnswer(id);
  store.updateAnswer(id, answer.id, { text: `answer ${count}`, state: 'complete', record: null });
  say(`answer ${answer.id}\n`);
  // Now and then something is deleted, so that the journal is emptied while it may be cut off.
  if (count % 7 === 6) {
    const other = store.createConversation({ firstQuestion: 'to be deleted', stored: true });
    store.remove(other.id);
  }
}
