import { describe, expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import type { ProductRequest } from '../egress/multiply-stream.ts';
import type { RemoteMatrix } from '../inference/multiplier.ts';
import type { Verifier } from './addon.ts';
import { createEncryptedMultiplier } from './encrypted-multiplier.ts';
import type { EncryptedMultiplierOptions, ProductStage } from './encrypted-multiplier.ts';

/** Two outputs of three inputs: [[1, -2, 3], [4, 5, -6]]. */
const weights = [
  [1, -2, 3],
  [4, 5, -6],
];
const matrix: RemoteMatrix = {
  index: 7,
  name: 'h.0.attn.c_attn',
  layer: 0,
  inputs: 3,
  outputs: 2,
  t: 1_048_583,
  rangeBound: 127 * 15,
  noiseLog2: 0,
  failureLog2: -200,
};

/** A scheme that hides nothing: ciphertexts are rows, products are sums. */
const addon = {
  requestBytes: (_facts: unknown, count: number) => count * matrix.inputs,
  responseBytes: (_facts: unknown, count: number) => count * matrix.outputs * 4,
};

/** Only the scheme looks into it. */
const verifier: Verifier = {} as never;

function multiplyInClear(rows: Uint8Array): Int32Array {
  const sums = [];
  for (let row = 0; row < rows.length; row += matrix.inputs) {
    for (const w of weights) sums.push(w.reduce((sum, wi, i) => sum + wi * ((rows[row + i] ?? 0) - 128), 0));
  }
  return Int32Array.from(sums);
}

/** The world around a multiplier, and what it saw. */
function world(
  options: { serve?: (request: ProductRequest) => Promise<Uint8Array>; private?: boolean } = {},
) {
  const seen = {
    counters: [] as bigint[],
    requests: [] as ProductRequest[],
    stages: [] as ProductStage[],
    events: [] as string[],
  };
  let next = 100n;
  const serve = options.serve ?? ((request) => Promise.resolve(right(request)));
  const multiplierOptions: EncryptedMultiplierOptions = {
    key: {
      encrypt: (_facts, rows, _count, counter) => {
        seen.counters.push(counter);
        return Promise.resolve(rows.slice());
      },
      decrypt: (facts, product, _count, check) => {
        if (product[0] === 0xee) return refusal('format');
        const sums = new Int32Array(product.slice().buffer);
        if (sums.some((sum) => Math.abs(sum) > facts.rangeBound)) return refusal('product');
        const wanted = check ? multiplyInClear(check.rows) : sums;
        return wanted.every((sum, i) => sum === sums[i]) ? Promise.resolve(sums) : refusal('product');
      },
      destroy: () => seen.events.push('key destroyed'),
    },
    keyId: new Uint8Array(16).fill(1),
    packId: new Uint8Array(32).fill(2),
    nextCounter: (count) => {
      const first = next;
      next += BigInt(count);
      return Promise.resolve(first);
    },
    requireKey: () => undefined,
    checks: { of: () => Promise.resolve(options.private ? null : verifier) },
    stream: {
      multiply: async (request) => {
        seen.requests.push(request);
        return { product: await serve(request), serverMicros: 1_000_000_000 };
      },
      close: () => seen.events.push('stream closed'),
    },
    onStage: (stage) => seen.stages.push(stage),
    onAnomaly: () => void seen.events.push('key retired'),
    addon,
  };
  return { seen, multiplier: createEncryptedMultiplier(multiplierOptions), options: multiplierOptions };
}

function refusal(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error('refused'), { code }));
}

function right(request: ProductRequest): Uint8Array {
  return new Uint8Array(multiplyInClear(request.ciphertext).buffer);
}

function rowsOf(count: number): Uint8Array {
  return Uint8Array.from({ length: count * matrix.inputs }, (_, i) => 1 + ((i * 37) % 255));
}

const never = new AbortController().signal;

