/**
 * Keeps the services' process running: relays what pages ask, answers what the services ask their host, and starts the
 * process again when it ends. What was in flight then fails at once; nothing is repeated, since a request that was
 * sent twice may have spent something twice.
 */
import * as v from 'valibot';
import type { Transport, TransportRequest } from '../../app/contract/client.ts';
import { hostContract } from '../../app/contract/contract.ts';
import type { HostServices } from '../../app/contract/contract.ts';
import { createDispatcher } from '../../app/contract/dispatch.ts';
import { connectPort, servePort } from '../../app/contract/port.ts';
import { failureOf } from '../../app/contract/result.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { ChildPort } from './child-port.ts';
import { createLanes } from './lanes.ts';
import { logDefect } from './log-line.ts';
import { report } from './process-messages.ts';
import type { Order } from './process-messages.ts';
import type { StartOptions } from './start-options.ts';

export interface SupervisorOptions {
  readonly spawn: () => ChildPort;
  /** The first message to each process. */
  readonly start: StartOptions;
  readonly host: HostServices;
  /** Another process took over: pages subscribe again. */
  readonly onRestart: () => void;
  readonly onDefect?: (error: unknown, where: string) => void;
}

export interface Supervisor {
  readonly transport: Transport;
  /** Ends the process as a crash would; another one takes over. */
  kill(): void;
  /** Lets the process finish, ends it after `closeLimitMs`, and starts no other. */
  close(): Promise<void>;
}

/** Milliseconds before the first, second, ... start in a row; the last one repeats. */
const waits = [0, 500, 1000, 2000, 4000, 8000, 10_000];
/** A process that was ready for so long was healthy: the next end counts as the first again. */
const healthyMs = 30_000;
/** The bundled server has five seconds to finish, and the store writes what it holds. */
const closeLimitMs = 10_000;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const onDefect = options.onDefect ?? logDefect;
  const dispatcher = createDispatcher(hostContract, options.host, onDefect);
  let running: Running | undefined;
  let failed: Failure | undefined;
  let starts = 0;
  let endsInARow = 0;
  let closing = false;
  let timer: NodeJS.Timeout | undefined;

  const begin = () => {
    timer = undefined;
    starts += 1;
    const isRestart = starts > 1;
    running = launch(options, dispatcher, {
      onReady() {
        failed = undefined;
        if (isRestart) options.onRestart();
      },
      onFailed(failure) {
        failed = failure;
      },
      onEnd(wasHealthy) {
        running = undefined;
        if (closing) return;
        endsInARow = wasHealthy ? 1 : endsInARow + 1;
        const wait = waits[Math.min(endsInARow, waits.length) - 1] ?? 0;
        if (wait === 0) begin();
        else timer = setTimeout(begin, wait);
      },
    });
  };
  begin();

  return {
    transport: {
      async request(request: TransportRequest) {
        // Between two processes, and while none comes up, there is a reason better known than "lost".
        if (!running || failed) throw failed ?? engineDied();
        return running.transport.request(request);
      },
    },
    kill: () => running?.child.kill(),
    async close() {
      closing = true;
      clearTimeout(timer);
      await running?.finish();
    },
  };
}

interface Running {
  readonly child: ChildPort;
  readonly transport: Transport;
  finish(): Promise<void>;
}

interface Events {
  onReady(): void;
  onFailed(failure: Failure): void;
  onEnd(wasHealthy: boolean): void;
}

function launch(
  { spawn, start }: SupervisorOptions,
  dispatcher: ReturnType<typeof createDispatcher>,
  events: Events,
): Running {
  const child = spawn();
  const lanes = createLanes((raw) => child.post(raw));
  const order = (message: Order) => lanes.lane('process').post(message);
  let readyAt: number | undefined;
  let ended = false;
  const onEnded: (() => void)[] = [];

  lanes.lane('process').onMessage((message) => {
    const said = v.safeParse(report, message);
    if (!said.success) return;
    if (said.output.type === 'failed') return events.onFailed(failureOf(said.output.error));
    readyAt = performance.now();
    events.onReady();
  });
  servePort(lanes.lane('host'), dispatcher);
  const transport = connectPort(lanes.lane('services'), engineDied);
  child.onMessage((raw) => lanes.deliver(raw));
  child.onExit(() => {
    ended = true;
    lanes.close();
    events.onEnd(readyAt !== undefined && performance.now() - readyAt >= healthyMs);
    for (const listener of onEnded) listener();
  });
  order({ type: 'start', options: start });

  return {
    child,
    transport,
    finish() {
      if (ended) return Promise.resolve();
      order({ type: 'close' });
      return new Promise((resolve) => {
        const late = setTimeout(() => child.kill(), closeLimitMs);
        onEnded.push(() => {
          clearTimeout(late);
          resolve();
        });
      });
    },
  };
}

function engineDied(): Failure {
  return new Failure(
    'pack',
    'The part of Sotto that computes has stopped. Nothing that was written before is lost, and nothing more is sent.',
    { reason: 'engine-died', next: 'It is started again by itself: try once more.' },
  );
}
