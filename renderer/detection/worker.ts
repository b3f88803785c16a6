import workerUrl from './detect.worker.ts?worker&url';
import { createDetectionPool } from './worker-pool.ts';
import type { DetectionWorker } from './worker-pool.ts';

/** Trusted Types (W3C); TypeScript's DOM library does not have them. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): URL };
}

/** The one address that the policy `sotto-worker` lets through. */
function trusted(address: string): string | URL {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  return (
    (policy ??= types?.createPolicy('sotto-worker', {
      createScriptURL(asked) {
        if (asked !== workerUrl) throw new TypeError('Not the worker of this page.');
        return asked;
      },
    }))?.createScriptURL(address) ?? address
  );
}
let policy: ReturnType<TrustedTypes['createPolicy']> | undefined;

/** The detection worker of this page, started by the first text. */
export const detectionPool = createDetectionPool(() => {
  const worker = new Worker(trusted(workerUrl), { type: 'module', name: 'detection' });
  return worker as unknown as DetectionWorker;
});
