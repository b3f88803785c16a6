import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../app/failure/failure.ts';
import type { Plan } from '../../app/plan/plan.ts';
import { makePlan } from '../../app/plan/plan.ts';
import type { Policy } from '../../app/plan/policy.ts';
import { policies } from '../../app/plan/policy.ts';
import type { PromptToken } from '../../app/plan/row.ts';
import type { Pack } from '../packs/pack.ts';
import { openPack } from '../packs/pack.ts';
import type { EngineOptions, GenerateEvent, GenerateRequest, Reading } from './engine.ts';
import { createEngine } from './engine.ts';
import type { Model } from './model.ts';
import { loadModel } from './model.ts';
import type { Multiplier } from './multiplier.ts';
import { planModelOf } from './plan-model.ts';
import { createPlainMultiplier } from './plain-multiplier.fixture.ts';
import { encodePrompt, endTokens } from './prompt.ts';
import type { TestPacks } from './test-packs.fixture.ts';
import { makeTestPacks, missingPacks, packVariants } from './test-packs.fixture.ts';
import { createTextStream } from './text-stream.ts';

const prompt = 'Please call 0417 about the table in the corner, the one with the cat, at seven.';
const secret = '0417';

describe.skipIf(missingPacks)(`engine ${missingPacks ?? ''}`.trim(), () => {
  let packs: TestPacks;
  beforeAll(async () => {
    packs = await makeTestPacks();
  });
  afterAll(() => packs.remove());

  describe.each(packVariants)('on pack %s', (variant) => {
    let pack: Pack;
    let model: Model;
    let plain: Multiplier;
    beforeAll(async () => {
      pack = await openPack(packs.root(variant));
      model = await loadModel(pack);
      plain = pack.hasLocalWeights
        ? await createPlainMultiplier(pack)
        : await createPlainMultiplier(await openPack(packs.root('attention')));
    });
    afterAll(() => model.close());

    /** A plan for `text` with every occurrence of `secret` marked. */
    function planOf(
      text: string,
      policy: Policy,
      more: { rowsPerStep?: number; maxNewTokens?: number; word?: string } = {},
    ): Plan {
      const { word = secret, ...limits } = more;
      const start = text.indexOf(word);
      const spans = start === -1 ? [] : [{ start, end: start + word.length }];
      const tokens = encodePrompt(model.tokenizer, pack.tokenizer, text);
      return makePlan({ tokens, spans, policy, model: planModelOf(pack), maxNewTokens: 12, ...limits });
    }

    /** Sentences that fill most of 256 positions; the secret is in the middle. */
    function longPrompt(): string {
      const sentence = ' The cat has the hat, and that is that.';
      const tokens = (count: number) => model.tokenizer.encode(sentence.repeat(count)).length;
      const room = Math.min(pack.model.context, 256) - 30;
      let half = 1;
      while (tokens(2 * half + 2) < room) half++;
      return `${sentence.repeat(half)} ${secret}.${sentence.repeat(half)}`;
    }

    async function eventsOf(
      request: GenerateRequest,
      options: EngineOptions = { multiplier: plain },
    ): Promise<GenerateEvent[]> {
      const events: GenerateEvent[] = [];
      for await (const event of createEngine(model, options).generate(request)) events.push(event);
      return events;
    }

    const idsOf = (events: readonly GenerateEvent[]) =>
      events.flatMap((event) => (event.type === 'token' ? [event.id] : []));
    const textOf = (events: readonly GenerateEvent[]) =>
      events.map((event) => ('text' in event ? event.text : '')).join('');
    const lastOf = (events: readonly GenerateEvent[]) => {
      const last = events.at(-1);
      if (last?.type !== 'done') throw new Error('the last event is not done');
      return last;
    };

    /** Log-probabilities and every bit of the logits, by position. */
    async function scoreOf(plan: Plan, multiplier = plain) {
      const logits: Record<number, string> = {};
      const score = await createEngine(model, {
        multiplier,
        onStage({ name }, registers, step) {
          if (name !== pack.program.head) return;
          const all = registers.get('logits')?.data as Float32Array;
          const width = pack.model.vocabulary;
          step.positions.forEach((position, row) => {
            logits[position] = hashOf(all.subarray(row * width, (row + 1) * width));
          });
        },
      }).score({ plan });
      return { ...score, logits };
    }

    describe('one result by every route', () => {
      it('the local product is the exact integer product', async () => {
        for (const matrix of pack.matrices.filter(({ graph }) => graph !== null)) {
          const rows = Uint8Array.from({ length: 3 * matrix.inputs }, (_, i) => 1 + ((i * 7919) % 255));
          const signal = new AbortController().signal;
          const expected = await plain.multiply(matrix, rows, 3, signal);
          expect(await model.local.multiply(matrix, rows, 3, signal)).toEqual(expected);
        }
      });

      it('everything, exact and the reference give the same tokens and the same logits', async () => {
        const runs = await Promise.all([
          eventsOf({ plan: planOf(prompt, 'everything') }),
          eventsOf({ plan: planOf(prompt, 'exact') }),
          eventsOf({ plan: planOf(prompt, 'exact', { word: 'cat' }) }),
          eventsOf({ plan: planOf(prompt, 'exact', { word: 'no such word' }) }),
          ...(pack.hasLocalWeights
            ? [eventsOf({ plan: planOf(prompt, 'exact') }, { multiplier: model.local })]
            : []),
        ]);
        for (const run of runs) expect(idsOf(run)).toEqual(idsOf(runs[0]));
        const score = await scoreOf(planOf(prompt, 'everything'));
        expect(await scoreOf(planOf(prompt, 'exact'))).toEqual(score);
        expect(await scoreOf(planOf(prompt, 'exact', { word: 'cat' }))).toEqual(score);
        const long = await scoreOf(planOf(longPrompt(), 'everything'));
        expect(long.tokens.length).toBeGreaterThan(128);
        expect(await scoreOf(planOf(longPrompt(), 'exact'))).toEqual(long);
      });

      it.runIf(variant !== 'private')('masked-attention and its reference give the same', async () => {
        const plan = planOf(prompt, 'masked-attention');
        expect(idsOf(await eventsOf({ plan }, { multiplier: model.local }))).toEqual(
          idsOf(await eventsOf({ plan })),
        );
        expect(await scoreOf(plan, model.local)).toEqual(await scoreOf(plan));
      });

      it.each(policies)('%s: steps of 1, 7 and 64 rows give the same logits, bit for bit', async (policy) => {
        const long = longPrompt();
        const whole = await scoreOf(planOf(long, policy));
        expect(Object.keys(whole.logits)).toHaveLength(whole.tokens.length);
        for (const rowsPerStep of [1, 7]) {
          expect(await scoreOf(planOf(long, policy, { rowsPerStep }))).toEqual(whole);
        }
      });

      it('an answer read back as a prompt has the logits that it was written with', async () => {
        const plan = planOf(prompt, 'everything', { maxNewTokens: 6 });
        const written: string[] = [];
        const events = await eventsOf(
          { plan },
          {
            multiplier: plain,
            onStage({ name }, registers) {
              if (name !== pack.program.head) return;
              written.push(
                hashOf((registers.get('logits')?.data as Float32Array).subarray(0, pack.model.vocabulary)),
              );
            },
          },
        );
        const ids = idsOf(events);
        const tokens = [
          ...encodePrompt(model.tokenizer, pack.tokenizer, prompt),
          ...ids.map((id) => ({ id, text: null })),
        ];
        const { logits } = await scoreOf(
          makePlan({ tokens, spans: [], policy: 'everything', model: planModelOf(pack) }),
        );
        written.forEach((hash, index) => expect(logits[plan.rows.length - 1 + index]).toBe(hash));
      });
    });

    describe('what a secret can reach', () => {
      /**
       * A hash of each clear row in every register after every stage: all that is computed for clear rows, whoever
       * else is in the step. A slot of the cache counts as the row that filled it.
       */
      async function clearRows(plan: Plan): Promise<string[]> {
        const seen: string[] = [];
        const isClear = (position: number | undefined) => plan.rows[position ?? -1]?.protected === false;
        await eventsOf(
          { plan },
          {
            multiplier: plain,
            onStage({ name }, registers, step) {
              // The head runs on the prompt's last row alone, which is protected.
              if (name === pack.program.head) return;
              for (const [register, tensor] of registers) {
                const bySlot = register === 'keys' || register === 'values';
                const positions = bySlot ? plan.order : step.positions;
                const data = tensor.data as Uint8Array;
                const width = data.length / (tensor.dims[0] ?? 1);
                for (let row = 0; row < (tensor.dims[0] ?? 0); row++) {
                  if (!isClear(positions[row])) continue;
                  const bits = hashOf(data.subarray(row * width, (row + 1) * width));
                  seen.push(`${name} ${register} [${tensor.dims.join()}] row ${row}: ${bits}`);
                }
              }
            },
          },
        );
        return seen;
      }

      it.each(policies)(
        '%s: another secret of as many tokens changes no bit of a clear row',
        async (policy) => {
          const before = await clearRows(planOf(prompt, policy));
          const other = prompt.replace(secret, '9283');
          const after = await clearRows(planOf(other, policy, { word: '9283' }));
          expect(after).toEqual(before);
          expect(before.length > 0).toBe(policy !== 'everything');
        },
      );

      it.each(policies)('%s: it does change what is protected', async (policy) => {
        const score = (await scoreOf(planOf(prompt, policy))).logits;
        const other = (await scoreOf(planOf(prompt.replace(secret, '9283'), policy, { word: '9283' })))
          .logits;
        const last = planOf(prompt, policy).rows.length - 1;
        expect(other[last]).not.toBe(score[last]);
      });

      it.each(policies)(
        '%s: protected rows are never multiplied here, and rows of two kinds never together',
        async (policy) => {
          const plan = planOf(prompt, policy, { maxNewTokens: 3 });
          const calls = { local: 0, encrypted: 0 };
          const counting = (kind: 'local' | 'encrypted', inner: Multiplier): Multiplier => ({
            multiply(matrix, rows, count, signal) {
              calls[kind] += count;
              expect(rows.length).toBe(count * matrix.inputs);
              return inner.multiply(matrix, rows, count, signal);
            },
          });
          const watched: Model = { ...model, local: counting('local', model.local) };
          const engine = createEngine(watched, { multiplier: counting('encrypted', plain) });
          for await (const event of engine.generate({ plan }))
            if (event.type === 'done') expect(event.finish).toBe('length');
          const clear = plan.rows.filter((row) => !row.protected).length;
          const generated = 2;
          const local = pack.hasLocalWeights ? clear : 0;
          expect(calls).toEqual({
            local: local * pack.matrices.length,
            encrypted: (plan.rows.length - local + generated) * pack.matrices.length,
          });
        },
      );
    });

    describe('a further question', () => {
      const asked = ' And who has the hat? Call 0417.';

      /** Answers, with what was read, what each step's logits were, and how many rows were multiplied. */
      async function answered(request: GenerateRequest) {
        const logits: string[] = [];
        let multiplied = 0;
        const counting: Multiplier = {
          multiply(matrix, rows, count, signal) {
            multiplied += count;
            return plain.multiply(matrix, rows, count, signal);
          },
        };
        const engine = createEngine(
          { ...model, local: counting },
          {
            multiplier: counting,
            onStage({ name }, registers) {
              if (name !== pack.program.head) return;
              const all = registers.get('logits')?.data as Float32Array;
              logits.push(hashOf(all.subarray(0, pack.model.vocabulary)));
            },
          },
        );
        const ids: number[] = [];
        const events = engine.generate(request);
        for (;;) {
          const { done, value } = await events.next();
          if (done) return { ids, logits, multiplied, reading: value };
          if (value.type === 'token') ids.push(value.id);
        }
      }

      /** The plan of `asked` after a first answer, with that one's reading or without. */
      function nextPlan(first: Plan, ids: readonly number[], policy: Policy, read?: Reading): Plan {
        const before: PromptToken[] = [
          ...first.rows.map(({ token, text }) => ({ id: token, text })),
          ...ids.map((id) => ({ id, text: { start: prompt.length, end: prompt.length + 1 } })),
        ];
        const base = prompt.length + 1;
        const own = model.tokenizer
          .encode(asked)
          .map(({ id, text }) => ({ id, text: { start: text.start + base, end: text.end + base } }));
        const at = base + asked.indexOf(secret);
        return makePlan({
          tokens: [...before, ...own],
          spans: [
            { start: prompt.indexOf(secret), end: prompt.indexOf(secret) + secret.length },
            { start: prompt.length, end: base },
            { start: at, end: at + secret.length },
          ],
          policy,
          model: planModelOf(pack),
          maxNewTokens: 6,
          ...(read && { earlier: { tokens: before.length, read } }),
        });
      }

      it.each(policies)(
        '%s: is answered alike with what was read before, from fewer products',
        async (policy) => {
          const plan = planOf(prompt, policy, { maxNewTokens: 5 });
          const first = await answered({ plan });
          const { reading } = first;
          // The last token of an answer is read by nobody.
          expect(reading.rows).toHaveLength(plan.rows.length + first.ids.length - 1);
          const anew = await answered({ plan: nextPlan(plan, first.ids, policy) });
          const next = nextPlan(plan, first.ids, policy, reading);
          const after = await answered({ plan: next, reading });
          expect(next.kept).toBeGreaterThan(0);
          if (policy !== 'masked-attention') expect(next.kept).toBe(reading.rows.length);
          expect(after.ids).toEqual(anew.ids);
          expect(after.logits).toEqual(anew.logits);
          expect(anew.multiplied - after.multiplied).toBe(next.kept * pack.matrices.length);
          // Also a second time: a reading is not changed by who goes on from it.
          expect((await answered({ plan: next, reading })).logits).toEqual(anew.logits);
          expect(after.reading.rows).toEqual(anew.reading.rows);
        },
      );

      it('goes on from an answer that was stopped in the middle of a step', async () => {
        const stop = new AbortController();
        const plan = planOf(longPrompt(), 'everything', { rowsPerStep: 50 });
        let products = 0;
        const stopping: Multiplier = {
          multiply(...product) {
            if (++products === Math.floor(1.5 * pack.matrices.length)) stop.abort();
            return plain.multiply(...product);
          },
        };
        const events = createEngine(model, { multiplier: stopping }).generate({ plan, signal: stop.signal });
        let step = await events.next();
        while (!step.done) step = await events.next();
        const reading = step.value;
        expect(reading.rows.map(({ position }) => position)).toEqual([...Array(50).keys()]);
        const tokens = plan.rows.map(({ token, text }) => ({ id: token, text }));
        const again = {
          tokens,
          spans: [],
          policy: 'everything',
          model: planModelOf(pack),
          maxNewTokens: 2,
        } as const;
        const next = makePlan({ ...again, earlier: { tokens: tokens.length, read: reading } });
        expect(next.kept).toBe(50);
        const anew = await answered({ plan: makePlan(again) });
        expect((await answered({ plan: next, reading })).logits).toEqual(anew.logits);
      });

      it('refuses a plan that keeps what was not read', async () => {
        const plan = planOf(prompt, 'exact', { maxNewTokens: 2 });
        const { reading, ids } = await answered({ plan });
        const next = nextPlan(plan, ids, 'exact', reading);
        const other = await answered({ plan: planOf(`So ${prompt}`, 'exact', { maxNewTokens: 2 }) });
        await expect(answered({ plan: next })).rejects.toThrow(RangeError);
        await expect(answered({ plan: next, reading: other.reading })).rejects.toThrow(RangeError);
      });
    });

    describe('an answer', () => {
      it('comes as prefill by layer, tokens, and the end', async () => {
        const plan = planOf(prompt, 'exact', { maxNewTokens: 2 });
        const events = await eventsOf({ plan });
        const prefill = events.filter((event) => event.type === 'prefill');
        expect(prefill).toHaveLength(plan.steps.length * pack.model.layers);
        expect(prefill.at(-1)).toMatchObject({ step: plan.steps.length, layer: pack.model.layers });
        expect(events.slice(prefill.length).map((event) => event.type)).toEqual(['token', 'token', 'done']);
        expect(structuredClone(events)).toEqual(events);
      });

      it('ends with `length` at the limit, and its pieces make the text of its tokens', async () => {
        const events = await eventsOf({ plan: planOf(prompt, 'exact', { maxNewTokens: 30 }) });
        const ids = idsOf(events);
        const stream = createTextStream(model.tokenizer);
        expect(textOf(events)).toBe(ids.map((id) => stream.push(id)).join('') + stream.end());
        expect(lastOf(events).finish).toBe(ids.length === 30 ? 'length' : 'stop');
      });

      it('ends with `stop` at an end token, which is not part of it', async () => {
        const [first = -1] = idsOf(await eventsOf({ plan: planOf(prompt, 'exact') }));
        const ending: Model = { ...model, pack: { ...pack, tokenizer: { ...pack.tokenizer, end: [first] } } };
        expect(endTokens(model.tokenizer, ending.pack.tokenizer)).toContain(first);
        const events: GenerateEvent[] = [];
        const engine = createEngine(ending, { multiplier: plain });
        for await (const event of engine.generate({ plan: planOf(prompt, 'exact') })) events.push(event);
        expect(idsOf(events)).toEqual([]);
        expect(lastOf(events)).toMatchObject({ finish: 'stop', text: '' });
      });

      it('ends before a stop string, also across tokens', async () => {
        const plan = planOf(prompt, 'exact', { maxNewTokens: 40 });
        const free = await eventsOf({ plan });
        const whole = textOf(free);
        const from = Math.floor(whole.length / 2);
        const stop = whole.slice(from, from + 3);
        const events = await eventsOf({ plan, stop: [stop] });
        expect(textOf(events)).toBe(whole.slice(0, whole.indexOf(stop)));
        expect(lastOf(events).finish).toBe('stop');
        expect(idsOf(events)).toEqual(idsOf(free).slice(0, idsOf(events).length));
      });

      it('with a seed is the same again', async () => {
        const sampling = { temperature: 1, topK: 0, topP: 1, seed: 11 };
        const [one, two, other] = await Promise.all([
          eventsOf({ plan: planOf(prompt, 'exact'), sampling }),
          eventsOf({ plan: planOf(prompt, 'everything'), sampling }),
          eventsOf({ plan: planOf(prompt, 'exact'), sampling: { ...sampling, seed: 12 } }),
        ]);
        expect(idsOf(two)).toEqual(idsOf(one));
        expect(idsOf(other)).not.toEqual(idsOf(one));
      });

      it('fills the context to its last position and not beyond', async () => {
        const short = encodePrompt(model.tokenizer, pack.tokenizer, 'the cat').length;
        const room = pack.model.context - short + 1;
        const plan = planOf('the cat', 'exact', { maxNewTokens: room });
        const ids = idsOf(
          await eventsOf({ plan }, { multiplier: pack.hasLocalWeights ? model.local : plain }),
        );
        expect(ids.length).toBeLessThanOrEqual(room);
        expect(() => planOf('the cat', 'exact', { maxNewTokens: room + 1 })).toThrow(Failure);
      });

      it('accounts for its time, layer by layer', async () => {
        const { layers } = lastOf(
          await eventsOf({ plan: planOf(prompt, 'everything', { maxNewTokens: 1 }) }),
        );
        expect(layers.map(({ layer }) => layer)).toEqual([null, ...Array(pack.model.layers).keys()]);
        expect(
          layers.every(
            ({ localMs, encryptedMs, layer }) => localMs > 0 && (encryptedMs > 0 || layer === null),
          ),
        ).toBe(true);
      });
    });

    describe('score', () => {
      it('gives the log-probability of each token after those before it', async () => {
        const plan = planOf(prompt, 'everything');
        const { tokens, logprobs } = await createEngine(model, { multiplier: plain }).score({ plan });
        expect(tokens).toEqual(plan.rows.map((row) => row.token));
        expect(logprobs[0]).toBeNull();
        expect(
          logprobs.slice(1).every((logprob) => logprob !== null && logprob < 0 && Number.isFinite(logprob)),
        ).toBe(true);
      });
    });

    describe('a stop on the way', () => {
      it.each([1, 2, 5])('before product %i: no further product, finish `cancelled`', async (at) => {
        const stopper = new AbortController();
        let products = 0;
        const multiplier: Multiplier = {
          multiply(matrix, rows, count, signal) {
            if (++products === at) stopper.abort();
            if (signal.aborted) return Promise.reject(new Failure('cancelled', 'Stopped.'));
            return plain.multiply(matrix, rows, count, signal);
          },
        };
        const plan = planOf(prompt, 'everything');
        const events = await eventsOf({ plan, signal: stopper.signal }, { multiplier });
        expect(lastOf(events).finish).toBe('cancelled');
        expect(products).toBe(at);
      });

      it('during a product that only ends by the stop', async () => {
        const stopper = new AbortController();
        const multiplier: Multiplier = {
          multiply: (_, __, ___, signal) =>
            new Promise((_resolve, reject) => {
              signal.addEventListener('abort', () => reject(new Failure('cancelled', 'Stopped.')));
              setTimeout(() => stopper.abort(), 5);
            }),
        };
        const events = await eventsOf(
          { plan: planOf(prompt, 'everything'), signal: stopper.signal },
          { multiplier },
        );
        expect(events.map((event) => event.type)).toEqual(['done']);
        expect(lastOf(events).finish).toBe('cancelled');
      });

      it('between tokens: what was written stays', async () => {
        const stopper = new AbortController();
        const plan = planOf(prompt, 'exact');
        const events: GenerateEvent[] = [];
        for await (const event of createEngine(model, { multiplier: plain }).generate({
          plan,
          signal: stopper.signal,
        })) {
          events.push(event);
          if (idsOf(events).length === 3) stopper.abort();
        }
        const whole = await eventsOf({ plan });
        expect(idsOf(events)).toEqual(idsOf(whole).slice(0, 3));
        expect(lastOf(events).finish).toBe('cancelled');
      });

      it('before it began: nothing is multiplied', async () => {
        const never: Multiplier = { multiply: () => Promise.reject(new Error('multiplied')) };
        const events = await eventsOf(
          { plan: planOf(prompt, 'exact'), signal: AbortSignal.abort() },
          { multiplier: never },
        );
        expect(events).toMatchObject([{ type: 'done', finish: 'cancelled' }]);
      });

      it('of a score throws', async () => {
        const scoring = createEngine(model, { multiplier: plain }).score({
          plan: planOf(prompt, 'exact'),
          signal: AbortSignal.abort(),
        });
        await expect(scoring).rejects.toMatchObject({ code: 'cancelled' });
      });
    });

    describe('what fails', () => {
      it('a failed product fails the answer as it is', async () => {
        const failure = new Failure('integrity', 'A product is wrong.');
        const multiplier: Multiplier = { multiply: () => Promise.reject(failure) };
        await expect(eventsOf({ plan: planOf(prompt, 'everything') }, { multiplier })).rejects.toBe(failure);
      });
      it('an integrity failure is not taken for a stop that came at the same time', async () => {
        const stopper = new AbortController();
        const failure = new Failure('integrity', 'A product is wrong.');
        const multiplier: Multiplier = {
          multiply() {
            stopper.abort();
            return Promise.reject(failure);
          },
        };
        const plan = planOf(prompt, 'everything');
        await expect(eventsOf({ plan, signal: stopper.signal }, { multiplier })).rejects.toBe(failure);
      });
      describe('a wrong product', () => {
        const failure = new Failure('integrity', 'A product is wrong.');
        /** Every product from this one on is spoilt. */
        const spoiltFrom = (first: number) => {
          const matrices: string[] = [];
          const multiplier: Multiplier = {
            multiply(matrix, rows, count, signal) {
              matrices.push(`${matrix.name} ${count}`);
              if (matrices.length < first) return plain.multiply(matrix, rows, count, signal);
              return Promise.resolve(new Int32Array(count * matrix.outputs));
            },
            get spoilt() {
              return matrices.length < first ? undefined : { end: () => Promise.resolve(failure) };
            },
          };
          return { multiplier, matrices };
        };
        const plan = () => planOf(prompt, 'exact', { maxNewTokens: 4 });
        const eventsUntilFailure = async (multiplier: Multiplier) => {
          const events: GenerateEvent[] = [];
          const spoilt = (async () => {
            for await (const event of createEngine(model, { multiplier }).generate({ plan: plan() }))
              events.push(event);
          })();
          await expect(spoilt).rejects.toBe(failure);
          return events;
        };

        it.each([1, 2])(
          'the answer goes on to its length, and nothing of it is shown: product %i',
          async (first) => {
            const whole = spoiltFrom(Infinity);
            // Stop strings and the end token end a right answer alone.
            const right = await eventsOf({ plan: plan() }, whole);
            expect(lastOf(right).finish).toBe('length');
            const { multiplier, matrices } = spoiltFrom(first);
            const events = await eventsUntilFailure(multiplier);
            expect(matrices).toEqual(whole.matrices);
            expect(idsOf(events)).toEqual([]);
            expect(events.filter(({ type }) => type === 'discarded')).toHaveLength(1);
          },
        );

        it('what was shown before it stays a part of the answer', async () => {
          const whole = spoiltFrom(Infinity);
          const right = await eventsOf({ plan: plan() }, whole);
          const { multiplier, matrices } = spoiltFrom(whole.matrices.length);
          const events = await eventsUntilFailure(multiplier);
          expect(matrices).toEqual(whole.matrices);
          expect(idsOf(events)).toEqual(idsOf(right).slice(0, -1));
          expect(events.at(-1)).toEqual({ type: 'discarded' });
        });

        it('a stop ends it as a discarded answer too', async () => {
          const { multiplier, matrices } = spoiltFrom(1);
          const stopper = new AbortController();
          const stopping: Multiplier = {
            multiply(...args) {
              if (matrices.length === 3) stopper.abort();
              return multiplier.multiply(...args);
            },
            get spoilt() {
              return multiplier.spoilt;
            },
          };
          await expect(
            eventsOf({ plan: plan(), signal: stopper.signal }, { multiplier: stopping }),
          ).rejects.toBe(failure);
          expect(matrices.length).toBeLessThan(6);
        });

        it('a score is discarded, when all of it was asked for', async () => {
          const whole = spoiltFrom(Infinity);
          await createEngine(model, whole).score({ plan: plan() });
          const { multiplier, matrices } = spoiltFrom(1);
          await expect(createEngine(model, { multiplier }).score({ plan: plan() })).rejects.toBe(failure);
          expect(matrices).toEqual(whole.matrices);
        });
      });
      it('a product of the wrong size is an integrity failure', async () => {
        const multiplier: Multiplier = { multiply: () => Promise.resolve(new Int32Array(3)) };
        await expect(eventsOf({ plan: planOf(prompt, 'everything') }, { multiplier })).rejects.toMatchObject({
          code: 'integrity',
        });
      });
      it.runIf(variant === 'private')('a reference of a pack without weights', async () => {
        const plan = planOf(prompt, 'exact');
        await expect(eventsOf({ plan }, { multiplier: model.local })).rejects.toMatchObject({ code: 'pack' });
      });
      it('a prompt of 100 kB names the context and what to do', () => {
        let thrown: unknown;
        try {
          planOf('the cat sat. '.repeat(7_900), 'exact');
        } catch (error) {
          thrown = error;
        }
        expect(thrown).toMatchObject({
          code: 'usage',
          message: expect.stringContaining(`this model reads at most ${pack.model.context}`) as string,
          next: expect.stringMatching(/^Shorten it by at least \d+ tokens/) as string,
        });
      });
      it('a closed model runs nothing', async () => {
        const other = await loadModel(pack);
        await other.close();
        const engine = createEngine(other, { multiplier: plain });
        await expect(engine.score({ plan: planOf(prompt, 'exact') })).rejects.toMatchObject({ code: 'pack' });
      });
      it('settings out of range, before anything is computed', async () => {
        const sampling = { temperature: -1, topK: 0, topP: 1 };
        await expect(eventsOf({ plan: planOf(prompt, 'exact'), sampling })).rejects.toMatchObject({
          code: 'usage',
        });
        await expect(eventsOf({ plan: planOf(prompt, 'exact'), stop: [''] })).rejects.toMatchObject({
          code: 'usage',
        });
      });
    });
  });
});

function hashOf(data: ArrayBufferView): string {
  return createHash('sha256')
    .update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    .digest('hex')
    .slice(0, 16);
}
