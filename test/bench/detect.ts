/**
 * Detection under Node, on one thread, over letters of made-up people that differ from run to run, so that no window
 * was read before. In the page it is `key-to-mark-p95-ms` of `bench app`.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createDetector } from '../../app/detect/detect.ts';
import { openDetectionModel } from '../../main/detection/model.ts';
import { installation } from '../../main/installation/installation.ts';
import type { Benchmark } from './row.ts';
import { constant, row } from './row.ts';

/** Characters of a run, in letters of some 600. */
const length = 20_000;

export const detection: Benchmark = {
  name: 'detect',
  about: 'detection on this machine: rules alone and with the model, milliseconds per 1,000 characters',
  async run({ runs, progress }) {
    const detector = createDetector();
    progress('Loading the model');
    const began = performance.now();
    const model = await openDetectionModel();
    const loaded = performance.now() - began;
    const letters = createLetters();
    const measured = async (name: string, detect: (text: string) => unknown) => {
      const samples: number[] = [];
      for (let run = 0; run <= runs; run += 1) {
        progress(run === 0 ? `Warming up: ${name}` : `${name} ${run} of ${runs}`);
        const texts = letters(length);
        const start = performance.now();
        for (const text of texts) await detect(text);
        const time = performance.now() - start;
        const characters = texts.reduce((sum, text) => sum + text.length, 0);
        if (run > 0) samples.push((time / characters) * 1000);
      }
      return row(name, 'ms per 1,000 characters', samples);
    };
    return [
      await measured('rules', (text) => detector.detect(text)),
      await measured('rules-and-model', (text) => detector.detectWith(model, text)),
      constant('model-load-ms', 'ms', loaded),
      constant('model-bytes', 'bytes', bytesIn(installation.detector)),
    ];
  },
};

function bytesIn(folder: string): number {
  return readdirSync(folder)
    .filter((name) => /^(?:detector\.(?:onnx|json)|vocabulary\.txt)$/.test(name))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** Letters with as many sensitive words as people write, no two alike. */
function createLetters(): (characters: number) => string[] {
  let state = 20_261_121;
  const pick = <T>(list: readonly T[]): T => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return list[Math.floor((state / 2 ** 32) * list.length)] as T;
  };
  const digits = (count: number) =>
    Array.from({ length: count }, () => pick(Array.from('0123456789'))).join('');
  const sentence = () =>
    pick([
      () =>
        `${pick(given)} ${pick(family)} called at ${pick(['noon', 'nine', 'half past two'])} about the ${pick(things)}.`,
      () =>
        `Please send the ${pick(things)} to ${digits(2)} ${pick(family)} Road, ${pick(places)}, before it is late.`,
      () =>
        `My number is 415-555-${digits(4)}, and ${pick(given).toLowerCase()}@${pick(places).toLowerCase()}.example reaches me too.`,
      () =>
        `Nothing about the ${pick(things)} was new to me, but I read all of it twice and made a note of ${digits(3)} points.`,
      () =>
        `We were in ${pick(places)} in the spring, where the ${pick(things)} cost ${digits(2)} euros and the rain did not stop.`,
      () =>
        `What would you write to someone who has lost a ${pick(things)} and does not want to talk about it?`,
    ])();
  return (characters) => {
    const texts: string[] = [];
    for (let made = 0; made < characters;) {
      let text = sentence();
      while (text.length < 600) text += ` ${sentence()}`;
      texts.push(text);
      made += text.length;
    }
    return texts;
  };
}

const given = ['Marta', 'Jonas', 'Ines', 'Tariq', 'Yuki', 'Oluwaseun', 'Greta', 'Pavel', 'Noor', 'Luca'];
const family = [
  'Almeida',
  'Brandt',
  'Okafor',
  'Lindqvist',
  'Moreau',
  'Haddad',
  'Kowalczyk',
  'Tanaka',
  'Rossi',
];
const places = ['Porto', 'Leipzig', 'Aarhus', 'Nantes', 'Tucson', 'Bologna', 'Kyoto', 'Tampere', 'Cork'];
const things = ['contract', 'report', 'kitchen', 'piano', 'invoice', 'journey', 'medicine', 'garden', 'key'];
