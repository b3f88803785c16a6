import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { failureOfStatus } from './status.ts';

it('has a sentence and a next step for every status', () => {
  for (const code of Object.values(status).filter((value) => typeof value === 'number')) {
    const failure = failureOfStatus(code, 'because');
    expect(failure.code).toBe('server');
    expect(failure.message).toMatch(/^The .*\.|because$/);
    expect(failure.next).toBeTruthy();
  }
});

it('names the token when the token is refused', () => {
  expect(failureOfStatus(status.UNAUTHENTICATED, '').message).toBe('The server refused the token.');
});

it('quotes the server without control characters, and not at length', () => {
  const { message } = failureOfStatus(status.NOT_FOUND, `\u001b[2Jpack\u202egone\n${'x'.repeat(10_000)}`);
  // eslint-disable-next-line no-control-regex
  expect(message).not.toMatch(/[\u0000-\u001f\u202e]/);
  expect(message.length).toBeLessThan(300);
});

it('names the state that a face shows for it', () => {
  const reasonOf = (code: status) => failureOfStatus(code, '').reason;
  expect(reasonOf(status.UNAUTHENTICATED)).toBe('token-refused');
  expect(reasonOf(status.UNAVAILABLE)).toBe('server-lost');
  expect(reasonOf(status.RESOURCE_EXHAUSTED)).toBe('server-busy');
  expect(reasonOf(status.INTERNAL)).toBeUndefined();
});

it('takes an account for full of keys only where the server says so in words for programs', () => {
  const said = 'this account has 64 keys, as many as it may have; delete one with DeleteKeys';
  expect(failureOfStatus(status.RESOURCE_EXHAUSTED, said).reason).toBe('server-busy');
  expect(failureOfStatus(status.RESOURCE_EXHAUSTED, said, 'disk').reason).toBe('server-busy');
  expect(failureOfStatus(status.UNAVAILABLE, said, 'keys').reason).toBe('server-lost');
  const full = failureOfStatus(status.RESOURCE_EXHAUSTED, said, 'keys');
  expect(full.reason).toBe('server-keys-full');
  expect(full.message).toContain(said);
  expect(full.next).toContain('sotto keys rotate');
});

it('names a command that there is for a pack that is not', () => {
  expect(failureOfStatus(status.NOT_FOUND, '').next).toContain('sotto packs install NAME --server URL');
});
