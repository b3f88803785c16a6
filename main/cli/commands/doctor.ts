import type { Command } from 'commander';
import { findPack } from '../../packs/list.ts';
import { checkHealth } from '../../services/health.ts';
import type { Check } from '../../services/health.ts';
import { packPlaces } from '../../services/pack-places.ts';
import { openProfile } from '../../services/profile.ts';
import type { CommandContext } from '../context.ts';
import { readSecretFile } from '../input.ts';
import { print } from '../print.ts';

interface DoctorOptions {
  readonly json?: boolean;
  readonly pack?: string;
  readonly server?: string;
  readonly tokenFile?: string;
}

export function registerDoctor(program: Command, context: CommandContext): void {
  program
    .command('doctor')
    .description('check what works on this machine; each check that fails says what to do')
    .option('--pack <pack>', 'a pack by name or folder')
    .option('--server <url>', 'check this server instead of the bundled one')
    .option('--token-file <file>', "file with the server's bearer token")
    .option('--json', 'one JSON object')
    .action((options: DoctorOptions) => doctor(options, context));
}

async function doctor(options: DoctorOptions, { terminal, signal }: CommandContext): Promise<void> {
  const profile = openProfile();
  const health = checkHealth({
    profile,
    packRoot: await findPack(packPlaces(profile), options.pack),
    ...(options.server === undefined ? {} : { server: options.server }),
    ...(options.tokenFile === undefined ? {} : { token: await readSecretFile(options.tokenFile) }),
    signal,
  });
  const checks: Check[] = [];
  for await (const check of health) {
    checks.push(check);
    // At once: a reader that has seen enough ends the checks, and not what they have found.
    if (!check.passed) process.exitCode = 1;
    terminal.clear();
    if (!options.json) process.stdout.write(`${line(check, checks.length)}\n`);
    terminal.progress(`check ${checks.length + 1}`);
  }
  terminal.clear();
  if (options.json) print(true, { passed: checks.every((check) => check.passed), checks }, () => '');
}

function line({ passed, name, detail, next }: Check, number: number): string {
  const first = `${String(number).padStart(2)}. ${passed ? 'PASS' : 'FAIL'}  ${name}: ${detail}`;
  return next === undefined ? first : `${first}\n          ${next}`;
}
