/**
 * Reproducible numbers for sampling: xoshiro128** 1.1 (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", 2021), its state filled from the seed by SplitMix64. Not for keys.
 */

/** @param seed a whole number from 0 to 2^53 - 1. @returns numbers in [0, 1) with 53 random bits. */
export function randomNumbers(seed: number): () => number {
  const next = xoshiro128(stateOf(seed));
  return () => {
    const high = next() >>> 5;
    const low = next() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  };
}

/** @returns unsigned 32-bit numbers. */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state;
  const rotate = (x: number, by: number) => (x << by) | (x >>> (32 - by));
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotate(d, 11);
    return result;
  };
}

function stateOf(seed: number): [number, number, number, number] {
  let z = BigInt(seed);
  const splitMix64 = () => {
    z = BigInt.asUintN(64, z + 0x9e3779b97f4a7c15n);
    let x = z;
    x = BigInt.asUintN(64, (x ^ (x >> 30n)) * 0xbf58476d1ce4e5b9n);
    x = BigInt.asUintN(64, (x ^ (x >> 27n)) * 0x94d049bb133111ebn);
    return x ^ (x >> 31n);
  };
  const [first, second] = [splitMix64(), splitMix64()];
  const low = (x: bigint) => Number(x & 0xffffffffn);
  return [low(first), low(first >> 32n), low(second), low(second >> 32n)];
}
