/**
 * `npm run demo [-- "prompt"]`: one private answer from end to end, on the embedded model and a server on this
 * machine, and whether it equals the unencrypted computation.
 */
import { renderPreview } from '../../app/receipt/preview.ts';
import { renderReceipt } from '../../app/receipt/receipt.ts';
import { duration } from '../../app/receipt/wording.ts';
import type { Receipt } from '../../app/receipt/receipt.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { Mark } from '../../app/detect/span.ts';
import { loadModel } from '../inference/model.ts';
import { defaultSampling } from '../inference/sampler.ts';
import { openPack } from '../packs/pack.ts';
import { answer } from '../services/assistant.ts';
import type { AnswerRequest } from '../services/assistant.ts';
import { packPlaces } from '../services/pack-places.ts';
import { openProfile } from '../services/profile.ts';
import { prepareQuestion, previewOf } from '../services/question.ts';
import { bundledAddress } from '../services/server-choice.ts';
import { openVault } from '../vault/open-vault.ts';
import { stream } from './commands/ask.ts';
import { exitCodeOf } from './exit-code.ts';
import { watchInterruptions } from './interruption.ts';
import { keysToSend } from './keys-to-send.ts';
import { openRemote } from './remote.ts';
import { openTerminal } from './terminal.ts';

/** Made-up: nobody has this name, number or card. */
const builtIn = {
  text: 'Please book a table for two for Maria Keller at 7 pm. Her phone number is 415-555-0132 and her card is 4111 1111 1111 1111.',
  words: ['Maria Keller'],
};
const maxNewTokens = 48;

const interruption = watchInterruptions();
const terminal = openTerminal(interruption.signal);

try {
  await demo(process.argv[2]);
} catch (error) {
  terminal.clear();
  process.exitCode = interruption.isLostOutput(error) ? exitCodeOf(error) : report(error);
}

/** Says what went wrong and what to do next; returns the exit code. */
function report(error: unknown): number {
  const failure = error instanceof Failure ? error : undefined;
  console.error(failure?.message ?? (error instanceof Error ? error.stack : error));
  if (failure?.next) console.error(failure.next);
  return exitCodeOf(error);
}

async function demo(prompt: string | undefined): Promise<void> {
  const { signal } = interruption;
  const profile = openProfile();
  const pack = await openPack(packPlaces(profile).defaultPack, signal);
  const model = await loadModel(pack, { signal });
  const prepared = await prepareQuestion(pack, model.tokenizer, {
    text: prompt ?? builtIn.text,
    words: prompt === undefined ? builtIn.words : [],
    policy: 'exact',
    maxNewTokens,
  });

  heading('The prompt, with its sensitive words marked');
  console.log(markedText(prepared.question.text, prepared.spans));
  const ephemeralKeys = !(await keychainAnswers(profile));
  const keys = await keysToSend(profile, { ephemeralKeys });
  heading('What will leave this machine');
  console.log(renderPreview(previewOf(prepared, bundledAddress, keys), prepared.question.text));

  if (ephemeralKeys) {
    console.log('\nNo keychain answers on this machine: the keys of this run are in memory only.');
  }
  const request = { prepared, model, sampling: defaultSampling, stop: [], signal };
  const encrypted = await encryptedAnswer(request, ephemeralKeys);
  const reference = await finish(answer({ ...request, remote: null }));

  const equal = encrypted.tokens.join() === reference.tokens.join();
  heading('Compared with the same computation without encryption');
  console.log(`equal to the unencrypted computation: ${equal ? 'yes' : 'no'}`);
  console.log(
    `(${encrypted.tokens.length} tokens; unencrypted, on this machine, ${duration(reference.time.total_ms)})`,
  );
  await model.close();
  if (!equal) throw new Failure('integrity', 'The encrypted answer differs from the unencrypted one.');
}

async function encryptedAnswer(
  request: Omit<AnswerRequest, 'remote'>,
  ephemeralKeys: boolean,
): Promise<Receipt> {
  const context = { terminal, signal: request.signal };
  const { pack } = request.prepared;
  const remote = await openRemote(pack, openProfile(), { ephemeralKeys }, context);
  try {
    heading('The answer, from a server that cannot read it');
    const receipt = await stream(answer({ ...request, remote }), {}, context);
    if (receipt.finish === 'cancelled') throw new Failure('cancelled', 'Stopped.');
    heading('Receipt');
    console.log(renderReceipt(receipt));
    console.log(
      `Rows: ${receipt.rows.clear} clear, ${receipt.rows.protected} protected in the prompt; ${receipt.rows.generated} generated, all protected.`,
    );
    return receipt;
  } finally {
    await remote.close();
  }
}

async function finish(events: ReturnType<typeof answer>): Promise<Receipt> {
  for (;;) {
    const { done, value } = await events.next();
    if (done) return value;
  }
}

/** Whether keys can be kept: only where nothing answers does the demo fall back to memory. */
async function keychainAnswers(profile: ReturnType<typeof openProfile>): Promise<boolean> {
  const state = await openVault({ profileDir: profile.dir, profileName: profile.name });
  if (state.state === 'found') state.vault.close();
  return state.state !== 'unavailable';
}

function heading(text: string): void {
  console.log(`\n${process.stdout.isTTY ? `\u001b[1m${text}\u001b[0m` : `== ${text}`}`);
}

/** The text with each mark in brackets and its kind; on a terminal underlined. */
function markedText(text: string, spans: readonly Mark[]): string {
  const [open, close] = process.stdout.isTTY ? ['\u001b[4m', '\u001b[24m'] : ['[', ']'];
  let shown = '';
  let at = 0;
  for (const span of spans) {
    shown += `${text.slice(at, span.start)}${open}${text.slice(span.start, span.end)}${close} (${span.kind})`;
    at = span.end;
  }
  return shown + text.slice(at);
}
