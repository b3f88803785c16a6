/** What the preview says that would be sent, and what is sent then. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundledServerName } from '../../app/contract/servers.ts';
import { openProfile } from '../../main/services/profile.ts';
import { recordsFile } from '../../main/vault/records-file.ts';
import { Records } from '../../main/vault/records.ts';
import { filesIn } from './files.ts';
import { sotto, temporaryHome } from './sotto.ts';

const prompt = 'Call 415-555-0132.';

describe('the evaluation keys of a preview', () => {
  it('are those that are sent', async () => {
    const home = await temporaryHome();
    const plan = await sotto(['plan', '--json', '--max-tokens', '1', prompt], { home });
    expect(plan.code, plan.stderr).toBe(0);
    expect(await filesIn(home)).toEqual([]);
    const asked = await sotto(['ask', '--json', '--yes', '--ephemeral-keys', '--max-tokens', '1', prompt]);
    expect(asked.code, asked.stderr).toBe(0);
    expect(plan.json.wire.keys).toBe(asked.json.wire.keys);
    expect(plan.json.wire.keys).toBeGreaterThan(1_000_000);
  });

  it('are none where the server is on record as holding them', async () => {
    const home = await temporaryHome();
    const { dir } = openProfile('default', home);
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    const records = Records.open(join(dir, recordsFile));
    const keyId = Buffer.alloc(16, 1);
    records.addKey({ id: keyId, epoch: 1, scope: 'cli', nonce: Buffer.alloc(32), created: 0 });
    const other = Buffer.alloc(16, 2);
    records.addKey({ id: other, epoch: 1, scope: 'a conversation', nonce: Buffer.alloc(32), created: 0 });
    for (const server of [bundledServerName, 'https://models.invalid:443'])
      records.addUpload({ keyId, server });
    records.addUpload({ keyId: other, server: 'https://other.invalid:443' });
    records.close();

    const keys = async (...options: string[]): Promise<number> => {
      const plan = await sotto(['plan', '--json', ...options, prompt], { home });
      expect(plan.code, plan.stderr).toBe(0);
      return plan.json.wire.keys;
    };
    expect(await keys()).toBe(0);
    expect(await keys('--server', 'https://models.invalid')).toBe(0);
    expect(await keys('--reference')).toBe(0);
    expect(await keys('--server', 'https://other.invalid')).toBeGreaterThan(1_000_000);
    expect(await keys('--ephemeral-keys')).toBeGreaterThan(1_000_000);
  });
});
