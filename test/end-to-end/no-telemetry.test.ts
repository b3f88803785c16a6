/**
 * What libraries would do behind Sotto's back. ONNX Runtime keeps a device id and events in the user's folders, and sends
 * them half a minute later: no file, nothing to send.
 */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sotto, temporaryHome } from './sotto.ts';

it('loads the models without a trace in the folders of the user and of the system', async () => {
  const place = await temporaryHome();
  const [user, temporary] = [join(place, 'user'), join(place, 'temporary')];
  await Promise.all([user, temporary].map((folder) => mkdir(folder)));
  const env = { HOME: user, TMPDIR: temporary, XDG_CACHE_HOME: '', XDG_CONFIG_HOME: '', XDG_DATA_HOME: '' };
  const detected = await sotto(['detect', '--json', 'Ask Maria Keller.'], { env });
  expect(detected.code).toBe(0);
  const asked = await sotto(['ask', '--json', '--yes', '--ephemeral-keys', '--max-tokens', '2', 'Hello'], {
    env,
  });
  expect(asked.code).toBe(0);
  const left = await Promise.all([user, temporary].map((folder) => readdir(folder, { recursive: true })));
  expect(left).toEqual([[], []]);
});
