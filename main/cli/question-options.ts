/** The options that `ask`, `plan` and `score` share. */
import type { Command } from 'commander';
import { Failure } from '../../app/failure/failure.ts';
import { defaultPolicy, isPolicy, policies } from '../../app/plan/policy.ts';
import type { Policy } from '../../app/plan/policy.ts';
import { defaultSampling } from '../inference/sampler.ts';
import type { Sampling } from '../inference/sampler.ts';
import { collect, integerOption, numberOption, numberOverOption } from './input.ts';

export interface QuestionOptions {
  readonly policy: Policy;
  readonly pack?: string;
  readonly sensitive: readonly string[];
  readonly reference?: boolean;
  readonly json?: boolean;
}

export interface RemoteOptions {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly ephemeralKeys?: boolean;
  readonly passphraseFile?: string;
  readonly acceptNewCertificate?: string;
}

export interface SamplingOptions {
  readonly seed?: number;
  readonly maxTokens?: number;
  readonly temperature: number;
  readonly topP: number;
  readonly topK: number;
  readonly stop: readonly string[];
}

export function addQuestionOptions(command: Command): Command {
  return command
    .option(
      '--policy <policy>',
      `which rows are protected: ${policies.join(', ')}`,
      parsePolicy,
      defaultPolicy,
    )
    .option('--pack <pack>', 'a pack by name or folder')
    .option('--sensitive <word>', 'a word to protect, beside what detection finds (repeatable)', collect, [])
    .option('--reference', 'the same integers without encryption, on this machine; sends nothing')
    .option('--json', 'one JSON object');
}

export function addRemoteOptions(command: Command): Command {
  return command
    .option('--server <url>', 'the server; without it the bundled one runs on this machine')
    .option('--token-file <file>', "file with the server's bearer token")
    .option('--passphrase-file <file>', 'file with the passphrase of a profile that is under one')
    .option('--ephemeral-keys', 'keys of this run alone; nothing is written to the profile')
    .option('--accept-new-certificate <sha256>', "replace the server's pinned certificate by this one");
}

export function addSamplingOptions(command: Command): Command {
  return command
    .option(
      '--seed <n>',
      'the same seed gives the same answer',
      integerOption('--seed', 0, Number.MAX_SAFE_INTEGER),
    )
    .option('--max-tokens <n>', 'the longest answer, in tokens', integerOption('--max-tokens', 1, 1_000_000))
    .option(
      '--temperature <x>',
      '0 is always the likeliest token',
      numberOption('--temperature', 0, 10),
      defaultSampling.temperature,
    )
    .option(
      '--top-p <x>',
      'only the likeliest tokens up to this probability',
      numberOverOption('--top-p', 0, 1),
      defaultSampling.topP,
    )
    .option(
      '--top-k <n>',
      'only this many likeliest tokens; 0 is all',
      integerOption('--top-k', 0, 1_000_000),
      defaultSampling.topK,
    )
    .option('--stop <text>', 'end the answer before this text (repeatable)', collect, []);
}

export function samplingOf({ temperature, topP, topK, seed }: SamplingOptions): Sampling {
  return { temperature, topP, topK, ...(seed === undefined ? {} : { seed }) };
}

function parsePolicy(text: string): Policy {
  if (isPolicy(text)) return text;
  throw new Failure('usage', `There is no policy '${text}'. Nothing was sent.`, {
    next: `Policies: ${policies.join(', ')}.`,
  });
}
