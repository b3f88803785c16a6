/** Everything that a page must never do: errors, policy violations, requests to anywhere but its own origin. */
import type { BrowserContext, ConsoleMessage, Page } from 'playwright-core';

export interface Problems {
  /** Requests to this origin are the application's own. */
  allow(origin: string): void;
  /** The host at this origin was ended on purpose: that a page cannot reach it is what the browser says then. */
  ended(origin: string): void;
  all(): readonly string[];
}

export function watchForProblems(context: BrowserContext): Problems {
  const problems: string[] = [];
  const origins = new Set<string>();
  const ended = new Set<string>();
  // Reset where it was reached in the moment of its end, aborted where an answer was under way.
  const isUnreachable = (text: string) =>
    /ERR_(?:CONNECTION_(?:REFUSED|RESET|ABORTED|CLOSED)|PROXY_CONNECTION_FAILED|SOCKET_NOT_CONNECTED|TUNNEL_CONNECTION_FAILED|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING|CONTENT_LENGTH_MISMATCH)/.test(
      text,
    ) && [...ended].some((host) => text.includes(host));
  /** A failed request is named by where it went, not by its text. */
  const told = (message: ConsoleMessage) => `${message.text()} ${message.location().url}`;
  const isOwn = (address: string) => {
    const { protocol, origin, host } = new URL(address);
    if (protocol === 'blob:' || protocol === 'data:') return true;
    return origins.has(protocol === 'ws:' ? `http://${host}` : origin);
  };
  const watch = (page: Page) => {
    page.on('console', (message) => {
      if ((message.type() === 'error' || message.type() === 'warning') && !isUnreachable(told(message))) {
        problems.push(`console ${message.type()}: ${told(message)}`);
      }
    });
    page.on('pageerror', (error) => problems.push(`uncaught: ${error.message}`));
    page.on('crash', () => problems.push('the page crashed'));
    page.on('websocket', (socket) => {
      if (!isOwn(socket.url())) problems.push(`foreign WebSocket: ${socket.url()}`);
    });
  };
  context.on('page', watch);
  context.on('request', (request) => {
    if (!isOwn(request.url())) problems.push(`foreign request: ${request.url()}`);
  });
  // A violation may be silent in the console when a page handles it.
  void context.exposeBinding('reportViolation', (_source, text: string) => {
    problems.push(text);
  });
  void context.addInitScript(() => {
    const report = (text: string) => {
      void (globalThis as unknown as { reportViolation(text: string): Promise<void> }).reportViolation(text);
    };
    document.addEventListener('securitypolicyviolation', (event) => {
      report(`policy violation: ${event.violatedDirective} by ${event.blockedURI || event.sourceFile}`);
    });
    addEventListener('unhandledrejection', (event) => report(`unhandled rejection: ${String(event.reason)}`));
  });
  return {
    allow: (origin) => origins.add(origin),
    ended: (origin) => ended.add(new URL(origin).host),
    all: () => [...problems],
  };
}
