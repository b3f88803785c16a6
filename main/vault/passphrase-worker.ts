/**
 * The worker thread of passphrase-cipher.ts: takes one task, answers it and ends. scrypt keeps a thread busy for
 * a second or more, and this one serves nobody else; who stops waiting ends it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { Decrypter, Encrypter } from 'age-encryption';

export type PassphraseTask =
  | {
      readonly operation: 'encrypt';
      readonly passphrase: string;
      readonly plain: Uint8Array;
      /** log2 of scrypt's N. */
      readonly workFactor: number;
    }
  | { readonly operation: 'decrypt'; readonly passphrase: string; readonly file: Uint8Array };

export type PassphraseReply =
  | { readonly ok: true; readonly bytes: Uint8Array }
  | { readonly ok: false; readonly reason: 'passphrase' | 'memory' | 'damaged' };

parentPort?.postMessage(await answer(workerData as PassphraseTask));

async function answer(task: PassphraseTask): Promise<PassphraseReply> {
  try {
    return { ok: true, bytes: await run(task) };
  } catch (error) {
    // The error's text stays here: it may quote what could not be read.
    if (error instanceof RangeError) return { ok: false, reason: 'memory' };
    const unmatched = error instanceof Error && error.message.startsWith('no identity matched');
    return { ok: false, reason: unmatched ? 'passphrase' : 'damaged' };
  }
}

async function run(task: PassphraseTask): Promise<Uint8Array> {
  if (task.operation === 'decrypt') {
    const decrypter = new Decrypter();
    decrypter.addPassphrase(task.passphrase);
    return await decrypter.decrypt(task.file);
  }
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(task.workFactor);
  encrypter.setPassphrase(task.passphrase);
  try {
    return await encrypter.encrypt(task.plain);
  } finally {
    task.plain.fill(0);
  }
}
