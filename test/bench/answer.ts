/** A whole answer of the default pack by the bundled server: what the demo does, measured. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ledger } from '../../main/egress/ledger.ts';
import { loadModel } from '../../main/inference/model.ts';
import { defaultSampling } from '../../main/inference/sampler.ts';
import { openPack } from '../../main/packs/pack.ts';
import { answer } from '../../main/services/assistant.ts';
import { openEncryptedSession } from '../../main/services/encrypted-session.ts';
import { packPlaces } from '../../main/services/pack-places.ts';
import { openProfile } from '../../main/services/profile.ts';
import { prepareQuestion } from '../../main/services/question.ts';
import { reachServer } from '../../main/services/server-choice.ts';
import { foundVault, openVault } from '../../main/vault/open-vault.ts';
import type { Receipt } from '../../app/receipt/receipt.ts';
import { constant, row } from './row.ts';
import type { Benchmark, Row } from './row.ts';

const text = 'Please book a table for Maria Keller at seven, phone 415-555-0132.';
const tokens = 24;

export const answer24: Benchmark = {
  name: 'answer',
  about: `an answer of ${tokens} tokens by the default pack, policy exact, bundled server`,
  async run({ runs, progress, signal }) {
    return rowsOf(await measureAnswers({ runs, progress, signal }));
  },
};

/**
 * Receipts of `runs` answers by the bundled server, after one that warms up.
 * @param packRoot another pack than the default one.
 */
export async function measureAnswers(options: {
  readonly runs: number;
  readonly progress: (text: string) => void;
  readonly packRoot?: string;
  readonly signal: AbortSignal;
}): Promise<Receipt[]> {
  const { runs, progress, packRoot, signal } = options;
  const dir = await mkdtemp(join(tmpdir(), 'sotto-bench-'));
  const profile = openProfile('default', dir);
  const pack = await openPack(packRoot ?? packPlaces(profile).defaultPack);
  const model = await loadModel(pack);
  const vault = foundVault(
    await openVault({ profileDir: profile.dir, profileName: profile.name, ephemeral: true }),
  );
  const ledger = new Ledger();
  const server = await reachServer({ ephemeral: true, packRoot: pack.root, profile, ledger, signal });
  try {
    const session = await openEncryptedSession({ pack, vault, server, scope: 'bench', signal });
    const prepared = await prepareQuestion(pack, model.tokenizer, {
      text,
      policy: 'exact',
      words: ['Maria Keller'],
      maxNewTokens: tokens,
    });
    const receipts: Receipt[] = [];
    for (let i = 0; i <= runs; i++) {
      progress(i === 0 ? 'Warming up' : `Answer ${i} of ${runs}`);
      const events = answer({
        prepared,
        model,
        remote: { session, ledger },
        sampling: defaultSampling,
        stop: [],
        signal,
      });
      let step = await events.next();
      while (!step.done) step = await events.next();
      if (i > 0) receipts.push(step.value);
    }
    session.close();
    return receipts;
  } finally {
    await server.close();
    await model.close();
    vault.close();
    await rm(dir, { recursive: true, force: true });
  }
}

function rowsOf(receipts: readonly Receipt[]): Row[] {
  const [first] = receipts;
  return [
    row(
      'answer-total',
      'ms',
      receipts.map(({ time }) => time.total_ms),
    ),
    row(
      'answer-first-token',
      'ms',
      receipts.map(({ time }) => time.first_token_ms ?? NaN),
    ),
    row(
      'answer-server',
      'ms',
      receipts.map(({ time }) => time.server_ms),
    ),
    row(
      'answer-crypto',
      'ms',
      receipts.map(({ time }) => time.crypto_ms),
    ),
    row(
      'answer-local',
      'ms',
      receipts.map(({ time }) => time.local_ms),
    ),
    row(
      'answer-network',
      'ms',
      receipts.map(({ time }) => time.network_ms),
    ),
    row(
      'answer-tokens',
      'tokens',
      receipts.map(({ rows }) => rows.generated),
    ),
    constant('answer-protected-rows', 'rows', first?.rows.protected ?? NaN),
    row(
      'answer-sent',
      'bytes',
      receipts.map(({ wire }) => wire.sent),
    ),
    row(
      'answer-received',
      'bytes',
      receipts.map(({ wire }) => wire.received),
    ),
    constant('evaluation-keys', 'bytes', first?.wire.keys ?? NaN),
  ];
}
