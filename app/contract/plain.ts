/** Deeper than any input of the contract; a deeper one is an attack on whoever walks through it. */
const maxDepth = 32;
/** Values in one message; the longest lists of the contract hold some ten thousand. */
const maxValues = 1_000_000;

/**
 * Whether a value is plain data as JSON knows it, of bounded depth and size: what a port may carry, whatever its
 * transport could. Cycles, class instances, binary data, functions and symbols are not.
 */
export function isPlain(value: unknown): boolean {
  let left = maxValues;
  const walk = (part: unknown, depth: number): boolean => {
    left -= 1;
    if (left < 0 || depth > maxDepth) return false;
    switch (typeof part) {
      case 'string':
      case 'number':
      case 'boolean':
      case 'undefined':
        return true;
      case 'object':
        break;
      default:
        return false;
    }
    if (part === null) return true;
    if (Array.isArray(part)) return part.every((item) => walk(item, depth + 1));
    const prototype: unknown = Object.getPrototypeOf(part);
    if (prototype !== Object.prototype && prototype !== null) return false;
    return Object.values(part).every((item) => walk(item, depth + 1));
  };
  return walk(value, 0);
}
