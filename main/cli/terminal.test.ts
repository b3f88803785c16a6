import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { exitCodeOf } from './exit-code.ts';
import { openTerminal } from './terminal.ts';

/** How a question can end without an answer. */
const ends: readonly [string, (typed: ReturnType<typeof openTyped>) => void][] = [
  ['Ctrl-C', ({ input }) => input.write('\u0003')],
  ['Ctrl-D', ({ input }) => input.write('\u0004')],
  ['a terminal that is gone', ({ input }) => input.end()],
  ['the signal', ({ controller }) => controller.abort()],
];

describe('a confirmation', () => {
  it.each(['\r', 'y\r', 'Yes\r'])('is %j', async (typed) => {
    const { terminal, input } = openTyped();
    const asked = terminal.confirm('Send?');
    input.write(typed);
    await asked;
  });

  it.each(['n\r', 'what?\r'])('is refused by %j', async (typed) => {
    const { terminal, input } = openTyped();
    const asked = terminal.confirm('Send?').catch((error: unknown) => error);
    input.write(typed);
    const failure = await asked;
    expect(failure).toMatchObject({ code: 'refused', reason: 'not-confirmed' });
    expect(exitCodeOf(failure)).toBe(3);
  });

  it.each(ends)('is cancelled by %s', async (_, end) => {
    const typed = openTyped();
    const asked = typed.terminal.confirm('Send?').catch((error: unknown) => error);
    end(typed);
    const failure = await asked;
    expect(failure).toMatchObject({ code: 'cancelled', message: 'Stopped. Nothing was sent.' });
    expect(exitCodeOf(failure)).toBe(130);
    // What is said next stands in a line of its own.
    expect(typed.shown()).toMatch(/Send\? \[Y\/n\] .*\n$/s);
  });
});

describe('a passphrase', () => {
  it('is read without being shown', async () => {
    const { terminal, input, shown, isRaw } = openTyped();
    const asked = terminal.secret('Passphrase');
    input.write('open sesamy\u007fe\r');
    expect(await asked).toBe('open sesame');
    expect(shown()).toBe('Passphrase: \n');
    expect(isRaw()).toBe(false);
  });

  it.each(ends)('is not waited for after %s', async (_, end) => {
    const typed = openTyped();
    const asked = typed.terminal.secret('Passphrase').catch((error: unknown) => error);
    end(typed);
    expect(await asked).toMatchObject({ code: 'cancelled' });
    expect(typed.isRaw()).toBe(false);
  });
});

/** A terminal whose keys the test presses; it has both ends in raw mode, as a real one has while a question is open. */
function openTyped() {
  let raw = false;
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => (raw = on) });
  const output = Object.assign(new PassThrough(), { isTTY: true, columns: 80 });
  const controller = new AbortController();
  const terminal = openTerminal(
    controller.signal,
    input as unknown as typeof process.stdin,
    output as unknown as typeof process.stderr,
  );
  const shown = () => String(output.read() ?? '');
  return { terminal, input, controller, shown, isRaw: () => raw };
}
