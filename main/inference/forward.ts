/**
 * The register machine that takes a step's rows through the model. Registers are tensors by name. A graph reads the
 * registers that its inputs are named after; its output NAME goes to register NAME, its output NAME_next too. `multiply`
 * takes register `q` to register `y`; `attend` first appends `key` and `value` to the layer's cache.
 */
import { Failure } from '../../app/failure/failure.ts';
import type { Plan, PlanStep } from '../../app/plan/plan.ts';
import { routeOf } from '../../app/plan/route.ts';
import type { Route } from '../../app/plan/route.ts';
import { attentionMask } from '../../app/plan/visibility.ts';
import { onnx } from '../installation/onnx-runtime.ts';
import { stopIfAborted } from './cancel.ts';
import type { FloatTensor, Graph, Tensor } from './graphs.ts';
import type { KvCache } from './kv-cache.ts';
import type { Model } from './model.ts';
import type { Multiplier } from './multiplier.ts';

/** Something that took time. `layer` is `null` for embedding and head. */
export interface Stage {
  readonly layer: number | null;
  /** A graph's path or a matrix's name. */
  readonly name: string;
  /** `graph`: by ONNX Runtime on this machine; else how a product was computed (the reference's are all `local`). */
  readonly kind: 'graph' | Route;
  readonly rows: number;
  readonly ms: number;
}

export type Registers = ReadonlyMap<string, Tensor>;

export interface Forward {
  readonly model: Model;
  readonly plan: Plan;
  /** Answers the products on route `encrypted`. */
  readonly multiplier: Multiplier;
  readonly cache: KvCache;
  readonly signal: AbortSignal;
  /** Sees every stage with the registers after it, padding rows included. */
  readonly onStage: (stage: Stage, registers: Registers, step: PlanStep) => void;
}

/**
 * Runs one step. Yields the number of each finished layer.
 * @param ids one token per row of the step, in slot order.
 * @returns `x` after the last layer: [rows and padding][hidden].
 * @throws Failure `cancelled` between any two operations after an abort; `pack` for a program that does not fit its
 * graphs; what the multiplier throws.
 */
export async function* forward(
  run: Forward,
  step: PlanStep,
  ids: readonly number[],
): AsyncGenerator<number, FloatTensor> {
  const { pack } = run.model;
  const count = ids.length;
  const padded = Math.max(count, pack.padding.rows);
  const registers = new Map<string, Tensor>([
    ['ids', int64Rows(ids, padded)],
    ['positions', int64Rows(step.positions, padded)],
  ]);
  let mask: Tensor | undefined;
  await runGraph(run, step, null, pack.program.embed, registers);
  for (const [layer, program] of pack.program.layers.entries()) {
    for (const operation of program) {
      if ('run' in operation) {
        await runGraph(run, step, layer, operation.run, registers);
      } else if ('multiply' in operation) {
        await multiply(run, step, layer, operation.multiply, registers, padded);
      } else {
        const slots = appendToCache(run, layer, registers, count);
        mask ??= new onnx.Tensor('float32', attentionMask(run.plan, step, padded, slots), [padded, slots]);
        registers.set('mask', mask);
        await runGraph(run, step, layer, operation.attend, registers);
        for (const name of ['keys', 'values', 'mask']) registers.delete(name);
      }
    }
    yield layer;
  }
  return float32(registers, 'x');
}

/** The head on the rows `from` to `to` of a step's `x`. @returns one row of logits by token id for each. */
export async function logitsOf(
  run: Forward,
  step: PlanStep,
  x: FloatTensor,
  from: number,
  to: number,
): Promise<readonly Float32Array[]> {
  const { pack } = run.model;
  const hidden = pack.model.hidden;
  const padded = Math.max(to - from, pack.padding.rows);
  const rows = new Float32Array(padded * hidden);
  rows.set(x.data.subarray(from * hidden, to * hidden));
  const registers = new Map<string, Tensor>([['x', new onnx.Tensor('float32', rows, [padded, hidden])]]);
  await runGraph(run, step, null, pack.program.head, registers);
  const logits = float32(registers, 'logits').data;
  const width = logits.length / padded;
  return Array.from({ length: to - from }, (_, row) => logits.subarray(row * width, (row + 1) * width));
}

