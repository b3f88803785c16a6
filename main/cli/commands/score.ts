import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { Failure } from '../../../app/failure/failure.ts';
import { createEngine } from '../../inference/engine.ts';
import { loadModel } from '../../inference/model.ts';
import { planModelOf } from '../../inference/plan-model.ts';
import { encodePrompt } from '../../inference/prompt.ts';
import { scoreText } from '../../inference/score-text.ts';
import { findPack } from '../../packs/list.ts';
import { openPack } from '../../packs/pack.ts';
import { packPlaces } from '../../services/pack-places.ts';
import { openProfile } from '../../services/profile.ts';
import { detectSpans } from '../../services/question.ts';
import type { CommandContext } from '../context.ts';
import { print } from '../print.ts';
import { addQuestionOptions, addRemoteOptions } from '../question-options.ts';
import type { QuestionOptions, RemoteOptions } from '../question-options.ts';
import { openRemote } from '../remote.ts';

interface ScoreOptions extends QuestionOptions, RemoteOptions {
  readonly textFile: string;
}

export function registerScore(program: Command, context: CommandContext): void {
  const score = program
    .command('score')
    .description(
      "the logarithm of the probability of each of a text's tokens; sends encrypted rows without asking, save with --reference",
    )
    .requiredOption('--text-file <file>', 'the text, read as it is (no conversation template)');
  addRemoteOptions(addQuestionOptions(score)).action((options: ScoreOptions) => runScore(options, context));
}

async function runScore(options: ScoreOptions, context: CommandContext): Promise<void> {
  const { signal } = context;
  const text = await readFile(options.textFile, 'utf8').catch((cause: unknown) => {
    throw new Failure('usage', `${options.textFile} cannot be read.`, { cause });
  });
  const profile = openProfile();
  const pack = await openPack(await findPack(packPlaces(profile), options.pack), signal);
  const model = await loadModel(pack, { signal });
  const closing: (() => Promise<void> | void)[] = [() => model.close()];
  try {
    const spans = await detectSpans(text, options.sensitive);
    const tokens = encodePrompt(model.tokenizer, { ...pack.tokenizer, turn: null }, text);
    let multiplier = model.local;
    if (!options.reference) {
      const remote = await openRemote(pack, profile, options, context);
      closing.unshift(() => remote.close());
      const opened = await remote.session.openMultiplier(signal, () => undefined);
      closing.unshift(() => opened.close());
      multiplier = opened.multiplier;
    }
    const scored = await scoreText(createEngine(model, { multiplier }), {
      tokens,
      spans,
      policy: options.policy,
      model: planModelOf(pack),
      signal,
    });
    const engine = options.reference ? 'reference' : 'encrypted';
    print(options.json, { ...scored, policy: options.policy, engine, pack: pack.name }, () =>
      scored.tokens.map((token, i) => `${token}\t${scored.logprobs[i]?.toFixed(4) ?? '-'}`).join('\n'),
    );
  } finally {
    for (const close of closing) await close();
  }
}
