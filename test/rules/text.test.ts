import { describe, expect, test } from 'vitest';
import { checkFile } from '../../build/lint/text.ts';

const check = (text: string, path = 'main/packs/pack.ts') => checkFile({ path, bytes: text.length, text });
/** Joined here, so that this file keeps the rules that it breaks. */
const join = (...parts: string[]) => parts.join('');

describe('found', () => {
  test.each([
    ['a workplace', join('see /', 'work/main'), 'a path of one machine'],
    ['the home of root', join('see /', 'root/.cargo'), 'a path of one machine'],
    ['a home', join('see /', 'home/ana/sotto'), 'the home folder of one machine'],
    ['a home on a Mac', join('see /', 'Users/ana'), 'the home folder of one machine'],
    ['a home on Windows', join('see C:', '\\Users\\ana'), 'the home folder of one machine'],
    ['a scratch folder', join('see /', 'tmp/w/x'), 'a path of one machine'],
    ['the registry of npm', join('https://registry', '.npmjs.org/x'), 'the name of a package registry'],
    ['the registry of crates', join('https://index', '.crates.io'), 'the name of a package registry'],
    ['a note to come back', join('// TO', 'DO: tidy'), 'work left undone'],
    ['a note to repair', join('// FIX', 'ME'), 'work left undone'],
    [
      'development data',
      join("read('../../", "shared/data/x')"),
      'the folder of development data, outside tests and training',
    ],
  ])('%s', (_name, line, finding) => {
    expect(check(`first\n${line}\n`)).toEqual([`main/packs/pack.ts:2: ${finding}`]);
  });

  test('an address in the lock file', () => {
    const text = join('{"resolved', '": "https://host/x.tgz"}');
    expect(check(text, 'package-lock.json')).toEqual(['package-lock.json:1: an address to download from']);
    expect(check(text, 'docs/lock.json')).toEqual([]);
  });

  test('a file over 20 MB', () => {
    expect(checkFile({ path: 'build/model/w.bin', bytes: 20_000_001, text: undefined })).toEqual([
      'build/model/w.bin: 20000001 bytes, more than 20000000',
    ]);
  });
});

describe('free', () => {
  test.each([
    '$HOME/sotto',
    'a/work/b',
    '/tmp/sotto-1',
    'https://example.com/home/ana',
    'the to-do list',
    'mastodon',
  ])('%s', (line) => {
    expect(check(line)).toEqual([]);
  });

  test.each([
    'test/numerics/a.ts',
    'app/detect/a.test.ts',
    'build/model/train.py',
    'native/lattice/tests/a.rs',
  ])('development data in %s', (path) => {
    expect(check(join('../../', 'shared/data/x'), path)).toEqual([]);
  });
});
