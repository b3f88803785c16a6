/** The checks of this installation as a text to send to whoever helps. */
import type { Client } from '../../app/contract/client.ts';
import type { servicesContract } from '../../app/contract/contract.ts';

export type Check = Parameters<
  Parameters<Client<typeof servicesContract>['system']['doctor']>[1]['onItem']
>[0];

/** As `sotto doctor` prints it: a line for each, what to do beneath. */
export function reportText(checks: readonly Check[]): string {
  return checks
    .map(({ name, passed, detail, next }, i) => {
      const line = `${String(i + 1).padStart(2)}. ${passed ? 'PASS' : 'FAIL'}  ${name}: ${detail}`;
      return next === null ? line : `${line}\n          ${next}`;
    })
    .map((line) => `${line}\n`)
    .join('');
}
