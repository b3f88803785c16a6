/**
 * The process in which everything runs that computes or keeps something: vault, store, sockets, ONNX Runtime, the
 * native addon. It is forked by a supervisor, and answers it alone.
 */
import * as v from 'valibot';
import { createClient } from '../../app/contract/client.ts';
import { hostContract, servicesContract } from '../../app/contract/contract.ts';
import { createDispatcher } from '../../app/contract/dispatch.ts';
import { connectPort, servePort } from '../../app/contract/port.ts';
import { errorOf } from '../../app/contract/result.ts';
import { Failure } from '../../app/failure/failure.ts';
import { createAppServices } from '../services/app-services.ts';
import type { AppServices } from '../services/app-services.ts';
import { createLanes } from './lanes.ts';
import { logDefect } from './log-line.ts';
import { openParentPipe } from './parent-pipe.ts';
import { order } from './process-messages.ts';
import type { Report } from './process-messages.ts';
import type { StartOptions } from './start-options.ts';

/** EX_SOFTWARE of sysexits.h. */
const defectCode = 70;
/** Less than the supervisor's limit, so that this process ends by itself. */
const closeLimitMs = 8_000;

process.on('uncaughtException', (error) => dieOf(error, 'uncaught exception'));
process.on('unhandledRejection', (error) => dieOf(error, 'unhandled rejection'));
// Ctrl-C in a terminal reaches the whole group; the parent decides when this process ends.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => void end());

const pipe = openParentPipe();
const lanes = createLanes((raw) => pipe.post(raw));
let services: Promise<AppServices> | undefined;
let ending = false;

pipe.onMessage((raw) => lanes.deliver(raw));
pipe.onLost(() => {
  lanes.close();
  void end();
});
lanes.lane('process').onMessage((message) => {
  const given = v.parse(order, message);
  if (given.type === 'close') return void end();
  if (services) throw new Error('The services are started once.');
  services = start(given.options);
  services.then(
    () => say({ type: 'ready' }),
    (error: unknown) => {
      if (!(error instanceof Failure)) logDefect(error, 'start');
      say({ type: 'failed', error: errorOf(error) });
      void end(1);
    },
  );
});

async function start(options: StartOptions): Promise<AppServices> {
  const host = createClient(hostContract, connectPort(lanes.lane('host'), hostLost)).host;
  const made = await createAppServices({ ...options, host });
  // Requests that came earlier have waited in the lane.
  servePort(lanes.lane('services'), createDispatcher(servicesContract, made.services, logDefect));
  return made;
}

/** Closes what is open and ends the process, however long that would take by itself. */
async function end(code = 0): Promise<void> {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(code), closeLimitMs).unref();
  try {
    await (await services?.catch(() => undefined))?.close();
  } catch (error) {
    logDefect(error, 'close');
  }
  process.exit(code);
}

function dieOf(error: unknown, where: string): void {
  logDefect(error, where);
  process.exit(defectCode);
}

function say(message: Report): void {
  lanes.lane('process').post(message);
}

function hostLost(): Failure {
  return new Failure('cancelled', 'The window of Sotto is gone.');
}
