/** The child's side of the pipe to a supervisor: makes the services when it is told to, serves them, and ends with its parent. */
import * as v from 'valibot';
import { createClient } from '../../app/contract/client.ts';
import { hostContract, servicesContract } from '../../app/contract/contract.ts';
import { createDispatcher } from '../../app/contract/dispatch.ts';
import { connectPort, servePort } from '../../app/contract/port.ts';
import { errorOf } from '../../app/contract/result.ts';
import { Failure } from '../../app/failure/failure.ts';
import type { AppServices, AppServicesOptions } from '../services/app-services.ts';
import { createLanes } from './lanes.ts';
import { logDefect } from './log-line.ts';
import { openParentPipe } from './parent-pipe.ts';
import { order } from './process-messages.ts';
import type { Report } from './process-messages.ts';

/** EX_SOFTWARE of sysexits.h. */
const defectCode = 70;
/** Less than the supervisor's limit, so that this process ends by itself. */
const closeLimitMs = 8_000;

/** Makes the services from what the supervisor says of this profile, and a client of its host. */
export type CreateServices = (options: AppServicesOptions) => Promise<AppServices>;

/** Once per process. */
export function runServices(create: CreateServices): void {
  const pipe = openParentPipe();
  const lanes = createLanes((raw) => pipe.post(raw));
  const say = (message: Report) => lanes.lane('process').post(message);
  let services: Promise<AppServices> | undefined;
  let ending = false;

  /** Closes what is open and ends the process, however long that would take by itself. */
  const end = async (code: number) => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(code), closeLimitMs).unref();
    try {
      await (await services?.catch(() => undefined))?.close();
    } catch (error) {
      logDefect(error, 'close');
    }
    process.exit(code);
  };

  process.on('uncaughtException', (error) => dieOf(error, 'uncaught exception'));
  process.on('unhandledRejection', (error) => dieOf(error, 'unhandled rejection'));
  // Ctrl-C in a terminal reaches the whole group; the parent decides when this process ends.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => void end(0));

  lanes.lane('process').onMessage((message) => {
    const given = v.parse(order, message);
    if (given.type === 'close') return void end(0);
    if (services) throw new Error('The services are started once.');
    const host = createClient(hostContract, connectPort(lanes.lane('host'), hostLost)).host;
    services = create({ ...given.options, host });
    services.then(
      (made) => {
        // Requests that came earlier have waited in the lane.
        servePort(lanes.lane('services'), createDispatcher(servicesContract, made.services, logDefect));
        say({ type: 'ready' });
      },
      (error: unknown) => {
        if (!(error instanceof Failure)) logDefect(error, 'start');
        say({ type: 'failed', error: errorOf(error) });
        void end(1);
      },
    );
  });
  pipe.onLost(() => {
    lanes.close();
    void end(0);
  });
  pipe.onMessage((raw) => lanes.deliver(raw));
}

function dieOf(error: unknown, where: string): void {
  logDefect(error, where);
  process.exit(defectCode);
}

function hostLost(): Failure {
  return new Failure('cancelled', 'The window of Sotto is gone.');
}
