import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WindowEvent } from '../../app/contract/host.ts';
import { createConfirmations } from './confirmations.ts';

describe('a confirmation', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  function open() {
    const said: string[] = [];
    const emitted: WindowEvent[] = [];
    const confirmations = createConfirmations(
      { say: (text) => said.push(text), event: () => undefined },
      (event) => emitted.push(event),
    );
    const stop = new AbortController();
    const answer = confirmations.ask('Export the key?', 'To a file.', stop.signal);
    const event = emitted[0];
    if (event?.type !== 'confirmation') throw new Error('no event');
    const code = /code (\d{6}):/.exec(said[0] ?? '')?.[1] ?? '';
    const wrong = code === '000000' ? '000001' : '000000';
    return { confirmations, stop, answer, emitted, said, id: event.id, code, wrong };
  }

  it('is a code on the terminal, which no event to a page holds', async () => {
    const { confirmations, answer, emitted, said, id, code } = open();
    expect(said).toEqual([`Confirm in the window with code ${code}: Export the key?`]);
    expect(JSON.stringify(emitted)).not.toContain(code);
    expect(JSON.stringify(confirmations.open())).not.toContain(code);
    expect(confirmations.answer(id, ` ${code} `)).toBe(true);
    expect(await answer).toBe(true);
    expect(confirmations.open()).toEqual([]);
  });

  it('has another code each time', () => {
    const codes = new Set(Array.from({ length: 20 }, () => open().code));
    expect(codes.size).toBeGreaterThan(15);
  });

  it('gives three tries', async () => {
    const { confirmations, answer, id, code, wrong } = open();
    expect([1, 2, 3].map(() => confirmations.answer(id, wrong))).toEqual([false, false, false]);
    expect(await answer).toBe(false);
    expect(confirmations.answer(id, code)).toBe(false);
  });

  it('is right at the third try too', async () => {
    const { confirmations, answer, id, code, wrong } = open();
    confirmations.answer(id, wrong);
    confirmations.answer(id, `${code}0`);
    expect(confirmations.answer(id, code)).toBe(true);
    expect(await answer).toBe(true);
  });

  it('is declined with an empty code', async () => {
    const { confirmations, answer, id } = open();
    expect(confirmations.answer(id, '')).toBe(false);
    expect(await answer).toBe(false);
  });

  it('lasts a minute', async () => {
    const { confirmations, answer, id, code } = open();
    vi.advanceTimersByTime(59_999);
    expect(confirmations.open()).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(await answer).toBe(false);
    expect(confirmations.answer(id, code)).toBe(false);
  });

  it('ends with who asked, and every window hears of it', async () => {
    const { stop, answer, confirmations, emitted, id } = open();
    stop.abort();
    expect(await answer).toBe(false);
    expect(emitted.at(-1)).toEqual({ type: 'confirmation-ended', id });
    expect(confirmations.open()).toEqual([]);
  });

  it('of another question does not confirm this one', () => {
    const { confirmations, code } = open();
    expect(confirmations.answer('another', code)).toBe(false);
    expect(confirmations.open()).toHaveLength(1);
  });

  it('is refused when three are open', async () => {
    const { confirmations, said } = open();
    const { signal } = new AbortController();
    void confirmations.ask('2', '', signal);
    void confirmations.ask('3', '', signal);
    expect(await confirmations.ask('4', '', signal)).toBe(false);
    expect(said).toHaveLength(3);
  });
});
