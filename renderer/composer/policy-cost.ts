import type { api } from '../bridge/api.ts';
import { bytes, seconds } from '../language/format.ts';
import { t } from '../language/t.svelte.ts';

export type Comparison = Awaited<ReturnType<typeof api.plan.compare>>['policies'][number];

/**
 * What a policy would cost for a prompt, in words.
 * @param keys bytes of evaluation keys that leave before, whatever the policy.
 */
export function policyCost({ rows, sent, firstToken }: Comparison, keys: number): string {
  const values = { rows: rows.protected, bytes: bytes(sent + keys) };
  return firstToken === null
    ? t('policies.costPlain', values)
    : t('policies.cost', { ...values, first: seconds(firstToken) });
}
