import { Failure } from '../../app/failure/failure.ts';
import { onnx } from '../installation/onnx-runtime.ts';
import type { Pack } from '../packs/pack.ts';
import { stopIfAborted } from './cancel.ts';
import type { Graphs } from './graphs.ts';
import type { Multiplier } from './multiplier.ts';

/** The graphs of the products that this machine can compute itself. */
export function localProductGraphs(pack: Pack): readonly string[] {
  return pack.matrices.flatMap((matrix) => (matrix.graph === null ? [] : [matrix.graph]));
}

/** Products by the pack's own weights: MatMulInteger, exact. @throws Failure `pack` for a matrix without weights. */
export function createLocalMultiplier(pack: Pack, graphs: Graphs): Multiplier {
  return {
    async multiply(matrix, rows, count, signal) {
      stopIfAborted(signal);
      const path = pack.matrices[matrix.index]?.graph ?? null;
      if (path === null) {
        throw new Failure('pack', `The pack ${pack.name} does not carry the weights of ${matrix.name}.`, {
          next: 'Use a server: with a private pack every product is computed there.',
        });
      }
      const { y } = await graphs.get(path).run({ q: new onnx.Tensor('uint8', rows, [count, matrix.inputs]) });
      if (!(y?.data instanceof Int32Array))
        throw new Failure('pack', `The pack's graph ${path} gives no int32 y.`);
      return y.data;
    },
  };
}
