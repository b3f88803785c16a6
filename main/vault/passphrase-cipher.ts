/**
 * age's passphrase encryption (https://age-encryption.org/v1, the scrypt recipient) on a thread of its own.
 * Stopping ends the thread in the middle of its work.
 */
import { Worker } from 'node:worker_threads';
import { Failure } from '../../app/failure/failure.ts';
import { installation } from '../installation/installation.ts';
import type { PassphraseReply, PassphraseTask } from './passphrase-worker.ts';

/** log2 of scrypt's N for what is written here: 256 MiB and about a second for each guess. It is age's own default. */
export const defaultWorkFactor = 18;
/** A file's author chooses how much memory and time its opening takes: 2^20 is 1 GiB and some seconds. */
export const maxWorkFactor = 20;

/** @throws Failure `cancelled`, or `pack` when the memory does not suffice. */
export async function encryptWithPassphrase(
  plain: Uint8Array,
  passphrase: string,
  workFactor: number,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const reply = await run({ operation: 'encrypt', plain, passphrase, workFactor }, signal);
  if (reply.ok) return reply.bytes;
  throw outOfMemory();
}

/**
 * The caller has checked the file's work factor, and zeroises what it gets.
 * @throws Failure `cancelled`, or `pack` when the memory does not suffice.
 */
export async function decryptWithPassphrase(
  file: Uint8Array,
  passphrase: string,
  signal?: AbortSignal,
): Promise<Uint8Array | 'passphrase' | 'damaged'> {
  const reply = await run({ operation: 'decrypt', file, passphrase }, signal);
  if (reply.ok) return reply.bytes;
  if (reply.reason === 'memory') throw outOfMemory();
  return reply.reason;
}

function run(task: PassphraseTask, signal?: AbortSignal): Promise<PassphraseReply> {
  if (signal?.aborted) return Promise.reject(stopped());
  return new Promise((resolve, reject) => {
    const worker = new Worker(installation.entry('passphrase-worker'), {
      workerData: task,
      execArgv: [],
      env: {},
    });
    const stop = () => {
      reject(stopped());
      void worker.terminate();
    };
    signal?.addEventListener('abort', stop, { once: true });
    worker.once('message', (reply: PassphraseReply) => resolve(reply));
    worker.once('error', (error: Error) =>
      reject('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? outOfMemory() : error),
    );
    worker.once('exit', () => {
      signal?.removeEventListener('abort', stop);
      reject(new Error('The thread for the passphrase ended without an answer.'));
    });
  });
}

function stopped(): Failure {
  return new Failure('cancelled', 'Stopped. Nothing was changed.');
}

function outOfMemory(): Failure {
  return new Failure('pack', 'There is not enough memory for the passphrase. Nothing was changed.', {
    next: 'Close other programs, then try again.',
  });
}
