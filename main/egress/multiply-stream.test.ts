import { status } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from './connect.ts';
import { startFakeServer } from './fake-server.fixture.ts';
import type { MultiplyAnswer, MultiplyCallAtServer } from './fake-server.fixture.ts';
import type { MultiplyRequest } from './generated/sotto/v1/sotto_pb.ts';
import { Ledger } from './ledger.ts';
import type { TimeLimits } from './limits.ts';
import { memoryPinStore } from './pins.ts';

const cleanups: (() => void)[] = [];
afterEach(() => cleanups.splice(0).forEach((clean) => clean()));

async function openStream(
  serve: (call: MultiplyCallAtServer) => void,
  {
    limits,
    signal = new AbortController().signal,
  }: { limits?: Partial<TimeLimits>; signal?: AbortSignal } = {},
) {
  const server = await startFakeServer({ multiply: serve });
  const ledger = new Ledger();
  const connection = await connect({
    address: server.address,
    pins: memoryPinStore(),
    ledger,
    allowInsecureLoopback: true,
    ...(limits && { limits }),
  });
  cleanups.push(() => connection.close(), server.stop);
  return { server, ledger, stream: await connection.openMultiply(signal) };
}

/** Accepts the stream and answers each request with what `answer` makes of it. */
function answering(answer: (request: MultiplyRequest) => MultiplyAnswer | undefined) {
  return (call: MultiplyCallAtServer) => {
    call.sendMetadata(call.metadata.clone());
    call.on('data', (request: MultiplyRequest) => {
      const made = answer(request);
      if (made) call.write(made);
    });
    call.on('error', () => undefined);
  };
}

const product = (request: MultiplyRequest): MultiplyAnswer => ({
  id: request.id,
  serverUs: 1500,
  result: { case: 'product', value: new Uint8Array(8).fill(request.rows) },
});

const request = {
  pack: new Uint8Array(32),
  keyId: new Uint8Array(16),
  matrix: 0,
  rows: 2,
  ciphertext: new Uint8Array(100),
  productBytes: 8,
};

describe('a stream of products', () => {
  it('matches responses to requests in any order', async () => {
    const waiting: MultiplyRequest[] = [];
    const { stream } = await openStream((call) =>
      answering((request) => {
        waiting.push(request);
        if (waiting.length === 3) for (const late of waiting.reverse()) call.write(product(late));
        return undefined;
      })(call),
    );
    const answers = await Promise.all([1, 2, 4].map((rows) => stream.multiply({ ...request, rows })));
    expect(answers.map(({ product }) => product[0])).toEqual([1, 2, 4]);
    expect(answers[0]?.serverMicros).toBe(1500);
  });

  it('enters each message in the ledger', async () => {
    const { stream, ledger } = await openStream(answering(product));
    await stream.multiply(request);
    const [sent, received] = ledger.entries();
    expect(sent).toMatchObject({ direction: 'sent', call: 'Multiply', purpose: 'products' });
    expect(received).toMatchObject({ direction: 'received', call: 'Multiply', purpose: 'products' });
    // 5 bytes of gRPC, 5 per fixed32 (the matrix is 0, which takes none), 2 and the content per bytes field.
    expect(sent?.bytes).toBe(5 + 5 + 34 + 18 + 5 + 102);
    expect(received?.bytes).toBe(5 + 5 + 5 + 10);
  });

  it('goes on after a refusal', async () => {
    const { stream } = await openStream(
      answering((request) =>
        request.rows === 1
          ? { id: request.id, result: { case: 'refusal', value: { code: 9, message: 'no keys' } } }
          : product(request),
      ),
    );
    await expect(stream.multiply({ ...request, rows: 1 })).rejects.toMatchObject({
      code: 'server',
      message: 'The server does not hold the evaluation keys of this machine: no keys',
    });
    expect((await stream.multiply(request)).product).toHaveLength(8);
  });

  it.each<readonly [string, (request: MultiplyRequest) => MultiplyAnswer]>([
    ['an unknown id', (request) => ({ ...(product(request) as object), id: 77 })],
    [
      'a product that is too short',
      (request) => ({ id: request.id, result: { case: 'product', value: new Uint8Array(7) } }),
    ],
    [
      'a product that is too long',
      (request) => ({ id: request.id, result: { case: 'product', value: new Uint8Array(9) } }),
    ],
    ['an empty response', (request) => ({ id: request.id })],
    ['bytes that are no message', () => new Uint8Array([0xff, 0xff, 0xff])],
  ])('ends with an integrity failure at %s', async (_, answer) => {
    const { stream } = await openStream(answering(answer));
    await expect(stream.multiply(request)).rejects.toMatchObject({ code: 'integrity' });
    await expect(stream.multiply(request)).rejects.toMatchObject({ code: 'integrity' });
  });

  it('ends with an integrity failure at a second response to one request', async () => {
    const { stream } = await openStream((call) =>
      answering((request) => {
        if (request.rows === 1) {
          call.write(product(request));
          return product(request);
        }
        return undefined;
      })(call),
    );
    await stream.multiply({ ...request, rows: 1 });
    await expect(stream.multiply(request)).rejects.toMatchObject({ code: 'integrity' });
  });

  it('sends nothing before the server has accepted it', async () => {
    let requests = 0;
    const refused = openStream((call) => {
      call.on('data', () => (requests += 1));
      call.emit('error', { code: status.UNAUTHENTICATED, details: 'unknown token' });
    });
    await expect(refused).rejects.toMatchObject({
      code: 'server',
      message: 'The server refused the token and says: unknown token',
    });
    expect(requests).toBe(0);
  });

  it('fails when the server does not accept it in time', async () => {
    await expect(openStream(() => undefined, { limits: { unaryMs: 200 } })).rejects.toMatchObject({
      message: 'The server did not answer in time.',
    });
  });

  it('fails when a product takes too long', async () => {
    const { stream } = await openStream(
      answering(() => undefined),
      { limits: { multiplyIdleMs: 200 } },
    );
    await expect(stream.multiply(request)).rejects.toMatchObject({
      message: 'The server did not answer in time.',
    });
  });

  it('fails what is under way when the server goes away', async () => {
    const { server, stream } = await openStream(answering(() => undefined));
    const under = stream.multiply(request);
    setTimeout(server.stop, 50);
    const began = Date.now();
    await expect(under).rejects.toMatchObject({ code: 'server' });
    expect(Date.now() - began).toBeLessThan(3000);
  });

  it('ends when the user stops the answer, and the server sees a cancelled call', async () => {
    let sawEnd: (reason: string) => void = () => undefined;
    const end = new Promise<string>((resolve) => (sawEnd = resolve));
    const controller = new AbortController();
    const { stream } = await openStream(
      (call) => {
        answering(() => undefined)(call);
        call.on('cancelled', () => sawEnd('cancelled'));
      },
      { signal: controller.signal },
    );
    const under = stream.multiply(request);
    controller.abort();
    await expect(under).rejects.toMatchObject({ code: 'cancelled' });
    await expect(stream.multiply(request)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await end).toBe('cancelled');
  });

  it('looks to the server as if stopped when a product was malformed', async () => {
    let sawEnd: (reason: string) => void = () => undefined;
    const end = new Promise<string>((resolve) => (sawEnd = resolve));
    const { stream } = await openStream((call) => {
      answering(({ id }) => ({ id }))(call);
      call.on('cancelled', () => sawEnd('cancelled'));
    });
    await expect(stream.multiply(request)).rejects.toMatchObject({ code: 'integrity' });
    expect(await end).toBe('cancelled');
  });
});
