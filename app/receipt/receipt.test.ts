import { describe, expect, it } from 'vitest';
import { makePlan } from '../plan/plan.ts';
import type { Plan, PlanInput } from '../plan/plan.ts';
import { predictWire } from '../plan/wire.ts';
import { schemeFacts } from './facts.ts';
import { makePreview, renderPreview } from './preview.ts';
import type { ReceiptInput } from './receipt.ts';
import { answerOf, makeReceipt, renderReceipt } from './receipt.ts';
import { stageTotals, waterfall } from './waterfall.ts';
import { byteCount, duration } from './wording.ts';

const prompt = 'Call Maria';
const matrices = [
  { index: 0, inputs: 384, outputs: 1152, local: true },
  { index: 1, inputs: 384, outputs: 384, local: true },
];
const input: PlanInput = {
  tokens: [
    { id: 1, text: null },
    { id: 9, text: { start: 0, end: 4 } },
    { id: 10, text: { start: 4, end: 10 } },
    { id: 2, text: null },
  ],
  spans: [{ start: 5, end: 10 }],
  policy: 'exact',
  model: { context: 512, matrices },
  maxNewTokens: 3,
};
const plan = makePlan(input);
const wire = predictWire(plan, (_, bucket) => ({ request: 1000 * bucket, response: 3000 * bucket }));
const span = { start: 5, end: 10, kind: 'person', score: 1, source: 'user', text: 'Maria' };
const scheme = schemeFacts({ name: 'rlwe', n: 4096, log2Q: 55.99, log2Qp: 108.9 }, [
  { t: 8_380_417, failureLog2: -189.2 },
  { t: 4_190_209, failureLog2: -155.4 },
]);
const server = { address: 'https://127.0.0.1:4000', identity: 'sha256:00ff' };
const preview = makePreview({
  plan,
  wire,
  keys: 3_870_000,
  spans: [span],
  pack: 'sotto-14m',
  server: server.address,
  scheme,
});

/** Of a plan whose messages have one byte each. */
function previewOf(other: Plan) {
  return makePreview({
    plan: other,
    wire: predictWire(other, () => ({ request: 1, response: 1 })),
    keys: 0,
    spans: [],
    pack: 'p',
    server: 'https://x',
    scheme,
  });
}

