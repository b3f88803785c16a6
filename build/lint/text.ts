/**
 * Checks the text of every file that git knows or would add. Usage: node build/lint/text.ts
 *
 * What it looks for speaks of one machine, of a service of its owner, or of work left undone.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { report, root } from './report.ts';

/** One file to check; `text` is undefined where the file is binary or data. */
export interface SourceFile {
  readonly path: string;
  readonly bytes: number;
  readonly text: string | undefined;
}

const mostBytes = 20_000_000;

const rules: readonly { readonly what: string; readonly pattern: RegExp; readonly except?: RegExp }[] = [
  { what: 'a path of one machine', pattern: /(?<![\w.~-])\/(?:(?:work|root|farm)(?=\/)|tmp\/\w\/)/ },
  {
    what: 'the home folder of one machine',
    pattern: /(?<![\w.~-])\/(?:home|Users)\/\w+|[A-Z]:\\Users\\\w/,
    except: /\.test\.ts$/,
  },
  {
    what: 'the name of a package registry',
    pattern:
      /\b(?:registry\.(?:npmjs|yarnpkg)\.\w+|(?:index|static)\.crates\.io|files\.pythonhosted\.org|proxy\.golang\.org)/,
  },
  {
    what: 'an address to download from',
    pattern: /"resolved": *"https?:/,
    except: /(?<!package-lock\.json)$/,
  },
  { what: 'work left undone', pattern: /\b(?:TO)DO\b|\bFIX(?:ME)\b/ },
  {
    what: 'the folder of development data, outside tests and training',
    pattern: /(?:\.\.\/)+shared\//,
    except: /^(?:test|build\/model)\/|\.test\.ts$|^native\/\w+\/(?:tests|benches)\//,
  },
];

/** What is wrong in one file, a sentence each. */
export function checkFile(file: SourceFile): string[] {
  const findings =
    file.bytes > mostBytes ? [`${file.path}: ${file.bytes} bytes, more than ${mostBytes}`] : [];
  for (const { what, pattern, except } of rules) {
    if (file.text === undefined || except?.test(file.path)) continue;
    const at = file.text.search(pattern);
    if (at >= 0) findings.push(`${file.path}:${file.text.slice(0, at).split('\n').length}: ${what}`);
  }
  return findings;
}

const sourceText =
  /\.(?:[cm]?[jt]s|svelte|rs|py|sh|toml|ya?ml|json|md|proto|html|css|lock)$|(?:^|\/)[^./]+$|^\.[^/]+$/;
/** Weights, vocabularies, test vectors and inputs of fuzzing: their words are data. */
const data = /^(?:build\/model\/.*\.json|native\/(?:lattice\/vectors|fuzz\/corpus)\/.*)$/;

function readSources(): SourceFile[] {
  const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  });
  const paths = new Set(list.toString('utf8').split('\0').filter(Boolean));
  return Array.from(paths).flatMap((path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    if (!stat?.isFile()) return [];
    const readable = sourceText.test(path) && !data.test(path) && stat.size <= mostBytes;
    return [{ path, bytes: stat.size, text: readable ? readFileSync(join(root, path), 'utf8') : undefined }];
  });
}

if (import.meta.main) report(readSources().flatMap(checkFile));
