import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makePlan } from '../../app/plan/plan.ts';
import { policies } from '../../app/plan/policy.ts';
import type { Policy } from '../../app/plan/policy.ts';
import { visible } from '../../app/plan/visibility.ts';
import type { TokenizerFacts } from '../packs/manifest.ts';
import type { EarlierMessage } from './prompt.ts';
import { encodeConversation, encodePrompt } from './prompt.ts';
import { smallTokenizer } from './small-tokenizer.fixture.ts';
import { createTokenizer } from './tokenizer.ts';

const tokenizer = createTokenizer(JSON.stringify(smallTokenizer()));
const facts: TokenizerFacts = {
  file: 'tokenizer.json',
  begin: [],
  end: [0, 1],
  turn: { user: '<|user|>', assistant: '<|assistant|>' },
};
const [user, assistant] = [1, 2];
const model = { context: 4096, matrices: [{ index: 0, inputs: 8, outputs: 8, local: true }] };
const lots = () => 4000;
const textOf = (ids: readonly number[]) =>
  new TextDecoder().decode(Uint8Array.from(ids.flatMap((id) => [...tokenizer.bytes(id)])));
const question = (text: string, secret = ''): EarlierMessage => {
  const start = secret === '' ? -1 : text.indexOf(secret);
  const spans = start < 0 ? [] : [{ start, end: start + secret.length }];
  return { role: 'user', text, spans: () => Promise.resolve(spans) };
};
const answered = (text: string): EarlierMessage => ({
  role: 'assistant',
  text,
  spans: () => Promise.resolve([]),
});

async function planOf(earlier: readonly EarlierMessage[], prompt: string, policy: Policy) {
  const { tokens, spans } = encodeConversation(tokenizer, facts, { earlier, prompt, room: lots });
  return makePlan({ tokens, spans: await spans(), policy, model, maxNewTokens: 4 });
}

describe('a conversation as the model reads it', () => {
  it('is the template, turn by turn', () => {
    const { tokens, earlierTokens, messagesLeftOut } = encodeConversation(tokenizer, facts, {
      earlier: [question('hat'), answered('the cat')],
      prompt: 'at',
      room: lots,
    });
    const ids = tokens.map(({ id }) => id);
    const hat = tokenizer.encode('hat').map(({ id }) => id);
    const cat = tokenizer.encode('the cat').map(({ id }) => id);
    const at = tokenizer.encode('at').map(({ id }) => id);
    expect(ids).toEqual([user, ...hat, assistant, ...cat, user, ...at, assistant]);
    expect(earlierTokens).toBe(2 + hat.length + cat.length);
    expect(messagesLeftOut).toBe(0);
  });

  it("keeps the prompt's own offsets, and gives each earlier message a range beyond it", async () => {
    const prompt = 'tell Ana';
    const made = encodeConversation(tokenizer, facts, {
      earlier: [question('I am Bo.', 'Bo'), answered('Hi Bo')],
      prompt,
      room: lots,
    });
    const { tokens } = made;
    const spans = await made.spans();
    const own = tokens.filter(({ text }) => text !== null && text.start < prompt.length);
    expect(textOf(own.map(({ id }) => id))).toBe(prompt);
    expect(own).toEqual(tokenizer.encode(prompt));
    const inSpan = (index: number) =>
      textOf(
        tokens
          .filter(
            ({ text }) => text && text.start < (spans[index]?.end ?? 0) && text.end > (spans[index]?.start ?? 0),
          )
          .map(({ id }) => id),
      ); // prettier-ignore
    expect([inSpan(0), inSpan(1)]).toEqual(['Bo', 'Hi Bo']);
  });

  it('is the prompt alone without earlier messages, or for a pack that continues text', async () => {
    const alone = encodeConversation(tokenizer, facts, { earlier: [], prompt: 'at', room: lots });
    expect(alone.tokens).toEqual(encodePrompt(tokenizer, facts, 'at'));
    const earlier = [question('hat'), answered('cat')];
    const plain = encodeConversation(
      tokenizer,
      { ...facts, turn: null },
      { earlier, prompt: 'at', room: lots },
    );
    expect(plain).toMatchObject({ tokens: tokenizer.encode('at'), earlierTokens: 0, messagesLeftOut: 2 });
    expect(await plain.spans()).toEqual([]);
  });

  it('leaves out the oldest messages whole, never an answer without its question', () => {
    const earlier = [question('hat hat'), answered('cat cat'), question('at'), answered('the')];
    const sizes = earlier.map(({ text }) => 1 + tokenizer.encode(text).length);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const left = (room: number) =>
      encodeConversation(tokenizer, facts, { earlier, prompt: 'x', room: () => room }).messagesLeftOut;
    expect(left(total)).toBe(0);
    expect(left(total - 1)).toBe(2);
    expect(left((sizes[2] ?? 0) + (sizes[3] ?? 0))).toBe(2);
    expect(left((sizes[3] ?? 0) + 1)).toBe(4);
    expect(left(-5)).toBe(4);
  });

  it('never reads more earlier tokens than there is room for, and the latest end of the conversation', () => {
    const texts = fc.array(fc.string({ unit: fc.constantFrom('t', 'h', 'e', ' ', 'c'), minLength: 1, maxLength: 30 }), { maxLength: 8 }); // prettier-ignore
    fc.assert(
      fc.property(texts, fc.nat(120), (list, room) => {
        const earlier = list.map((text, i) => (i % 2 === 0 ? question(text) : answered(text)));
        const made = encodeConversation(tokenizer, facts, { earlier, prompt: 'x', room: () => room });
        expect(made.earlierTokens).toBeLessThanOrEqual(room);
        const kept = earlier.slice(made.messagesLeftOut);
        expect(kept[0]?.role ?? 'user').toBe('user');
        const ids = made.tokens.slice(0, made.earlierTokens).map(({ id }) => id);
        expect(ids).toEqual(
          kept.flatMap(({ role, text }) => [
            role === 'user' ? user : assistant,
            ...tokenizer.encode(text).map(({ id }) => id),
          ]),
        );
      }),
    );
  });
});