describe('an encrypted product', () => {
  it.each([1, 2, 3, 16, 17, 64, 65, 130])('of %i rows is exact', async (count) => {
    const { multiplier } = world();
    const rows = rowsOf(count);
    expect(await multiplier.multiply(matrix, rows, count, never)).toEqual(multiplyInClear(rows));
  });

  it('travels in a full bucket, filled up with zero rows', async () => {
    const { multiplier, seen } = world();
    await multiplier.multiply(matrix, rowsOf(3), 3, never);
    const [request] = seen.requests;
    expect(request).toMatchObject({ matrix: 7, rows: 4, productBytes: 32 });
    expect(request?.ciphertext).toHaveLength(12);
    expect([...(request?.ciphertext.subarray(9) ?? [])]).toEqual([128, 128, 128]);
  });

  it('of more than 64 rows takes several requests, each with its own counter', async () => {
    const { multiplier, seen } = world();
    await multiplier.multiply(matrix, rowsOf(130), 130, never);
    expect(seen.requests.map(({ rows }) => rows)).toEqual([64, 64, 2]);
    expect(seen.counters).toEqual([100n, 101n, 102n]);
  });

  it('tells the receipt what it took, with a server time that fits the round trip', async () => {
    const { multiplier, seen } = world();
    await multiplier.multiply(matrix, rowsOf(3), 3, never);
    expect(seen.stages).toHaveLength(1);
    expect(seen.stages[0]).toMatchObject({
      rows: 3,
      bucket: 4,
      verified: true,
      ciphertextBytes: 12,
      productBytes: 32,
    });
    expect(seen.stages[0]?.networkMs).toBe(0);
    expect(multiplier.verified).toEqual({ products: 1, failed: 0 });
  });

  it('of a private pack does not count as verified', async () => {
    const { multiplier, seen } = world({ private: true });
    await multiplier.multiply(matrix, rowsOf(3), 3, never);
    expect(seen.stages[0]?.verified).toBe(false);
    expect(multiplier.verified).toEqual({ products: 0, failed: 0 });
  });

  it('is not sent after an abort', async () => {
    const { multiplier, seen } = world();
    await expect(multiplier.multiply(matrix, rowsOf(1), 1, AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(seen.requests).toEqual([]);
  });
});

describe('an anomaly', () => {
  const wrong = (change: (sums: Int32Array) => void) => (request: ProductRequest) => {
    const sums = multiplyInClear(request.ciphertext);
    change(sums);
    return Promise.resolve(new Uint8Array(sums.buffer));
  };

  it.each([
    ['a sum that is off by one', wrong((sums) => (sums[0] = (sums[0] ?? 0) + 1)), 1],
    ['a wrong sum of a dummy row', wrong((sums) => (sums[7] = 1)), 1],
    ['a sum out of range', wrong((sums) => (sums[0] = 127 * 15 + 1)), 1],
    ['a product that cannot be decrypted', () => Promise.resolve(new Uint8Array(32).fill(0xee)), 0],
  ])(
    '%s is followed by requests of zeros, whatever comes of them, until the answer ends',
    async (_, serve, failed) => {
      const { multiplier, seen } = world({ serve });
      expect(await multiplier.multiply(matrix, rowsOf(3), 3, never)).toEqual(new Int32Array(6));
      const spoilt = multiplier.spoilt;
      expect(await multiplier.multiply(matrix, rowsOf(3), 3, never)).toEqual(new Int32Array(6));
      expect(multiplier.spoilt).toBe(spoilt);
      expect(seen.requests.map(({ rows, ciphertext }) => [rows, ciphertext.length])).toEqual([
        [4, 12],
        [4, 12],
      ]);
      expect(seen.requests[1]?.ciphertext).toEqual(new Uint8Array(12).fill(128));
      expect(seen.counters).toEqual([100n, 101n]);
      expect(multiplier.verified).toEqual({ products: 0, failed });
      expect(seen.events).toEqual([]);

      expect(await spoilt?.end()).toMatchObject({ code: 'integrity', reason: 'integrity-failed' });
      expect(await spoilt?.end()).toBe(await multiplier.spoilt?.end());
      expect(seen.events).toEqual(['key destroyed', 'stream closed', 'key retired']);
      await expect(multiplier.multiply(matrix, rowsOf(3), 3, never)).rejects.toMatchObject({
        code: 'integrity',
      });
      expect(seen.requests).toHaveLength(2);
    },
  );

  it('then shows nothing of right products either', async () => {
    let products = 0;
    const serve = (request: ProductRequest) =>
      ++products === 1 ? wrong((sums) => (sums[0] = 7))(request) : Promise.resolve(right(request));
    const { multiplier } = world({ serve });
    await multiplier.multiply(matrix, rowsOf(1), 1, never);
    expect(await multiplier.multiply(matrix, rowsOf(1), 1, never)).toEqual(new Int32Array(2));
    expect(multiplier.verified).toEqual({ products: 0, failed: 1 });
  });

  it('of the protocol ends the answer and its key at once', async () => {
    const malformed = new Failure('integrity', 'A product of the wrong length.');
    const { multiplier, seen } = world({ serve: () => Promise.reject(malformed) });
    await expect(multiplier.multiply(matrix, rowsOf(3), 3, never)).rejects.toMatchObject({
      code: 'integrity',
    });
    expect(seen.events).toEqual(['key destroyed', 'stream closed', 'key retired']);
    expect(multiplier.verified).toEqual({ products: 0, failed: 0 });

    await expect(multiplier.multiply(matrix, rowsOf(3), 3, never)).rejects.toMatchObject({
      code: 'integrity',
    });
    expect(seen.requests).toHaveLength(1);
    expect(seen.events).toHaveLength(3);
  });

  it('out of range is noticed without weights too', async () => {
    const { multiplier } = world({ private: true, serve: wrong((sums) => (sums[0] = -127 * 15 - 1)) });
    await multiplier.multiply(matrix, rowsOf(1), 1, never);
    expect(await multiplier.spoilt?.end()).toMatchObject({ code: 'integrity' });
  });

  it('is told even when the key cannot be retired', async () => {
    const { options } = world({ serve: wrong((sums) => (sums[0] = 7)) });
    const multiplier = createEncryptedMultiplier({
      ...options,
      onAnomaly: () => Promise.reject(new Error('the disk is full')),
    });
    await multiplier.multiply(matrix, rowsOf(1), 1, never);
    expect(await multiplier.spoilt?.end()).toMatchObject({
      code: 'integrity',
      next: 'Run: sotto keys rotate',
    });
  });

  it('is not what a refusal or a lost connection is', async () => {
    const lost = new Failure('server', 'The connection to the server was lost.');
    const { multiplier, seen } = world({ serve: () => Promise.reject(lost) });
    await expect(multiplier.multiply(matrix, rowsOf(1), 1, never)).rejects.toBe(lost);
    expect(seen.events).toEqual([]);
  });
});

describe('a key that was retired and destroyed while an answer was made', () => {
  const retired = new Failure('refused', 'The session key was retired.');
  const gone = () => refusal('argument');

  it.each(['encrypt', 'decrypt'] as const)(
    'ends the answer in words, and is no anomaly: %s',
    async (call) => {
      const { seen, options } = world();
      const of = (requireKey: () => void) =>
        createEncryptedMultiplier({ ...options, key: { ...options.key, [call]: gone }, requireKey });
      const multiplier = of(() => {
        throw retired;
      });
      await expect(multiplier.multiply(matrix, rowsOf(1), 1, never)).rejects.toBe(retired);
      // With a key in use it is a defect, and stays one.
      await expect(of(() => undefined).multiply(matrix, rowsOf(1), 1, never)).rejects.toMatchObject({
        code: 'argument',
      });
      expect(seen.events).toEqual([]);
    },
  );
});
