import { describe, expect, it } from 'vitest';
import { createWindowEvents } from './window-events.ts';

describe("a window's events", () => {
  it('wait for the page', async () => {
    const events = createWindowEvents();
    events.push({ type: 'prefill', text: 'a' });
    events.push({ type: 'go', to: 'new' });
    const stop = new AbortController();
    const seen = events.read(stop.signal);
    expect((await seen.next()).value).toEqual({ type: 'prefill', text: 'a' });
    expect((await seen.next()).value).toEqual({ type: 'go', to: 'new' });
    const later = seen.next();
    events.push({ type: 'shown' });
    expect((await later).value).toEqual({ type: 'shown' });
    const last = seen.next();
    stop.abort();
    expect(await last).toEqual({ done: true, value: undefined });
  });

  it('go to one reader each, and every reader ends when it is told to', async () => {
    const events = createWindowEvents();
    const stops = [new AbortController(), new AbortController()];
    const [one, two] = stops.map(({ signal }) => events.read(signal).next());
    events.push({ type: 'shown' });
    expect(await one).toEqual({ done: false, value: { type: 'shown' } });
    stops[1]?.abort();
    expect(await two).toEqual({ done: true, value: undefined });
  });

  it('that nobody reads are not kept for ever', async () => {
    const events = createWindowEvents();
    for (let at = 0; at < 100; at += 1) events.push({ type: 'prefill', text: String(at) });
    expect((await events.read(new AbortController().signal).next()).value).toMatchObject({ text: '80' });
  });
});
