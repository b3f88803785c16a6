/** What somebody on the wire, in the logs or on the disk can see of a secret: nothing. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startCountingProxy } from '../interop/counting-proxy.ts';
import { startServer } from './server.ts';
import { startRecordingProxy } from './recording-proxy.ts';
import { sotto, temporaryHome } from './sotto.ts';
import { tracesOf } from './traces.ts';

const ask = ['ask', '--json', '--yes', '--ephemeral-keys', '--max-tokens', '4'];

describe('two prompts that differ only in a secret of as many tokens', () => {
  it.each(['exact', 'everything', 'masked-attention'])(
    'look the same on the wire under %s',
    async (policy) => {
      const server = await startServer({ tls: false });
      const seen = [];
      for (const secret of ['415-555-0132', '628-555-0179']) {
        const proxy = await startCountingProxy(server.port);
        const result = await sotto([
          ...ask,
          '--policy',
          policy,
          '--server',
          proxy.address,
          `Call me at ${secret} now.`,
        ]);
        expect(result.code, result.stderr).toBe(0);
        expect(result.json.tokens).toHaveLength(4);
        seen.push({
          messages: proxy
            .messages()
            .map(({ direction, stream, bytes }) => `${direction} ${stream} ${bytes}`)
            .sort(),
          bytes: [proxy.count('sent').dataBytes, proxy.count('received').dataBytes],
          wire: result.json.wire,
          rows: result.json.rows,
        });
        proxy.close();
      }
      expect(seen[0]).toEqual(seen[1]);
      expect(seen[0]?.messages.length).toBeGreaterThan(24);
    },
  );

  it('of different length look the same while the bucket is the same', async () => {
    const policy = ['--policy', 'masked-attention', '--sensitive'];
    const promptOf = (secret: string) => `Tell ${secret} that I am late.`;
    const bucketed = new Map<number, { secret: string; rows: number }>();
    let pair: { secret: string; rows: number }[] = [];
    for (const secret of [
      'Wilhelmina',
      'Wilhelmina Ott',
      'Wilhelmina Oyelaran',
      'Wilhelmina Oyelaran-Ottovordem',
    ]) {
      const plan = await sotto(['plan', '--json', ...policy, secret, promptOf(secret)]);
      const rows: number = plan.json.rows.protected;
      const bucket = 2 ** Math.ceil(Math.log2(rows));
      const other = bucketed.get(bucket);
      if (other && other.rows !== rows) pair = [other, { secret, rows }];
      bucketed.set(bucket, { secret, rows });
    }
    expect(pair, 'two secrets of different length in one bucket').toHaveLength(2);

    const server = await startServer({ tls: false });
    const seen = [];
    for (const { secret } of pair) {
      const proxy = await startCountingProxy(server.port);
      const result = await sotto([...ask, ...policy, secret, '--server', proxy.address, promptOf(secret)]);
      expect(result.code, result.stderr).toBe(0);
      seen.push({
        messages: proxy
          .messages()
          .map(({ direction, bytes }) => `${direction} ${bytes}`)
          .sort(),
        bytes: [proxy.count('sent').dataBytes, proxy.count('received').dataBytes],
      });
      proxy.close();
    }
    expect(seen[0]).toEqual(seen[1]);
  });
});

describe('no trace of a secret', () => {
  const secrets = [
    'Wilhelmina Oyelaran',
    '415-555-0132',
    '4111 1111 1111 1111',
    'wilhelmina.o@quietmail.net',
  ];
  const prompt = `Book for ${secrets[0]}, phone ${secrets[1]}, card ${secrets[2]}, mail ${secrets[3]}.`;

  it('is found where one was put', () => {
    for (const [index, secret] of secrets.entries()) {
      const encodings = [
        Buffer.from(secret),
        Buffer.from(secret, 'utf16le'),
        Buffer.from(Buffer.from(`..${secret}..`).toString('base64')),
        Buffer.from(Buffer.from(secret).toString('hex')),
        Buffer.from(secret.slice(3, 11)),
      ];
      for (const bytes of encodings)
        expect(tracesOf(secrets, Buffer.concat([Buffer.alloc(9), bytes]))).toContain(index);
    }
    expect(tracesOf(secrets, Buffer.from('nothing to see here'.repeat(100)))).toEqual([]);
  });

  it('is in any byte sent, log line or file written', async () => {
    const home = await temporaryHome();
    const scratch = await temporaryHome();
    const server = await startServer({ tls: false });
    const proxy = await startRecordingProxy(server.port);
    onTestFinished(() => proxy.close());
    const answer = await sotto(
      [
        'ask',
        '--json',
        '--yes',
        '--ephemeral-keys',
        '--max-tokens',
        '6',
        '--policy',
        'masked-attention',
      ].concat(['--sensitive', secrets[0] ?? '', '--server', proxy.address, prompt]),
      { home, env: { TMPDIR: scratch } },
    );
    expect(answer.code, answer.stderr).toBe(0);
    expect(answer.json.spans.length).toBeGreaterThanOrEqual(secrets.length);
    expect(proxy.recorded('sent').length).toBeGreaterThan(100_000);

    expect(tracesOf(secrets, proxy.recorded('sent')), 'bytes sent').toEqual([]);
    expect(tracesOf(secrets, Buffer.from(server.log())), "the server's log").toEqual([]);
    expect(tracesOf(secrets, Buffer.from(answer.stderr)), "the command's messages").toEqual([]);
    for (const dir of [home, scratch, server.dataDir]) {
      for (const file of await filesIn(dir))
        expect(tracesOf(secrets, await readFile(file)), file).toEqual([]);
    }
  });
});

async function filesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