async function runGraph(
  run: Forward,
  step: PlanStep,
  layer: number | null,
  path: string,
  registers: Map<string, Tensor>,
): Promise<void> {
  stopIfAborted(run.signal);
  const graph = run.model.graphs.get(path);
  const inputs = inputsOf(graph, registers);
  const began = performance.now();
  const outputs = await graph.run(inputs);
  for (const [name, tensor] of Object.entries(outputs)) registers.set(name.replace(/_next$/, ''), tensor);
  const ms = performance.now() - began;
  run.onStage({ layer, name: path, kind: 'graph', rows: step.positions.length, ms }, registers, step);
}

async function multiply(
  run: Forward,
  step: PlanStep,
  layer: number,
  index: number,
  registers: Map<string, Tensor>,
  padded: number,
): Promise<void> {
  stopIfAborted(run.signal);
  const matrix = run.model.pack.matrices[index];
  const planned = run.plan.model.matrices[index];
  if (!matrix || planned?.index !== index)
    throw new Failure('pack', `The plan does not know matrix ${index}.`);
  const count = step.positions.length;
  const q = registers.get('q');
  if (!(q?.data instanceof Uint8Array) || q.dims[1] !== matrix.inputs) {
    throw new Failure('pack', `The pack's program has no rows for ${matrix.name}.`);
  }
  const multiplier = routeOf(step, planned) === 'local' ? run.model.local : run.multiplier;
  const began = performance.now();
  const sums = await multiplier.multiply(
    matrix,
    q.data.subarray(0, count * matrix.inputs),
    count,
    run.signal,
  );
  const ms = performance.now() - began;
  if (sums.length !== count * matrix.outputs) {
    throw new Failure(
      'integrity',
      `The product with ${matrix.name} has the wrong size. The answer is discarded.`,
    );
  }
  const rows = new Int32Array(padded * matrix.outputs);
  rows.set(sums);
  registers.set('y', new onnx.Tensor('int32', rows, [padded, matrix.outputs]));
  const kind = multiplier === run.model.local ? 'local' : 'encrypted';
  run.onStage({ layer, name: matrix.name, kind, rows: count, ms }, registers, step);
}

/** Appends the step's real rows and sets registers `keys` and `values`. @returns their number of slots. */
function appendToCache(run: Forward, layer: number, registers: Map<string, Tensor>, count: number): number {
  const { kvHeads, headSize } = run.model.pack.model;
  const numbers = count * kvHeads * headSize;
  const real = (name: string) => float32(registers, name).data.subarray(0, numbers);
  run.cache.append(layer, real('key'), real('value'));
  const { slots, keys, values } = run.cache.view(layer);
  registers.set('keys', new onnx.Tensor('float32', keys, [slots, kvHeads, headSize]));
  registers.set('values', new onnx.Tensor('float32', values, [slots, kvHeads, headSize]));
  return slots;
}

function inputsOf(graph: Graph, registers: Registers): Record<string, Tensor> {
  const inputs: Record<string, Tensor> = {};
  for (const name of graph.inputs) {
    const tensor = registers.get(name);
    if (!tensor)
      throw new Failure('pack', `The pack's graph ${graph.path} reads ${name}, which nothing wrote.`);
    inputs[name] = tensor;
  }
  return inputs;
}

function float32(registers: Registers, name: string): FloatTensor {
  const tensor = registers.get(name);
  if (tensor?.type !== 'float32') throw new Failure('pack', `The pack's program gives no ${name}.`);
  return tensor as FloatTensor;
}

function int64Rows(values: readonly number[], padded: number): Tensor {
  const rows = new BigInt64Array(padded);
  values.forEach((value, row) => (rows[row] = BigInt(value)));
  return new onnx.Tensor('int64', rows, [padded]);
}
