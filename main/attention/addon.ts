/** Loads the native addon, the client half of the encryption scheme. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Failure } from '../../app/failure/failure.ts';
import { installation } from '../installation/installation.ts';
import type * as addon from '../../native/addon/sotto.d.ts';

export type Addon = typeof addon;
export type {
  MatrixFacts,
  SchemeFacts,
  SecretKey,
  Verifier,
  WeightLayout,
} from '../../native/addon/sotto.d.ts';

let loaded: Addon | undefined;

/** @throws Failure `pack` when it is not built, or built for another machine. */
export function loadAddon(): Addon {
  return (loaded ??= load(installation.addon));
}

function load(path: string): Addon {
  const next = 'Run: npm run setup';
  if (!existsSync(path)) {
    throw new Failure('pack', 'The encryption library is not built. Nothing was sent.', { next });
  }
  try {
    return createRequire(import.meta.url)(path) as Addon;
  } catch (cause) {
    throw new Failure('pack', 'The encryption library does not load on this machine. Nothing was sent.', {
      next,
      cause,
    });
  }
}
