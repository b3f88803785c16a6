/** Keys and values of every slot so far, one pair of buffers per layer. */

export interface KvCacheShape {
  readonly layers: number;
  /** Numbers of a slot's key, and of its value: heads times head size. */
  readonly slotSize: number;
  /** Views have a multiple of so many slots. */
  readonly granule: number;
  /** The most slots. */
  readonly context: number;
}

export interface KvCache {
  /**
   * Copies the rows behind a layer's filled slots; nothing else moves, unless the buffer is full and doubles.
   * @param keys [rows][slotSize]; `values` alike.
   */
  append(layer: number, keys: Float32Array, values: Float32Array): void;
  /**
   * Views, not copies, of a layer's filled slots and of the empty (zero) ones up to the next multiple of `granule`:
   * [slots][slotSize] each. Valid until the next `append`.
   */
  view(layer: number): { readonly slots: number; readonly keys: Float32Array; readonly values: Float32Array };
  /** Slots that are filled in every layer. */
  filled(): number;
  /** Of all buffers. */
  bytes(): number;
  /** Another cache that begins with this one's first `slots`. @throws RangeError for more than are filled. */
  copy(slots: number, expected: number): KvCache;
}

interface LayerBuffers {
  filled: number;
  keys: Float32Array;
  values: Float32Array;
}

/** @param expected slots to make room for at once. */
export function createKvCache(shape: KvCacheShape, expected: number): KvCache {
  const { slotSize, granule } = shape;
  const whole = (slots: number) => Math.ceil(slots / granule) * granule;
  const limit = whole(shape.context);
  const first = Math.min(limit, whole(Math.max(1, expected)));
  const layers = Array.from({ length: shape.layers }, (): LayerBuffers => ({
    filled: 0,
    keys: new Float32Array(first * slotSize),
    values: new Float32Array(first * slotSize),
  }));
  const at = (layer: number) => {
    const buffers = layers[layer];
    if (!buffers) throw new RangeError(`no layer ${layer}`);
    return buffers;
  };
  const grow = (buffers: LayerBuffers, needed: number) => {
    let capacity = buffers.keys.length / slotSize;
    if (needed <= capacity) return;
    while (capacity < needed) capacity = Math.min(limit, capacity * 2);
    const larger = (from: Float32Array) => {
      const to = new Float32Array(capacity * slotSize);
      to.set(from);
      return to;
    };
    buffers.keys = larger(buffers.keys);
    buffers.values = larger(buffers.values);
  };
  return {
    append(layer, keys, values) {
      const buffers = at(layer);
      const rows = keys.length / slotSize;
      if (!Number.isInteger(rows) || values.length !== keys.length)
        throw new RangeError('keys and values differ in shape');
      if (buffers.filled + rows > shape.context) throw new RangeError(`more than ${shape.context} slots`);
      grow(buffers, buffers.filled + rows);
      buffers.keys.set(keys, buffers.filled * slotSize);
      buffers.values.set(values, buffers.filled * slotSize);
      buffers.filled += rows;
    },
    view(layer) {
      const { filled, keys, values } = at(layer);
      const slots = whole(filled);
      return {
        slots,
        keys: keys.subarray(0, slots * slotSize),
        values: values.subarray(0, slots * slotSize),
      };
    },
    filled: () => Math.min(...layers.map(({ filled }) => filled)),
    bytes: () => layers.reduce((sum, { keys, values }) => sum + keys.byteLength + values.byteLength, 0),
    copy(slots, wanted) {
      const copied = createKvCache(shape, Math.max(slots, wanted));
      for (const [layer, { filled, keys, values }] of layers.entries()) {
        if (slots > filled) throw new RangeError(`${filled} slots are filled, not ${slots}`);
        const numbers = slots * slotSize;
        copied.append(layer, keys.subarray(0, numbers), values.subarray(0, numbers));
      }
      return copied;
    },
  };
}
