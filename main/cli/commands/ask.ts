import { Option } from 'commander';
import type { Command } from 'commander';
import { renderPreview } from '../../../app/receipt/preview.ts';
import type { Preview } from '../../../app/receipt/preview.ts';
import { answerOf, renderReceipt } from '../../../app/receipt/receipt.ts';
import type { Receipt } from '../../../app/receipt/receipt.ts';
import type { GenerateEvent } from '../../inference/engine.ts';
import { loadModel } from '../../inference/model.ts';
import { openTokenizer } from '../../inference/tokenizer.ts';
import type { Tokenizer } from '../../inference/tokenizer.ts';
import { findPack } from '../../packs/list.ts';
import { openPack } from '../../packs/pack.ts';
import { answer } from '../../services/assistant.ts';
import { packPlaces } from '../../services/pack-places.ts';
import { openProfile } from '../../services/profile.ts';
import { prepareQuestion, previewOf } from '../../services/question.ts';
import type { PreparedQuestion } from '../../services/question.ts';
import { bundledAddress } from '../../services/server-choice.ts';
import type { CommandContext } from '../context.ts';
import { readPrompt } from '../input.ts';
import { keysToSend } from '../keys-to-send.ts';
import { print } from '../print.ts';
import { addQuestionOptions, addRemoteOptions, addSamplingOptions, samplingOf } from '../question-options.ts';
import type { QuestionOptions, RemoteOptions, SamplingOptions } from '../question-options.ts';
import { openRemote } from '../remote.ts';
import type { Remote } from '../remote.ts';

interface PlanOptions extends QuestionOptions, RemoteOptions, SamplingOptions {}

interface AskOptions extends PlanOptions {
  readonly yes?: boolean;
  readonly events?: boolean;
}

export function registerAsk(program: Command, context: CommandContext): void {
  const ask = program
    .command('ask')
    .description('answer a prompt; protected words leave only as ciphertext')
    .argument('<prompt>', 'the prompt, or - for standard input');
  addSamplingOptions(addRemoteOptions(addQuestionOptions(ask)))
    .option('--events', 'with --json: a JSON line per event before the result')
    .option('--yes', 'send without asking first')
    .action((prompt: string, options: AskOptions) => runAsk(prompt, options, context));

  const plan = program
    .command('plan')
    .description('show what ask would send; sends nothing')
    .argument('<prompt>', 'the prompt, or - for standard input');
  addSamplingOptions(addRemoteOptions(addQuestionOptions(plan)))
    // A script passes the same arguments to both. There is nothing to confirm here, and no event comes before the result.
    .addOption(new Option('--events').hideHelp())
    .addOption(new Option('--yes').hideHelp())
    .action((prompt: string, options: PlanOptions) => runPlan(prompt, options, context));
}

async function runPlan(argument: string, options: PlanOptions, { signal }: CommandContext): Promise<void> {
  const { prepared } = await prepare(argument, options, signal);
  const preview = await previewFor(prepared, options);
  print(options.json, preview, () => renderPreview(preview, prepared.question.text));
}

async function runAsk(argument: string, options: AskOptions, context: CommandContext): Promise<void> {
  const { terminal, signal } = context;
  const { prepared, tokenizer } = await prepare(argument, options, signal);
  const profile = openProfile();
  if (!options.reference && !options.yes) {
    terminal.mustAsk('A confirmation');
    const preview = await previewFor(prepared, options);
    terminal.say(renderPreview(preview, prepared.question.text));
    await terminal.confirm('Send?');
  }
  terminal.progress('Loading the model');
  const model = await loadModel(prepared.pack, { signal, tokenizer });
  let remote: Remote | null = null;
  try {
    remote = options.reference ? null : await openRemote(prepared.pack, profile, options, context);
    const receipt = await stream(
      answer({
        prepared,
        model,
        remote,
        sampling: samplingOf(options),
        stop: options.stop,
        signal,
      }),
      options,
      context,
    );
    if (options.json) print(true, answerOf(receipt), () => '');
    else
      terminal.say(
        `\n${renderReceipt(receipt)}${options.ephemeralKeys ? '\nKeys were in memory only.' : ''}`,
      );
    if (receipt.finish === 'cancelled') process.exitCode = 130;
  } finally {
    await remote?.close();
    await model.close();
  }
}

async function previewFor(prepared: PreparedQuestion, options: PlanOptions): Promise<Preview> {
  if (options.reference) return previewOf(prepared, null, 0);
  const keys = await keysToSend(openProfile(), options);
  return previewOf(prepared, options.server ?? bundledAddress, keys);
}

async function prepare(
  argument: string,
  options: PlanOptions,
  signal: AbortSignal,
): Promise<{ readonly prepared: PreparedQuestion; readonly tokenizer: Tokenizer }> {
  const text = await readPrompt(argument, signal);
  const pack = await openPack(await findPack(packPlaces(openProfile()), options.pack), signal);
  const tokenizer = await openTokenizer(pack);
  const prepared = await prepareQuestion(pack, tokenizer, {
    text,
    policy: options.policy,
    words: options.sensitive,
    ...(options.maxTokens === undefined ? {} : { maxNewTokens: options.maxTokens }),
  });
  return { prepared, tokenizer };
}

/** Shows an answer as it comes. Text goes to standard output, progress to the terminal. */
export async function stream(
  events: AsyncGenerator<GenerateEvent, Receipt>,
  options: Pick<AskOptions, 'json' | 'events'>,
  { terminal }: CommandContext,
): Promise<Receipt> {
  for (;;) {
    const { done, value } = await events.next();
    if (done) {
      if (!options.json) process.stdout.write('\n');
      return value;
    }
    if (options.json) {
      if (options.events) process.stdout.write(`${JSON.stringify(value)}\n`);
    } else if (value.type === 'prefill') {
      terminal.progress(
        `layer ${value.layer} of ${value.layers}, ${value.rows} rows (step ${value.step} of ${value.steps})`,
      );
    } else if (value.type === 'discarded') {
      terminal.say(
        'A product of the server is wrong: the answer is discarded. Its requests go on to their end, so that the server does not learn which one was found out. Ctrl-C ends them now.',
      );
    } else {
      terminal.clear();
      process.stdout.write(value.text);
    }
  }
}
