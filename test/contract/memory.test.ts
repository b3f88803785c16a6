import { conformanceDispatcher } from './conformance-services.ts';
import { conformance } from './conformance.ts';
import { portPair } from '../../app/contract/port-pair.fixture.ts';
import { servePort } from '../../app/contract/port.ts';

for (const carrier of ['json', 'clone'] as const) {
  conformance(
    `ports in memory, ${carrier}`,
    async () => {
      const pair = portPair(carrier);
      servePort(pair.callee, conformanceDispatcher());
      return { port: pair.caller, close: async () => pair.close() };
    },
    { clones: carrier === 'clone' },
  );
}
