/**
 * Runs the checks of a pack in a process of their own, for example on an emulated processor:
 * `qemu-x86_64 -cpu Haswell-noTSX node test/numerics/check-pack.ts PACK`. Prints the complaints as a JSON list.
 */
import { loadModel } from '../../main/inference/model.ts';
import { openPack } from '../../main/packs/pack.ts';
import { checkProducts } from './product-checks.ts';
import { asUsed, checkAttention, checkGraphs, checkOptimisation } from './row-checks.ts';

const [root] = process.argv.slice(2);
if (root === undefined) {
  console.error('Usage: check-pack.ts PACK');
  process.exit(2);
}
const pack = await openPack(root);
const model = await loadModel(pack);
const complaints = [
  ...(await checkProducts(model, root)),
  ...(await checkGraphs(pack, asUsed)),
  ...(await checkOptimisation(pack)),
  // Emulation is slow; other numbers of rows go through the same kernels.
  ...(await checkAttention(pack, asUsed, [1, 2, 13])),
];
await model.close();
console.log(JSON.stringify(complaints));
