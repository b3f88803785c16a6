import type { Pack } from '../packs/pack.ts';
import type { Graphs, LoadOptions } from './graphs.ts';
import { loadGraphs } from './graphs.ts';
import { createLocalMultiplier, localProductGraphs } from './local-multiplier.ts';
import type { Multiplier } from './multiplier.ts';
import type { Tokenizer } from './tokenizer.ts';
import { openTokenizer } from './tokenizer.ts';

/** A pack whose graphs are in memory. Many engines may share one. */
export interface Model {
  readonly pack: Pack;
  readonly tokenizer: Tokenizer;
  readonly graphs: Graphs;
  /** Products by this machine's own weights; fails for the matrices of a private pack. */
  readonly local: Multiplier;
  /** Frees the sessions. No engine on this model may run afterwards. */
  close(): Promise<void>;
}

export interface ModelOptions extends LoadOptions {
  /** The pack's own, where it is open already. */
  readonly tokenizer?: Tokenizer;
}

/**
 * Loads every graph of an opened pack.
 * @throws Failure `pack` naming what could not be loaded; `cancelled`.
 */
export async function loadModel(pack: Pack, options: ModelOptions = {}): Promise<Model> {
  const tokenizer = options.tokenizer ?? (await openTokenizer(pack));
  const { embed, layers, head } = pack.program;
  const inLayers = layers
    .flat()
    .flatMap((step) => ('run' in step ? [step.run] : 'attend' in step ? [step.attend] : []));
  const paths = new Set([embed, ...inLayers, head, ...localProductGraphs(pack)]);
  const graphs = await loadGraphs(pack.dir, paths, options);
  return {
    pack,
    tokenizer,
    graphs,
    local: createLocalMultiplier(pack, graphs),
    close: () => graphs.release(),
  };
}