describe('preview', () => {
  it('is the plan in numbers', () => {
    expect(preview).toEqual({
      policy: 'exact',
      pack: 'sotto-14m',
      server: 'https://127.0.0.1:4000',
      spans: [{ start: 5, end: 10, kind: 'person', score: 1, source: 'user' }],
      rows: { prompt: 4, clear: 2, protected: 2, generated: 3 },
      wire: {
        messages: 2 + 2 * 2,
        sent: 4000 + 2 * 2000,
        received: 12_000 + 2 * 6000,
        keys: 3_870_000,
        prompt: { messages: 2, sent: 4000, received: 12_000 },
        per_token: { messages: 2, sent: 2000, received: 6000 },
      },
      routes: [
        { rows: 'clear', count: 2, route: 'local', matrices: 2 },
        { rows: 'protected', count: 2, route: 'encrypted', matrices: 2 },
        { rows: 'generated', count: 3, route: 'encrypted', matrices: 2 },
      ],
      scheme: {
        name: 'rlwe',
        n: 4096,
        log2_q: 55.99,
        log2_qp: 108.9,
        log2_t: expect.closeTo(22.9986, 3) as number,
        failure_log2: -155.4,
      },
    });
  });

  it('reads from plain to exact', () => {
    expect(renderPreview(preview, prompt).split('\n')).toEqual([
      'Of the 4 pieces (tokens) of your prompt, 2 leave this machine, encrypted. The other 2 stay here. Every piece of the answer but the last leaves encrypted too.',
      'Marked as sensitive: "Maria" (person).',
      'Policy exact: every piece from the first marked word on is protected.',
      'To https://127.0.0.1:4000, which learns who asks, when, for which model, and how many pieces are protected (rounded up to a power of two per request).',
      'Wire: prompt 4.00 kB out, 12.0 kB back in 2 messages; then 2.00 kB out, 6.00 kB back in 2 messages for each further piece; at most 8.00 kB out, 24.0 kB back for 3 pieces. Before that 3.87 MB of evaluation keys.',
      'Scheme rlwe: n = 4096, log2 q = 56.0, log2 QP = 108.9, log2 t <= 23.0, decryption failure <= 2^-155 per output (Gaussian tail, real weights); IND-CPA.',
    ]);
  });

  it('says that nothing leaves when nothing does', () => {
    const here = makePreview({
      plan,
      wire: null,
      keys: 7,
      spans: [],
      pack: 'p',
      server: 'https://x',
      scheme,
    });
    expect(here).toMatchObject({ server: null, scheme: null, wire: { sent: 0, messages: 0, keys: 0 } });
    expect(here.routes.every((fact) => fact.route === 'local')).toBe(true);
    expect(renderPreview(here, prompt)).toMatch(/^Nothing leaves this machine/);
  });

  it('counts what an earlier answer has read apart from what leaves', () => {
    const read = {
      policy: 'exact' as const,
      rows: [
        { position: 0, token: 1, protected: false },
        { position: 1, token: 9, protected: false },
      ],
    };
    const next = makePlan({ ...input, earlier: { tokens: 2, read } });
    const shown = previewOf(next);
    expect(shown.rows).toEqual({ prompt: 4, clear: 0, protected: 2, kept: 2, generated: 3 });
    expect(shown.routes.some(({ rows }) => rows === 'clear')).toBe(false);
    expect(renderPreview(shown, prompt)).toMatch(
      /^Of the 2 pieces \(tokens\) of your prompt, 2 leave this machine, encrypted\. None stays here\. 2 pieces of earlier turns need not be read again\. /,
    );
  });

  it('counts the clear rows of a private pack among those that leave', () => {
    const model = { context: 512, matrices: matrices.map((matrix) => ({ ...matrix, local: false })) };
    const there = makePlan({ ...input, model });
    const shown = previewOf(there);
    expect(renderPreview(shown, prompt)).toMatch(/4 leave this machine, encrypted\. None stays here\./);
  });

  it('sends clear rows to every matrix of a pack that has the weights of some alone, as its steps do', () => {
    const model = { context: 512, matrices: matrices.map((matrix, i) => ({ ...matrix, local: i === 0 })) };
    const there = makePlan({ ...input, model });
    expect(there.steps.every((step) => step.protected)).toBe(true);
    const shown = previewOf(there);
    expect(shown.routes).toEqual([
      { rows: 'clear', count: 2, route: 'encrypted', matrices: 2 },
      { rows: 'protected', count: 2, route: 'encrypted', matrices: 2 },
      { rows: 'generated', count: 3, route: 'encrypted', matrices: 2 },
    ]);
    expect(renderPreview(shown, prompt)).toMatch(/4 leave this machine, encrypted\. None stays here\./);
  });
});

