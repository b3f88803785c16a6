/** What a page's port is served with: the window's own methods here, all others in the services' process. */
import type { Transport } from '../../app/contract/client.ts';
import { servicesContract, windowContract } from '../../app/contract/contract.ts';
import type { WindowServices } from '../../app/contract/contract.ts';
import { createDispatcher } from '../../app/contract/dispatch.ts';
import type { Dispatcher } from '../../app/contract/dispatch.ts';
import { errorOf } from '../../app/contract/result.ts';
import type { Result } from '../../app/contract/result.ts';
import { Failure } from '../../app/failure/failure.ts';

export interface PageDispatcherOptions {
  /** The supervisor's. */
  readonly transport: Transport;
  /** This page's. */
  readonly window: WindowServices;
  readonly onDefect: (error: unknown, where: string) => void;
}

/**
 * Only names of the contract are passed on, so a page's unknown name ends here; inputs are validated once, in the
 * process that uses them.
 */
export function createPageDispatcher({ transport, window, onDefect }: PageDispatcherOptions): Dispatcher {
  const own = createDispatcher(windowContract, window, onDefect);
  return {
    async run(request, onItem, signal) {
      const type = relayed(request.service, request.method);
      if (!type) return own.run(request, onItem, signal);
      try {
        const { service, method, input } = request;
        // The child's dispatcher made it, or the supervisor's port threw.
        return (await transport.request({ type, service, method, input, onItem, signal })) as Result<unknown>;
      } catch (error) {
        if (!(error instanceof Failure)) onDefect(error, `${request.service}.${request.method}`);
        return { ok: false, error: errorOf(error) };
      }
    },
  };
}

function relayed(service: string, method: string): 'call' | 'stream' | undefined {
  if (!Object.hasOwn(servicesContract, service)) return undefined;
  const methods = servicesContract[service as keyof typeof servicesContract];
  if (!Object.hasOwn(methods, method)) return undefined;
  return (methods as Readonly<Record<string, { type: 'call' | 'stream' }>>)[method]?.type;
}
