/**
 * Answers of the host that reach the page late, as they may on a busy machine: those of some methods are held back until
 * the test lets them go, and everything else overtakes them.
 *
 *     const held = await holdBack(context, ['settings.set']);    // before the page is opened; holds from then on
 *     await held.caught();                                       // the host has answered
 *     held.release();                                            // what was held, and what comes
 *     held.hold();                                               // from here on again
 */
import type { BrowserContext } from 'playwright-core';
import { expect } from 'vitest';

export interface HeldBack {
  hold(): void;
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
  let holding = true;
  await context.routeWebSocket(/\/port$/, (page) => {
    const host = page.connectToServer();
    const asked = new Set<number>();
    page.onMessage((text) => {
      const { type, id, service, method } = JSON.parse(String(text)) as Message;
      if (type !== 'stop' && methods.includes(`${String(service)}.${String(method)}`)) asked.add(id);
      host.send(text);
    });
    host.onMessage((text) => {
      const { id } = JSON.parse(String(text)) as Message;
      if (holding && asked.has(id)) held.push(() => page.send(text));
      else page.send(text);
    });
  });
  return {
    hold() {
      holding = true;
    },
    caught: () => expect.poll(() => held.length).toBeGreaterThan(0),
    release() {
      holding = false;
      for (const send of held.splice(0)) send();
    },
  };
}
