/** What would leave this machine, made from the plan that would be executed. */
import type { Plan } from '../plan/plan.ts';
import type { Policy } from '../plan/policy.ts';
import type { Route } from '../plan/route.ts';
import { clearRowsLeave, routeOf } from '../plan/route.ts';
import type { WirePrediction, WireTotals } from '../plan/wire.ts';
import type { RowCounts, SchemeFacts, SpanFact, WireFacts } from './facts.ts';
import { rowCounts, spanFact } from './facts.ts';
import { amount, byteCount, schemeLine } from './wording.ts';

/** How many matrices rows of one kind pass by one route. */
export interface RouteFact {
  readonly rows: 'clear' | 'protected' | 'generated';
  readonly count: number;
  readonly route: Route;
  readonly matrices: number;
}

export interface Preview {
  readonly policy: Policy;
  readonly pack: string;
  /** Where ciphertexts would go; `null` for the reference, which sends nothing. */
  readonly server: string | null;
  readonly spans: readonly SpanFact[];
  readonly rows: RowCounts;
  /** For an answer of the greatest length, and what it is made of. */
  readonly wire: WireFacts & { readonly prompt: WireTotals; readonly per_token: WireTotals };
  readonly routes: readonly RouteFact[];
  readonly scheme: SchemeFacts | null;
}

export interface PreviewInput {
  readonly plan: Plan;
  /** Of the same plan (`predictWire`); `null` for the reference. */
  readonly wire: WirePrediction | null;
  /** Bytes of evaluation keys that would be sent first; 0 when the server has them. */
  readonly keys: number;
  readonly spans: readonly SpanFact[];
  readonly pack: string;
  readonly server: string | null;
  readonly scheme: SchemeFacts | null;
}

const nothing: WireTotals = { messages: 0, sent: 0, received: 0 };

export function makePreview(input: PreviewInput): Preview {
  const { plan, wire, pack, server, scheme } = input;
  const rows = rowCounts(plan, plan.maxNewTokens);
  return {
    policy: plan.policy,
    pack,
    server: wire && server,
    spans: input.spans.map(spanFact),
    rows,
    wire: {
      ...(wire?.atMost ?? nothing),
      keys: wire ? input.keys : 0,
      prompt: wire?.prompt ?? nothing,
      per_token: wire?.perGeneratedToken ?? nothing,
    },
    routes: [
      ...routesOf(plan, 'clear', rows.clear, wire === null),
      ...routesOf(plan, 'protected', rows.protected, wire === null),
      ...routesOf(plan, 'generated', rows.generated, wire === null),
    ],
    scheme: wire && scheme,
  };
}

function routesOf(
  plan: Plan,
  rows: RouteFact['rows'],
  count: number,
  reference: boolean,
): readonly RouteFact[] {
  if (count === 0) return [];
  const { matrices } = plan.model;
  const travels = { protected: rows !== 'clear' || clearRowsLeave(matrices) };
  const taken = matrices.map((matrix) => (reference ? 'local' : routeOf(travels, matrix)));
  return (['local', 'encrypted'] as const)
    .map((route) => ({ rows, count, route, matrices: taken.filter((one) => one === route).length }))
    .filter((fact) => fact.matrices > 0);
}

/**
 * The preview as text: the first line for anyone, the last for a cryptographer.
 * @param prompt shows the marked words; only for the user's own screen.
 */
export function renderPreview(preview: Preview, prompt: string): string {
  return [
    headline(preview),
    marked(preview, prompt),
    policyLine(preview),
    ...wireLines(preview),
    schemeLine(preview.scheme),
  ]
    .filter((line) => line !== '')
    .join('\n');
}

function headline({ rows, routes, server }: Preview): string {
  if (server === null) return 'Nothing leaves this machine: the pack computes the whole answer here.';
  const leaving = routes
    .filter((fact) => fact.rows !== 'generated' && fact.route === 'encrypted')
    .reduce((sum, fact) => sum + fact.count, 0);
  const { prompt, kept = 0 } = rows;
  const staying = prompt - kept - leaving;
  const rest = staying === 0 ? 'None stays here.' : `The other ${staying} stay here.`;
  return [
    `Of the ${amount(prompt - kept, 'piece')} (tokens) of your prompt, ${leaving} leave this machine, encrypted. ${rest}`,
    ...(kept === 0 ? [] : [`${amount(kept, 'piece')} of earlier turns need not be read again.`]),
    'Every piece of the answer but the last leaves encrypted too.',
  ].join(' ');
}

function marked({ spans }: Preview, prompt: string): string {
  if (spans.length === 0) return 'No word is marked as sensitive.';
  const words = spans.map((span) => `${JSON.stringify(prompt.slice(span.start, span.end))} (${span.kind})`);
  return `Marked as sensitive: ${words.join(', ')}.`;
}

function policyLine({ policy, rows }: Preview): string {
  switch (policy) {
    case 'everything':
      return 'Policy everything: every piece is protected.';
    case 'exact':
      return rows.protected === 0
        ? 'Policy exact: nothing is marked, so only the answer is protected.'
        : 'Policy exact: every piece from the first marked word on is protected.';
    case 'masked-attention':
      return 'Policy masked-attention: the marked words and the last piece are protected; the others are computed without them, which changes the model.';
  }
}

function wireLines({ server, wire, rows }: Preview): readonly string[] {
  if (server === null) return [];
  const flow = (totals: WireTotals) => `${byteCount(totals.sent)} out, ${byteCount(totals.received)} back`;
  return [
    `To ${server}, which learns who asks, when, for which model, and how many pieces are protected (rounded up to a power of two per request).`,
    `Wire: prompt ${flow(wire.prompt)} in ${amount(wire.prompt.messages, 'message')}; then ${flow(wire.per_token)} in ` +
      `${amount(wire.per_token.messages, 'message')} for each further piece; at most ${flow(wire)} for ` +
      `${rows.generated} pieces.${wire.keys === 0 ? '' : ` Before that ${byteCount(wire.keys)} of evaluation keys.`}`,
  ];
}