describe("an answer's own tokens", () => {
  // The model wrote letter by letter what a tokenizer takes in larger pieces.
  const letters = Array.from('the cat', (letter) => tokenizer.encode(letter)[0]?.id ?? -1);
  const encoded = tokenizer.encode('the cat').map(({ id }) => id);
  const idsOf = (message: EarlierMessage) => {
    const earlier = [question('hat'), message];
    const { tokens } = encodeConversation(tokenizer, facts, { earlier, prompt: 'at', room: lots });
    const from = 2 + tokenizer.encode('hat').length;
    return tokens.slice(from, -2 - tokenizer.encode('at').length).map(({ id }) => id);
  };

  it('are read as they were written, where they spell it', () => {
    expect(letters.length).toBeGreaterThan(encoded.length);
    expect(idsOf({ ...answered('the cat'), tokens: letters })).toEqual(letters);
    expect(idsOf({ ...answered('the hat'), tokens: letters })).toEqual(idsOf(answered('the hat')));
    expect(idsOf({ ...answered('the cat'), tokens: letters.slice(1) })).toEqual(encoded);
    expect(idsOf(answered('the cat'))).toEqual(encoded);
  });

  it('are protected, each of them', async () => {
    for (const policy of policies) {
      const plan = await planOf([question('hat'), { ...answered('the cat'), tokens: letters }], 'at', policy);
      const from = 2 + tokenizer.encode('hat').length;
      const rows = plan.rows.slice(from, from + letters.length);
      expect(rows.map(({ token }) => token)).toEqual(letters);
      expect(rows.every(({ reason }) => reason === 'sensitive')).toBe(true);
    }
  });
});

describe('earlier turns and what stays here in clear', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'q', '7'), minLength: 3, maxLength: 3 });
  const conversation = (secret: string, answer: string) => [
    question(`We met ${secret} in the hat shop.`, secret),
    answered(answer),
    question('And the cat?'),
    answered('It sat.'),
  ];

  it('no clear row changes with a secret of an earlier question or with an earlier answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        word,
        word,
        word,
        word,
        fc.constantFrom(...policies),
        async (s1, s2, a1, a2, policy) => {
          // Of equal length in tokens: the words are of letters that no merge takes.
          const one = await planOf(conversation(s1, `Yes, ${a1}.`), 'So where is the cat?', policy);
          const two = await planOf(conversation(s2, `Yes, ${a2}.`), 'So where is the cat?', policy);
          expect(one.rows.length).toBe(two.rows.length);
          expect(one.order).toEqual(two.order);
          expect(one.steps).toEqual(two.steps);
          for (const [position, row] of one.rows.entries()) {
            const other = two.rows[position];
            expect(row.protected).toBe(other?.protected);
            if (row.protected) continue;
            expect(row).toEqual(other);
            // All that a clear row sees is clear, and the same.
            for (const seen of one.rows) {
              if (!visible(row, seen)) continue;
              expect(seen.protected).toBe(false);
              expect(seen).toEqual(two.rows[seen.position]);
            }
          }
        },
      ),
    );
  });

  it('every token of an earlier answer is protected', async () => {
    for (const policy of policies) {
      const answer = 'The cat is 77.';
      const plan = await planOf([question('hat?'), answered(answer)], 'why?', policy);
      const base = 'why?'.length + 1 + 'hat?'.length + 1;
      const rows = plan.rows.filter(({ text }) => text !== null && text.start >= base);
      expect(textOf(rows.map(({ token }) => token))).toBe(answer);
      expect(rows.every((row) => row.protected && row.reason === 'sensitive')).toBe(true);
    }
  });

  it('exact protects all after the first answer, masked-attention exactly the sensitive ones and the last', async () => {
    const earlier = [question('hat?'), answered('cat'), question('at Bo?', 'Bo'), answered('the')];
    const exact = await planOf(earlier, 'why?', 'exact');
    const first = exact.rows.findIndex((row) => row.reason === 'sensitive');
    expect(exact.rows.every((row) => row.protected === row.position >= first)).toBe(true);
    expect(first).toBe(2 + tokenizer.encode('hat?').length);
    const masked = await planOf(earlier, 'why?', 'masked-attention');
    const secret = masked.rows.filter((row) => row.protected);
    const expected = ['cat', 'Bo', 'the'].flatMap((text) => tokenizer.encode(text).map(({ id }) => id));
    expect(secret.map((row) => row.token)).toEqual([...expected, assistant]);
    expect(secret.at(-1)?.reason).toBe('last');
  });
});
