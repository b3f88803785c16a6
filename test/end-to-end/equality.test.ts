/** The same tokens by every route: twenty prompts, three policies, encrypted and not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Policy } from '../../app/plan/policy.ts';
import { policies } from '../../app/plan/policy.ts';
import type { Receipt } from '../../app/receipt/receipt.ts';
import { Ledger } from '../../main/egress/ledger.ts';
import { loadModel } from '../../main/inference/model.ts';
import type { Model } from '../../main/inference/model.ts';
import { defaultSampling } from '../../main/inference/sampler.ts';
import { openPack } from '../../main/packs/pack.ts';
import { answer } from '../../main/services/assistant.ts';
import { openEncryptedSession } from '../../main/services/encrypted-session.ts';
import type { EncryptedSession } from '../../main/services/encrypted-session.ts';
import { openProfile } from '../../main/services/profile.ts';
import { prepareQuestion, previewOf } from '../../main/services/question.ts';
import { reachServer } from '../../main/services/server-choice.ts';
import type { ReachedServer } from '../../main/services/server-choice.ts';
import { foundVault, openVault } from '../../main/vault/open-vault.ts';
import { prompts } from './prompts.ts';
import { defaultPack, sotto } from './sotto.ts';

const tokens = 24;
const ledger = new Ledger();
const { signal } = new AbortController();
let model: Model;
let server: ReachedServer;
let session: EncryptedSession;

beforeAll(async () => {
  const pack = await openPack(defaultPack);
  model = await loadModel(pack);
  const profile = openProfile();
  const vault = foundVault(
    await openVault({ profileDir: profile.dir, profileName: profile.name, ephemeral: true }),
  );
  server = await reachServer({ ephemeral: true, packRoot: pack.root, profile, ledger, signal });
  session = await openEncryptedSession({ pack, vault, server, scope: 'test', signal });
});

afterAll(async () => {
  session.close();
  await server.close();
  await model.close();
});

interface Asked {
  readonly receipt: Receipt;
  readonly predicted: ReturnType<typeof previewOf>;
}

async function ask(prompt: (typeof prompts)[number], policy: Policy, encrypted: boolean): Promise<Asked> {
  const prepared = await prepareQuestion(model.pack, model.tokenizer, {
    text: prompt.text,
    policy,
    words: prompt.sensitive,
    maxNewTokens: tokens,
  });
  const remote = encrypted ? { session, ledger } : null;
  const events = answer({ prepared, model, remote, sampling: defaultSampling, stop: [], signal });
  let step = await events.next();
  while (!step.done) step = await events.next();
  return { receipt: step.value, predicted: previewOf(prepared, 'https://server', 0) };
}

describe.each(prompts)('"$text"', (prompt) => {
  it('has the same tokens by every route', async () => {
    const written = new Map<Policy, readonly number[]>();
    for (const policy of policies) {
      const { receipt, predicted } = await ask(prompt, policy, true);
      const reference = (await ask(prompt, policy, false)).receipt;
      expect(receipt.tokens, policy).toEqual(reference.tokens);
      expect(receipt.text, policy).toBe(reference.text);
      expect(receipt.verified).toEqual({ products: receipt.wire.messages, failed: 0 });
      expect(reference.wire).toEqual({ sent: 0, received: 0, messages: 0, keys: 0 });

      // What the preview said of rows and bytes is what happened.
      const { prompt: read, per_token: each } = predicted.wire;
      const fedBack = receipt.rows.generated - (receipt.finish === 'length' ? 1 : 0);
      expect(predicted.rows).toMatchObject({ clear: receipt.rows.clear, protected: receipt.rows.protected });
      expect(receipt.wire).toMatchObject({
        sent: read.sent + fedBack * each.sent,
        received: read.received + fedBack * each.received,
        messages: read.messages + fedBack * each.messages,
      });
      written.set(policy, receipt.tokens);
    }
    expect(written.get('everything')).toEqual(written.get('exact'));
  });
});

it('holds for the command line as well', async () => {
  const [prompt] = prompts;
  const args = [
    'ask',
    '--json',
    '--yes',
    '--ephemeral-keys',
    '--seed',
    '1',
    '--max-tokens',
    '8',
    prompt?.text ?? '',
  ];
  const encrypted = await sotto(args);
  const reference = await sotto([...args, '--reference']);
  expect(encrypted.stderr + reference.stderr).not.toContain('Failure');
  expect([encrypted.code, reference.code]).toEqual([0, 0]);
  expect(encrypted.json.tokens).toHaveLength(8);
  expect(encrypted.json.tokens).toEqual(reference.json.tokens);
  expect([encrypted.json.engine, reference.json.engine]).toEqual(['encrypted', 'reference']);
  expect(encrypted.json.scheme.failure_log2).toBeLessThanOrEqual(-128);
});
