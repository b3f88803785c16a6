/** What the preview says of rows, requests and bytes is what the receipt says happened: fifty questions. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { answerRecord } from '../../app/contract/assistant.ts';
import { answerPlan } from '../../app/contract/plan.ts';
import { policies } from '../../app/plan/policy.ts';
import { prompts } from '../end-to-end/prompts.ts';
import type { Asked, AskingRig } from './asking.ts';
import { startAsking } from './asking.ts';
import { hasServer } from './sotto-server.ts';

const long =
  'Please read this letter and tell me in one sentence what it wants. Dear neighbours, the lift will be out of ' +
  'order from Monday to Thursday, because the cable has to be changed; whoever needs help on the stairs may call ' +
  'the caretaker at +49 30 901820 in the morning, or write to lift@house-nine.org, and we are sorry for the noise.';

describe.skipIf(!hasServer)('the preview and the receipt', () => {
  let rig: AskingRig;
  beforeAll(async () => {
    rig = await startAsking();
    rig.context.settings.change({
      sampling: { ...rig.context.settings.current().sampling, maxTokens: 3 },
    });
  });
  afterAll(() => rig.close());

  function expectEqual({ plan, result }: Asked): void {
    const { receipt, buckets, ciphertext, keyId } = result.record;
    const { prompt, per_token: each } = plan.preview.wire;
    expect(v.is(answerPlan, plan)).toBe(true);
    expect(v.is(answerRecord, result.record)).toBe(true);
    const { generated, ...rows } = receipt.rows;
    expect(plan.preview.rows).toEqual({ ...rows, generated: plan.preview.rows.generated });
    expect(rows.clear + rows.protected + (rows.kept ?? 0)).toBe(rows.prompt);
    expect(generated).toBeLessThanOrEqual(plan.preview.rows.generated);
    expect(plan.buckets).toEqual(buckets);
    const fedBack = receipt.rows.generated - (receipt.finish === 'length' ? 1 : 0);
    expect(receipt.wire).toMatchObject({
      sent: prompt.sent + fedBack * each.sent,
      received: prompt.received + fedBack * each.received,
      messages: prompt.messages + fedBack * each.messages,
      keys: plan.preview.wire.keys,
    });
    expect(receipt.spans).toEqual(plan.preview.spans);
    expect(receipt.verified).toEqual({ products: receipt.wire.messages, failed: 0 });
    expect(keyId).toMatch(/^[0-9a-f]{32}$/);
    if (receipt.wire.messages === 0) return;
    // The same kind of block that the preview showed: its head names scheme, sizes and rows.
    expect(ciphertext?.bytes).toBe(plan.sample?.bytes);
    expect(ciphertext?.hex.slice(0, 40)).toBe(plan.sample?.hex.slice(0, 40));
    expect(ciphertext?.entropy).toBeGreaterThan(7.5);
  }

  it.each(prompts.map(({ text }, i) => ({ text, policy: policies[i % 3] ?? 'exact' })))(
    'are equal: $policy, "$text"',
    async (draft) => expectEqual(await rig.ask(draft)),
  );

  it.each([2, 7, 12, 20, 30])('are equal for the first %i words of a letter', async (words) => {
    const text = long.split(' ').slice(0, words).join(' ');
    for (const policy of policies) expectEqual(await rig.ask({ text, policy }));
  });

  it.each([45, 60, 77])('are equal for the first %i words of a letter, in several steps', async (words) => {
    expectEqual(await rig.ask({ text: long.split(' ').slice(0, words).join(' '), policy: 'exact' }));
  });

  it.each(policies)('are equal in a conversation of four questions: %s', async (policy) => {
    let conversation: string | null = null;
    let cutOff = false;
    for (const text of ['I am Bo, bo@example.org. Who are you?', 'And what is my name?', 'Why?', 'Is it 203.0.113.9?']) {
      const asked: Asked = await rig.ask({ text, policy, conversation });
      expectEqual(asked);
      const { earlier, preview } = asked.plan;
      if (conversation === null) {
        expect(earlier).toEqual({ rows: 0, protected: 0, messagesLeftOut: 0 });
        expect(preview.rows.kept).toBeUndefined();
      } else {
        expect(preview.rows.kept).toBeGreaterThan(0);
        expect(preview.wire.keys).toBe(0);
        // Nobody has read the last piece of an answer that was cut off. Masked rows see less, and more is read again.
        if (policy === 'masked-attention') expect(earlier.protected).toBeGreaterThan(0);
        else expect(earlier).toMatchObject({ rows: Number(cutOff), protected: Number(cutOff) });
      }
      cutOff = asked.result.record.receipt.finish === 'length';
      ({ conversation } = asked.result);
    }
  }); // prettier-ignore
});
