/** Conversations as they are after some months of use, for screenshots and tests of components. */
import type { AnswerRecord } from '../../app/contract/assistant.ts';
import type { Conversation, Message } from '../../app/contract/conversations.ts';
import { detect } from '../../app/detect/detect.ts';

const day = 86_400_000;
const identity = `sha256:${'3fa91c07be4488d2'.repeat(4)}`;

export function createRecord(text: string, prompt: string): AnswerRecord {
  const words = prompt.split(/\s+/).length;
  const encrypted = Math.min(words, 18);
  const tokens = Math.ceil(text.length / 4);
  const layers = 12;
  return {
    receipt: {
      text,
      tokens: Array.from({ length: tokens }, (_, index) => (index * 37) % 8192),
      finish: 'stop',
      policy: 'exact',
      engine: 'encrypted',
      pack: 'sotto-14m',
      spans: detect(prompt).map(({ start, end, kind, score, source }) => ({
        start,
        end,
        kind,
        score,
        source,
      })),
      rows: { prompt: words, clear: words - encrypted, protected: encrypted, generated: tokens },
      wire: { messages: layers * 4 * (tokens + 1), sent: 412_000, received: 506_000, keys: 3_120_000 },
      time: {
        total_ms: 2130,
        first_token_ms: 402,
        server_ms: 870,
        crypto_ms: 410,
        local_ms: 520,
        network_ms: 330,
      },
      scheme: { name: 'rlwe-bfv', n: 2048, log2_q: 54, log2_qp: 109, log2_t: 20, failure_log2: -131 },
      server: { address: 'https://models.example:8443', identity },
      verified: { products: layers * 4 * (tokens + 1), failed: 0 },
      layers: Array.from({ length: layers }, (_, layer) => ({
        layer,
        local_ms: 40 + ((layer * 7) % 11),
        crypto_ms: 31 + ((layer * 5) % 9),
        server_ms: 68 + ((layer * 3) % 17),
        network_ms: 25 + ((layer * 2) % 7),
      })),
    },
    buckets: [
      { rows: 1, requests: layers * 4 * tokens, sent: 296_000, received: 365_000 },
      { rows: 32, requests: layers * 4, sent: 116_000, received: 141_000 },
    ],
    keyId: '9f3ac4771be05d28',
    ciphertext: {
      hex: '9f3a77c2e1045bd8806ff3912c4a6e0d5b17f8a3c9024e6b7d11fa8235c09e47',
      bytes: 4412,
      entropy: 7.996,
    },
  };
}

const topics: readonly (readonly [string, string, string])[] = [
  [
    'Discharge letter for Maria Keller',
    'Rewrite this for the family: Maria Keller, born 14.03.1951, was admitted on 2 November with pneumonia. Her daughter can be reached at +49 30 901820.',
    'Maria came to us on 2 November with an infection of the lungs. She has been getting antibiotics and is breathing more easily now.\n\n- She can eat and walk with help.\n- The cough will last another **two to three weeks**.\n- Please bring her glasses.',
  ],
  [
    'Why the nightly backup fails',
    'Our job ends with 403. Config: endpoint=https://backup.intern.example key=AKIAIOSFODNN7QWERTYU bucket=ledger-2026. What is wrong?',
    'The request is signed, but for another region. Set the region that the bucket lives in:\n\n```ini\nregion = eu-central-1\nendpoint = https://backup.intern.example\n```\n\nThen run the job once by hand.',
  ],
  [
    'Kündigung der Mietwohnung',
    'Schreibe eine Kündigung an Herrn Thomas Brandt, Lindenstraße 14, 10969 Berlin, zum 31. Januar. IBAN für die Kaution: DE89 3704 0044 0532 0130 00.',
    'Sehr geehrter Herr Brandt,\n\nhiermit kündige ich den Mietvertrag für die Wohnung Lindenstraße 14 fristgerecht zum 31. Januar.\n\nBitte überweisen Sie die Kaution auf das angegebene Konto.',
  ],
  [
    'Summary of the board minutes',
    'Summarise in three points: Ana Souza proposed to sell the site in Porto; Ben Adler disagreed; the vote is on 4 December.',
    '1. Ana Souza proposed to sell the site in Porto.\n2. Ben Adler was against it.\n3. The board votes on 4 December.',
  ],
  [
    'Translate the complaint',
    'Translate into English: Die Lieferung war unvollständig.',
    'The delivery was incomplete.',
  ],
  [
    'Reference for a former colleague',
    'Write two sentences about Jonas Weber, who left our laboratory in May.',
    'Jonas Weber worked in our laboratory for four years. He was careful, friendly and on time.',
  ],
  ['Plan for the open day', 'List what has to be ready by Friday.', '- Signs\n- Coffee\n- Name tags'],
];

export function createConversations(count: number, now = Date.now()): Map<string, Conversation> {
  const all = new Map<string, Conversation>();
  for (let index = 0; index < count; index += 1) {
    const [title, prompt, answer] = topics[index % topics.length] ?? ['', '', ''];
    const id = `c-${index.toString(36)}`;
    const changed = Math.floor(
      now - (index < 3 ? index * 3_600_000 : index * (count > 100 ? day / 9 : day * 0.8)),
    );
    const items: Message[] = [
      {
        role: 'user',
        id: `${id}-q`,
        time: changed - 4000,
        text: prompt,
        marks: detect(prompt),
        edits: { marked: [], unmarked: [] },
      },
      {
        role: 'assistant',
        id: `${id}-a`,
        time: changed,
        text: answer,
        state: 'complete',
        record: createRecord(answer, prompt),
      },
    ];
    all.set(id, {
      id,
      title: index < topics.length ? title : `${title} (${index})`,
      pinned: index === 3 || index === 5,
      created: changed - 4000,
      changed,
      messages: items.length,
      stored: true,
      items,
    });
  }
  return all;
}
