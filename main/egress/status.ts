/** What a gRPC status means to the user. */
import { status } from '@grpc/grpc-js';
import { Failure } from '../../app/failure/failure.ts';
import type { FailureReason } from '../../app/failure/reasons.ts';

const tryAgain = 'Try again; if it stays, tell whoever runs the server.';

/** For each status, a sentence and the next step. `said` is the server's own sentence, ready to be appended. */
const meanings: Readonly<Record<number, (said: string) => readonly [message: string, next: string]>> = {
  [status.CANCELLED]: (said) => [`The server ended the call${said}`, tryAgain],
  [status.INVALID_ARGUMENT]: (said) => [`The server did not accept the request${said}`, 'Update Sotto.'],
  [status.DEADLINE_EXCEEDED]: () => [
    'The server did not answer in time.',
    'Check the network, then ask again.',
  ],
  [status.NOT_FOUND]: (said) => [
    `The server does not have what was asked for${said}`,
    'Install a pack that it serves: sotto packs install NAME --server URL; for a NAME that it lacks, this says which it has.',
  ],
  [status.PERMISSION_DENIED]: (said) => [
    `The server does not allow it${said}`,
    'Ask the provider for access.',
  ],
  [status.RESOURCE_EXHAUSTED]: (said) => [
    `The server is at a limit${said}`,
    'Ask again in a minute. If it stays, tell whoever runs the server.',
  ],
  [status.FAILED_PRECONDITION]: (said) => [
    `The server does not hold the evaluation keys of this machine${said}`,
    'Ask again: they are sent again.',
  ],
  [status.UNIMPLEMENTED]: () => [
    'The server does not offer this call.',
    'Check the address, and update Sotto.',
  ],
  [status.UNAVAILABLE]: () => [
    'The connection to the server was lost.',
    'Check the network, then ask again.',
  ],
  // Not "token: ...": what stands behind that is taken for the token, and redacted.
  [status.UNAUTHENTICATED]: (said) => [
    `The server refused the token${said.replace(/^:/, ' and says:')}`,
    'Check the token that the provider gave you, for example --token-file FILE.',
  ],
};

const reasons: Readonly<Record<number, FailureReason>> = {
  [status.CANCELLED]: 'server-lost',
  [status.DEADLINE_EXCEEDED]: 'server-lost',
  [status.UNAVAILABLE]: 'server-lost',
  [status.RESOURCE_EXHAUSTED]: 'server-busy',
  [status.NOT_FOUND]: 'server-lacks-pack',
  [status.UNAUTHENTICATED]: 'token-refused',
  [status.PERMISSION_DENIED]: 'token-refused',
};

/** What a server may say beside RESOURCE_EXHAUSTED: metadata that names its limit, for programs. */
export const limitMetadata = 'sotto-limit';

/**
 * A refused or broken call as a Failure `server`.
 * @param code a gRPC status code, from the call or from a `Refusal`
 * @param details what the server says; untrusted
 * @param limit its `sotto-limit`, where it says one: `keys` when it stores no more keys for this account
 */
export function failureOfStatus(code: number, details: string, limit?: string): Failure {
  const said = details === '' ? '.' : `: ${quotable(details)}`;
  if (reasons[code] === 'server-busy' && limit === 'keys') {
    return new Failure('server', `The server has no room for more keys of this account${said}`, {
      next: 'Make room on another machine of this account: sotto keys rotate. Or ask the provider for more.',
      reason: 'server-keys-full',
    });
  }
  const [message, next] = meanings[code]?.(said) ?? [
    `The server failed (gRPC status ${code})${said}`,
    tryAgain,
  ];
  const reason = reasons[code];
  return new Failure('server', message, { next, ...(reason && { reason }) });
}

/** A server's sentence without what could mislead a terminal, and not endless. */
export function quotable(text: string): string {
  // Control characters, and the format characters that reorder or hide text.
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, ' ').slice(0, 200);
}
