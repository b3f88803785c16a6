/**
 * Answers of the host that reach the page late, as they may on a busy machine: those of some methods are held back until
 * the test lets them go, and everything else overtakes them.
 *
 *     const held = await holdBack(context, ['settings.set']);    // before the page is opened; holds from then on
 *     await held.caught();                                       // the host has answered
 *     held.release();                                            // what was held, and what comes
 *     held.hold();                                               // again, of what is asked from here on
 *     held.hold({ open: true });                                 // and of the streams that are open
 */
import type { BrowserContext } from 'playwright-core';
import { expect } from 'vitest';

export interface HeldBack {
  hold(options?: { readonly open?: boolean }): void;
  caught(): Promise<void>;
  release(): void;
}

interface Message {
  readonly type: string;
  readonly id: number;
  readonly service?: string;
  readonly method?: string;
}

export async function holdBack(context: BrowserContext, methods: readonly string[]): Promise<HeldBack> {
  const held: (() => void)[] = [];
  /** Of the requests of these methods: all, and those whose answers are held. */
  const asked = new Set<string>();
  const holds = new Set<string>();
  let holding = true;
  let lines = 0;
  await context.routeWebSocket(/\/port$/, (page) => {
    const host = page.connectToServer();
    const line = lines++;
    page.onMessage((text) => {
      const { type, id, service, method } = JSON.parse(String(text)) as Message;
      if (type !== 'stop' && methods.includes(`${String(service)}.${String(method)}`)) {
        asked.add(`${line} ${id}`);
        if (holding) holds.add(`${line} ${id}`);
      }
      host.send(text);
    });
    host.onMessage((text) => {
      const { id } = JSON.parse(String(text)) as Message;
      if (holds.has(`${line} ${id}`)) held.push(() => page.send(text));
      else page.send(text);
    });
  });
  return {
    hold({ open = false } = {}) {
      holding = true;
      if (open) for (const request of asked) holds.add(request);
    },
    caught: () => expect.poll(() => held.length).toBeGreaterThan(0),
    release() {
      holding = false;
      holds.clear();
      for (const send of held.splice(0)) send();
    },
  };
}
