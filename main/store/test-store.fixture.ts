/** Stores in folders of their own, for the tests of this one. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { AnswerRecord } from '../../app/contract/assistant.ts';
import { storeFile } from './store-file.ts';
import { openStore } from './store.ts';
import type { Store } from './store.ts';

export interface TestStore {
  readonly dir: string;
  readonly file: string;
  readonly key: Uint8Array;
  /** Opens the file; the last one that was opened is closed first. */
  open(key?: Uint8Array): Store;
}

const opened: Store[] = [];
const dirs: string[] = [];

afterEach(() => {
  for (const store of opened.splice(0)) store.close();
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

export function testStore(): TestStore {
  const dir = mkdtempSync(join(tmpdir(), 'sotto-store-'));
  dirs.push(dir);
  const file = join(dir, storeFile);
  const key = new Uint8Array(randomBytes(32));
  return {
    dir,
    file,
    key,
    open(other = key) {
      opened.at(-1)?.close();
      const store = openStore(file, other);
      opened.push(store);
      return store;
    },
  };
}

export const noEdits = { marked: [], unmarked: [] };

/** A conversation with one question and its answer. */
export function converse(store: Store, question: string, answer: string, stored = true) {
  const { id } = store.createConversation({ firstQuestion: question, stored });
  const asked = store.addQuestion(id, { text: question, marks: [], edits: noEdits });
  const { id: answerId } = store.addAnswer(id);
  store.updateAnswer(id, answerId, { text: answer, state: 'complete', record: testReceipt(answer) });
  return { id, question: asked.id, answer: answerId };
}

export function testReceipt(text: string): AnswerRecord {
  return {
    receipt: {
      text,
      tokens: [1, 2, 3],
      finish: 'stop',
      policy: 'exact',
      engine: 'encrypted',
      pack: 'sotto-14m',
      spans: [{ start: 0, end: 3, kind: 'person', score: 0.9, source: 'rule' }],
      rows: { prompt: 9, clear: 4, protected: 5, generated: 3 },
      wire: { messages: 12, sent: 1000, received: 2000, keys: 0 },
      time: {
        total_ms: 1500,
        first_token_ms: 500,
        server_ms: 400,
        crypto_ms: 300,
        local_ms: 200,
        network_ms: 100,
      },
      scheme: null,
      server: { address: 'https://models.example:8443', identity: `sha256:${'0f'.repeat(32)}` },
      verified: { products: 12, failed: 0 },
      layers: [{ layer: null, local_ms: 1, crypto_ms: 0, server_ms: 0, network_ms: 0 }],
    },
    buckets: [{ rows: 8, requests: 12, sent: 1000, received: 2000 }],
    keyId: '00112233445566778899aabbccddeeff',
    ciphertext: { hex: 'a1b2c3', bytes: 4096, entropy: 7.9 },
  };
}