describe('receipt', () => {
  const made: ReceiptInput = {
    plan,
    spans: [span],
    pack: 'sotto-14m',
    answer: { text: 'Sure.', tokens: [5, 6], finish: 'stop' },
    measured: {
      wire: { sent: 8000, received: 24_000, messages: 6, keys: 0 },
      time: {
        total_ms: 1930,
        first_token_ms: 410,
        server_ms: 600,
        crypto_ms: 86,
        local_ms: 9.44,
        network_ms: 12,
      },
      verified: { products: 6, failed: 0 },
      layers: [{ layer: 0, local_ms: 9, crypto_ms: 86, server_ms: 600, network_ms: 12 }],
    },
    remote: { scheme, server },
  };

  it('has exactly the fields of `ask --json`, in order', () => {
    const answer = answerOf(makeReceipt(made));
    expect(Object.keys(answer)).toEqual([
      'text', 'tokens', 'finish', 'policy', 'engine', 'pack', 'spans', 'rows', 'wire', 'time', 'scheme', 'server', 'verified',
    ]); // prettier-ignore
    expect(answer.engine).toBe('encrypted');
    expect(answer.rows).toEqual({ prompt: 4, clear: 2, protected: 2, generated: 2 });
    expect(JSON.stringify(answer)).not.toContain('Maria');
  });

  it('reads from plain to exact', () => {
    expect(renderReceipt(makeReceipt(made)).split('\n')).toEqual([
      'Answered in 2 pieces (tokens). What left this machine was encrypted; the server computed on numbers that it cannot read.',
      "Time: 1.93 s, the first piece after 410 ms; this machine's model 9.4 ms, encryption 86 ms, server 600 ms, network 12 ms.",
      "Policy exact: 2 of the prompt's 4 rows and all of the answer's were protected.",
      'Sent 8.00 kB, received 24.0 kB in 6 messages, to https://127.0.0.1:4000 (sha256:00ff).',
      '6 products verified, none wrong.',
      'Scheme rlwe: n = 4096, log2 q = 56.0, log2 QP = 108.9, log2 t <= 23.0, decryption failure <= 2^-155 per output (Gaussian tail, real weights); IND-CPA.',
    ]);
  });

  it('of the reference names no server', () => {
    const receipt = makeReceipt({ ...made, remote: null });
    expect(receipt).toMatchObject({ engine: 'reference', scheme: null, server: null });
    expect(renderReceipt(receipt)).toMatch(/^Answered in 2 pieces \(tokens\)\. Nothing left this machine\./);
  });

  it('says when nothing was verified, and when something was wrong', () => {
    const with_ = (verified: { products: number; failed: number }) =>
      renderReceipt(makeReceipt({ ...made, measured: { ...made.measured, verified } }));
    expect(with_({ products: 0, failed: 0 })).toContain('No product was verified');
    expect(with_({ products: 6, failed: 1 })).toContain('1 of 6 products did not verify');
  });
});

describe('waterfall', () => {
  const product = (layer: number) => ({
    matrix: { layer },
    encryptMs: 1,
    networkMs: 2,
    serverMs: 4,
    decryptMs: 24,
  });
  const layers = waterfall(
    [
      { layer: null, localMs: 3 },
      { layer: 0, localMs: 5 },
      { layer: 1, localMs: 7 },
    ],
    [product(1), product(0), product(1)],
  );

  it('adds products to the layer they belong to', () => {
    expect(layers).toEqual([
      { layer: null, local_ms: 3, crypto_ms: 0, server_ms: 0, network_ms: 0 },
      { layer: 0, local_ms: 5, crypto_ms: 25, server_ms: 4, network_ms: 2 },
      { layer: 1, local_ms: 7, crypto_ms: 50, server_ms: 8, network_ms: 4 },
    ]);
  });
  it("adds up to the receipt's times", () => {
    expect(stageTotals(layers)).toEqual({ local_ms: 15, crypto_ms: 75, server_ms: 12, network_ms: 6 });
  });
});

describe('numbers', () => {
  it('bytes and durations', () => {
    expect([0, 999, 1000, 12_345, 999_499, 999_500, 3_870_000, 5e9].map(byteCount)).toEqual([
      '0 B', '999 B', '1.00 kB', '12.3 kB', '999 kB', '1.00 MB', '3.87 MB', '5.00 GB',
    ]); // prettier-ignore
    expect([0.04, 9.44, 86.2, 999, 1930, 60_000].map(duration)).toEqual([
      '0.0 ms', '9.4 ms', '86 ms', '999 ms', '1.93 s', '60.0 s',
    ]); // prettier-ignore
  });
});
