import { schemeFacts } from '../../app/receipt/facts.ts';
import type { SchemeFacts } from '../../app/receipt/facts.ts';
import { loadAddon } from '../attention/addon.ts';
import type { Pack } from '../packs/pack.ts';

/** The scheme's parameters, with the largest modulus and the worst failure bound of the pack's matrices. */
export function packScheme(pack: Pack): SchemeFacts {
  return schemeFacts(loadAddon().schemeInfo(), pack.matrices);
}
