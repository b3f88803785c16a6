/** Where an answer's time went, layer by layer. */
import type { LayerFacts, TimeFacts } from './receipt.ts';

/** What a layer took on this machine, as the engine measures it. */
export interface LocalTime {
  readonly layer: number | null;
  readonly localMs: number;
}

/** What one encrypted product took, as the encrypted multiplier measures it. */
export interface ProductTime {
  readonly matrix: { readonly layer: number };
  readonly encryptMs: number;
  readonly networkMs: number;
  readonly serverMs: number;
  /** With the check. */
  readonly decryptMs: number;
}

/** Adds products to layers. Layers come in the order of `local`, which lists every one. */
export function waterfall(
  local: readonly LocalTime[],
  products: readonly ProductTime[],
): readonly LayerFacts[] {
  return local.map(({ layer, localMs }) => {
    const own = products.filter((product) => product.matrix.layer === layer);
    const total = (part: (product: ProductTime) => number) =>
      own.reduce((sum, product) => sum + part(product), 0);
    return {
      layer,
      local_ms: localMs,
      crypto_ms: total(({ encryptMs, decryptMs }) => encryptMs + decryptMs),
      server_ms: total(({ serverMs }) => serverMs),
      network_ms: total(({ networkMs }) => networkMs),
    };
  });
}

/** The receipt's times that the waterfall adds up to. */
export function stageTotals(
  layers: readonly LayerFacts[],
): Pick<TimeFacts, 'server_ms' | 'crypto_ms' | 'local_ms' | 'network_ms'> {
  const total = (field: 'server_ms' | 'crypto_ms' | 'local_ms' | 'network_ms') =>
    layers.reduce((sum, layer) => sum + layer[field], 0);
  return {
    server_ms: total('server_ms'),
    crypto_ms: total('crypto_ms'),
    local_ms: total('local_ms'),
    network_ms: total('network_ms'),
  };
}
