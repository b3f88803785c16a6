import { once } from 'node:events';
import type { Command } from 'commander';
import * as v from 'valibot';
import { createDetector } from '../../../app/detect/detect.ts';
import type { Mark } from '../../../app/detect/span.ts';
import { Failure } from '../../../app/failure/failure.ts';
import { openDetectionModel } from '../../detection/model.ts';
import { checked } from '../../services/question.ts';
import type { CommandContext } from '../context.ts';
import { chunksOf, collect, readPrompt } from '../input.ts';
import { linesOf } from '../lines.ts';

const line = v.object({ id: v.union([v.string(), v.number()]), text: v.string() });

interface DetectOptions {
  readonly jsonl?: boolean;
  readonly json?: boolean;
  readonly sensitive: string[];
}

export function registerDetect(program: Command, context: CommandContext): void {
  program
    .command('detect')
    .description('mark the sensitive spans of a text; sends nothing')
    .argument('[text]', 'the text, or - for standard input')
    .option(
      '--jsonl',
      'read {"id","text"} lines from standard input, write {"id","spans"} lines in the same order',
    )
    .option('--json', 'one JSON object')
    .option('--sensitive <word>', 'a word or phrase of your own to mark (repeatable)', collect, [])
    .addHelpText('after', '\nOffsets are UTF-16 code units of the text as given.')
    .action(async (text: string | undefined, options: DetectOptions) => {
      const detector = createDetector({ words: options.sensitive });
      const detect: Detect = (text) =>
        checked(async () => detector.detectWith(await openDetectionModel(), text));
      if (options.jsonl) return detectLines(detect, context.signal);
      const prompt = await readPrompt(text ?? '-', context.signal);
      const spans = await detect(prompt);
      if (options.json) process.stdout.write(`${JSON.stringify({ spans: spans.map(publicSpan) })}\n`);
      else process.stdout.write(describe(prompt, spans));
    });
}

type Detect = (text: string) => Promise<readonly Mark[]>;

async function detectLines(detect: Detect, signal: AbortSignal): Promise<void> {
  let number = 0;
  for await (const text of linesOf(chunksOf(process.stdin, signal))) {
    signal.throwIfAborted();
    number += 1;
    if (text.trim() === '') continue;
    const input = parseLine(text, number);
    const spans = (await detect(input.text)).map(publicSpan);
    if (!process.stdout.write(`${JSON.stringify({ id: input.id, spans })}\n`)) {
      await drained(signal);
    }
  }
}

/** Until standard output takes more. @throws the signal's reason */
async function drained(signal: AbortSignal): Promise<void> {
  try {
    await once(process.stdout, 'drain', { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

function parseLine(text: string, number: number): v.InferOutput<typeof line> {
  try {
    return v.parse(line, JSON.parse(text));
  } catch (cause) {
    throw new Failure('pack', `Line ${number} is not a JSON object with "id" and "text".`, { cause });
  }
}

function publicSpan(span: Mark): { start: number; end: number; kind: string; score: number; source: string } {
  return { start: span.start, end: span.end, kind: span.kind, score: span.score, source: span.source };
}

function describe(text: string, spans: readonly Mark[]): string {
  if (spans.length === 0) return 'Nothing sensitive found.\n';
  return spans
    .map(
      (span) =>
        `${span.start}-${span.end}  ${span.kind}  ${span.score.toFixed(2)}  ${text.slice(span.start, span.end)}\n`,
    )
    .join('');
}
