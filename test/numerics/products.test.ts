/** The local product is exact for every row and weight, and is made of the weights that the server has. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../main/inference/model.ts';
import { loadModel } from '../../main/inference/model.ts';
import { openPack } from '../../main/packs/pack.ts';
import { extremeValues, randomValues } from './checkpoint.ts';
import { missingBuilder, PackFolder } from './packs.ts';
import { checkProducts } from './product-checks.ts';

const size = { layers: 1, hidden: 384, heads: 6, context: 64, vocabulary: 257 };

describe.skipIf(missingBuilder)('the local product', () => {
  const folder = new PackFolder();
  const models: Record<string, { model: Model; root: string }> = {};
  beforeAll(async () => {
    const weights = { random: randomValues(4), extreme: extremeValues(4) };
    for (const [name, values] of Object.entries(weights)) {
      const root = folder.make(name, size, values, ['--remote', 'all']);
      models[name] = { model: await loadModel(await openPack(root)), root };
    }
  });
  afterAll(async () => {
    await Promise.all(Object.values(models).map(({ model }) => model.close()));
    folder.remove();
  });

  for (const name of ['random', 'extreme']) {
    test(`is the exact product with the server's ${name} weights`, async () => {
      const { model, root } = models[name] ?? expect.unreachable();
      expect(model.pack.matrices).toHaveLength(4);
      expect(await checkProducts(model, root)).toEqual([]);
    });
  }
});
