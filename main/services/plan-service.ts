import type { AnswerPlan, Draft } from '../../app/contract/plan.ts';
import type { plan } from '../../app/contract/plan.ts';
import type { ServiceImplementation } from '../../app/contract/method.ts';
import { bundledServerName } from '../../app/contract/servers.ts';
import { piecesOf } from '../../app/plan/pieces.ts';
import type { Plan } from '../../app/plan/plan.ts';
import { generatedStep } from '../../app/plan/plan.ts';
import { policies } from '../../app/plan/policy.ts';
import { routeOf } from '../../app/plan/route.ts';
import type { WirePrediction } from '../../app/plan/wire.ts';
import { bucketsOf } from '../../app/plan/wire.ts';
import { rowCounts } from '../../app/receipt/facts.ts';
import { makePreview } from '../../app/receipt/preview.ts';
import { evaluationKeyBytes, sampleRequest } from '../attention/throw-away.ts';
import type { AppContext } from './app-context.ts';
import type { AskingParts } from './asking.ts';
import type { PlannedDraft } from './drafts.ts';
import { packScheme } from './pack-scheme.ts';
import { predictAnswerWire } from './question.ts';
import { bundledAddress } from './server-choice.ts';
import { estimateOf } from './speed.ts';

export function createPlanService(
  context: Pick<AppContext, 'vault'>,
  { drafts, speeds }: Pick<AskingParts, 'drafts' | 'speeds'>,
): ServiceImplementation<typeof plan> {
  const samples = new Map<string, Promise<AnswerPlan['sample']>>();

  /** Bytes of evaluation keys that will be sent first: none where the server has them. */
  const keysToSend = async ({ server }: PlannedDraft, conversation: string | null) => {
    const name = server.id === null ? bundledServerName : server.address;
    if (conversation !== null && name !== null && context.vault.current()?.isUploaded(conversation, name))
      return 0;
    return evaluationKeyBytes();
  };

  /** How the first request begins; the same bytes each time, so that a preview does not flicker. */
  const sampleOf = ({ prepared: { plan, pack } }: PlannedDraft) => {
    const first = firstRequest(plan);
    const matrix = first && pack.matrices[first.matrix];
    if (!matrix) return Promise.resolve(null);
    const name = `${pack.id} ${first.matrix} ${first.bucket}`;
    const known =
      samples.get(name) ??
      sampleRequest(matrix, first.bucket).then(({ head, bytes }) => ({
        hex: Buffer.from(head).toString('hex'),
        bytes,
      }));
    samples.set(name, known);
    return known;
  };

  return {
    async preview(draft, signal) {
      const planned = await drafts.plan(draft, signal);
      const { prepared, server, marks } = planned;
      const { plan, pack, earlier } = prepared;
      const wire = predictAnswerWire(prepared);
      const [keys, sample] = await Promise.all([keysToSend(planned, draft.conversation), sampleOf(planned)]);
      const preview = makePreview({
        plan,
        wire,
        keys,
        spans: prepared.spans,
        pack: pack.name,
        server: server.address ?? bundledAddress,
        scheme: packScheme(pack),
      });
      return {
        id: planned.id,
        preview: plain(preview),
        buckets: [...bucketsOf(wire)],
        pieces: [...piecesOf(plan, draft.text.length)],
        marks: [...marks],
        earlier: { ...earlierRows(planned), messagesLeftOut: earlier.messagesLeftOut },
        estimate: estimateOf(speeds.current(), { pack: pack.id, server: server.id }, plan),
        sample,
        server,
      };
    },
    async compare(draft: Draft, signal) {
      const compared = [];
      for (const policy of policies) {
        const { prepared, server } = await drafts.plan(draft, signal, policy);
        const { plan, pack } = prepared;
        const { prompt }: WirePrediction = predictAnswerWire(prepared);
        compared.push({
          policy,
          rows: rowCounts(plan, plan.maxNewTokens),
          sent: prompt.sent,
          received: prompt.received,
          firstToken:
            estimateOf(speeds.current(), { pack: pack.id, server: server.id }, plan)?.firstToken ?? null,
          exact: policy !== 'masked-attention',
        });
      }
      return { policies: compared };
    },
  };
}

/** Rows before those of the prompt's turn that are to be read; the pack's first tokens are not counted. */
function earlierRows({ prepared, opened }: PlannedDraft) {
  const { plan, earlier } = prepared;
  const first = opened.pack.tokenizer.begin.length;
  const read = plan.order.slice(plan.kept).filter((at) => at >= first && at < first + earlier.tokens);
  return { rows: read.length, protected: read.filter((at) => plan.rows[at]?.protected).length };
}

/** The first request that the plan makes, of its prompt or of its answer. */
function firstRequest(plan: Plan): { readonly matrix: number; readonly bucket: number } | undefined {
  for (const step of [...plan.steps, generatedStep(plan, 0)]) {
    const matrix = plan.model.matrices.find((one) => routeOf(step, one) === 'encrypted');
    if (matrix) return { matrix: matrix.index, bucket: step.bucket };
  }
  return undefined;
}

function plain(preview: ReturnType<typeof makePreview>): AnswerPlan['preview'] {
  return { ...preview, spans: [...preview.spans], routes: [...preview.routes] };
}
