/** A services' process as the product starts one, with the services of the conformance suite, and some that need a process. */
import type { Services } from '../../app/contract/contract.ts';
import { Failure } from '../../app/failure/failure.ts';
import { runServices } from '../../main/process/run-services.ts';
import { conformanceServices, defectText } from './conformance-services.ts';

runServices(async ({ version, host }) => {
  if (version === 'in-use') {
    throw new Failure('pack', 'Another Sotto uses this profile.', { reason: 'profile-in-use' });
  }
  const { services } = conformanceServices();
  const withProcess: Services = {
    ...services,
    keys: {
      ...services.keys,
      async exportBackup(_input, signal) {
        const { confirmed } = await host.confirm({ question: 'Export?', detail: '' }, signal);
        if (!confirmed) throw new Failure('refused', 'Not confirmed.', { reason: 'not-confirmed' });
        return { name: 'backup.age', text: 'age' };
      },
      /** A defect where nobody waits for it. */
      async retry() {
        void Promise.reject(new Error(defectText));
        return { state: 'passphrase' };
      },
    },
    system: {
      ...services.system,
      async about() {
        const node = String(process.pid);
        return { version, platform: 'test', node, engine: 'none', profile: 'none', licences: [] };
      },
    },
  };
  return { services: withProcess, close: async () => undefined };
});
