import { expect, it } from 'vitest';
import { ensureKeys } from './server-keys.ts';

const keyId = new Uint8Array(16);

function serverThat(has: boolean) {
  const events: string[] = [];
  return {
    events,
    connection: {
      hasKeys: () => Promise.resolve(has),
      putKeys: (_id: Uint8Array, keys: Uint8Array) => {
        events.push(`sent ${keys.length}`);
        return Promise.resolve();
      },
    },
    key: { evaluationKeys: () => Promise.resolve(new Uint8Array(1000)) },
  };
}

it('sends nothing to a server that has the keys', async () => {
  const { connection, key, events } = serverThat(true);
  expect(await ensureKeys(connection, key, keyId)).toBe(0);
  expect(events).toEqual([]);
});

it('puts an upload on record before it begins', async () => {
  const { connection, key, events } = serverThat(false);
  const beforeUpload = () => void events.push('on record');
  expect(await ensureKeys(connection, key, keyId, { beforeUpload })).toBe(1000);
  expect(events).toEqual(['on record', 'sent 1000']);
});
