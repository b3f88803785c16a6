/**
 * docs/performance.md and its pictures, from what the benchmark of the engine printed. No figure is typed by hand.
 *
 * Usage: npm run --silent bench -- lattice --peer --json > FILE.json && node build/performance/page.ts FILE.json
 *
 * Copies FILE.json to docs/performance/lattice.json, so that `node build/performance/page.ts
 * docs/performance/lattice.json` makes the page again.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import * as v from 'valibot';
import { latticeReport } from '../../test/bench/lattice/report.ts';
import type { LatticeMatrix, LatticeReport } from '../../test/bench/lattice/report.ts';
import { meanings } from './meanings.ts';
import { drawPictures } from './pictures.ts';

const root = join(import.meta.dirname, '..', '..');

/** Paths relative to the root of the repository, and what each file holds. */
export async function renderPage(report: LatticeReport): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const put = async (path: string, text: string) => {
    const config = await resolveConfig(join(root, path));
    files.set(path, await format(text, { ...config, proseWrap: 'always', filepath: join(root, path) }));
  };
  await put('docs/performance/lattice.json', JSON.stringify(report, null, 2));
  await put('docs/performance.md', writeText(report));
  for (const [name, svg] of drawPictures(report)) files.set(`docs/performance/${name}.svg`, svg);
  return files;
}

function writeText(report: LatticeReport): string {
  return [
    '# Performance of the encrypted products',
    introduction(report),
    '## Figures',
    figures(report),
    '## Time',
    times(report),
    '## Prepared rows',
    ahead(report),
    '## Floor and roofline',
    floors(report),
    '## Where the time goes',
    stages(report),
    '## Bytes, memory and bounds',
    sizes(report),
    ...(report.details.peers ? ['## Other libraries', peers(report)] : []),
    '## What is not reached',
    notReached(report),
  ].join('\n\n');
}

function introduction(report: LatticeReport): string {
  const { machine, details } = report;
  const { threads, runs, scheme, outputs_compared: compared } = details;
  return [
    'A server multiplies encrypted int8 rows with int8 matrices that it has in clear ([security.md](security.md),',
    'documentation of `native/lattice`). This page says how long that takes, how many bytes it moves, and how far it is',
    'from what the machine could do. It is generated; these two commands make it anew on another machine:',
    '',
    '```',
    'npm run --silent bench -- lattice --peer --json > lattice.json',
    'node build/performance/page.ts lattice.json',
    '```',
    '',
    table(
      ['', ''],
      [
        ['measured on', `${details.date}, revision \`${details.revision}\``],
        [
          'processor',
          `${machine.cpu}, ${machine.cores} cores, vector units: ${machine.vector_units || 'the baseline'}`,
        ],
        ['memory', `${machine.memory_gib} GiB`],
        ['system', `${machine.system}, Node ${machine.node}`],
        ['threads of the server', String(threads)],
        ['runs', `${runs} after one that warms up; medians`],
        [
          'scheme',
          `\`${scheme.name}\`: N = ${scheme.n}, log2 q = ${digits(scheme.log2_q)}, log2 QP = ${digits(scheme.log2_qp)}`,
        ],
        ['weights', `${details.weights}; activations uniform in -127..127`],
        [
          'compared with integer products',
          `${count(compared)} outputs, ${count(valueOf(report, 'wrong-outputs') ?? 0)} of them wrong`,
        ],
      ],
    ),
    '',
    ...(busy(report)
      ? [
          `**Other programs wanted the processor while this was measured** (load ${digits(details.load?.before ?? 0)} on`,
          `${machine.cores} cores before the start): times are longer, and spread more, than on a quiet machine.`,
        ]
      : []),
  ].join('\n');
}

/** Whether something else kept at least a third of a processor busy. */
function busy({ details }: LatticeReport): boolean {
  return (details.load?.before ?? 0) > 1 / 3;
}

function figures({ rows }: LatticeReport): string {
  return [
    'Medians with the least and the greatest run. A row is one token’s activations. `floor` is explained below; its share',
    'is how much of the median it is. Times per row are of the server alone; all matrices of the model are held at once',
    'and used in turn, so that weights come from memory.',
    '',
    table(
      ['name', 'what', 'unit', 'median', 'least – greatest', 'runs', 'floor', 'share'],
      rows.map((row) => [
        `\`${row.name}\``,
        meanings.find(({ pattern }) => pattern.test(row.name))?.text ?? '',
        row.unit,
        digits(row.median),
        row.runs === 1 ? '' : `${digits(row.min)} – ${digits(row.max)}`,
        row.runs === 1 ? '' : String(row.runs),
        row.floor === undefined ? '' : digits(row.floor),
        row.share === undefined ? '' : percent(row.share),
      ]),
    ),
  ].join('\n');
}

function times({ details }: LatticeReport): string {
  const models = [
    { name: 'GPT-2 small', facts: details.gpt2, matrices: details.gpt2_matrices },
    { name: 'Llama 3.2 1B', facts: details.llama1b, matrices: details.llama1b_matrices },
  ];
  return [
    'All linear layers of a GPT-2 token, over the rows of a request: rows share the reading of the weights, and where there',
    'are many, sixteen of them share ciphertexts ([ADR 14](adr/0014-packed-rows.md)). The tables for that are held.',
    '',
    picture('rows', 'Milliseconds per row over the rows of a request, by number of threads'),
    '',
    'One row through one matrix, over its inputs and over its outputs. Inputs come in ciphertexts of 1,024 and outputs in',
    'blocks of powers of two from 256, so that time grows in steps.',
    '',
    picture('inputs', 'Milliseconds of one matrix over its inputs'),
    '',
    picture('outputs', 'Milliseconds of one matrix over its outputs'),
    ...models.flatMap(({ name, facts, matrices }) =>
      facts && matrices
        ? [
            '',
            `${name}, one row, by matrix (median over all layers and runs). ${heldText(facts)}`,
            '',
            matrixTable(matrices, details.threads),
          ]
        : [],
    ),
  ].join('\n');
}

function heldText(facts: LatticeReport['details']['gpt2']): string {
  const memory = `${digits(facts.memory_bytes_held / 1e9)} GB`;
  return facts.layers_held === facts.layers
    ? `All ${facts.layers} layers are held as distinct matrices: ${memory}.`
    : `${facts.layers_held} of ${facts.layers} layers are held as distinct matrices (${memory}, as many as half of the ` +
        `free memory takes); the time of a token is theirs times ${digits(facts.multiplied_by)}.`;
}

function matrixTable(matrices: readonly LatticeMatrix[], threads: number): string {
  return table(
    ['matrix', 'shape', 'ms', 'least – greatest', 'floor', 'share', 'ms per row, 16 rows', 'encoding, ms'],
    matrices.map((matrix) => {
      const at = (rows: number) =>
        matrix.times.find((time) => time.rows === rows && time.threads === threads);
      const one = at(1);
      const many = at(16);
      return [
        matrix.name,
        `${matrix.inputs} → ${matrix.outputs}`,
        one ? digits(one.median) : '',
        one ? `${digits(one.min)} – ${digits(one.max)}` : '',
        one?.floor ? digits(one.floor) : '',
        one?.floor ? percent(one.floor / one.median) : '',
        many ? digits(many.median) : '',
        digits(matrix.encode_ms),
      ];
    }),
  );
}

function ahead(report: LatticeReport): string {
  const value = (name: string) => digits(valueOf(report, name) ?? NaN);
  return [
    'Most of a product needs no values: asked for ahead, it leaves one pass over the int8 weights for when the row is there',
    '([ADR 22](adr/0022-prepared-rows.md)). All linear layers of GPT-2, per row: milliseconds of the server with',
    `${report.details.threads} threads and of the client with one, and MB of messages, before the row’s values are known and`,
    'from then on.',
    '',
    table(
      ['', 'server, before', 'server, then', 'client, before', 'client, then', 'MB, before', 'MB, then'],
      [
        ['one row, at once', '', value('gpt2-all-1row'), '', value('client-token'), '', value('bytes-all')],
        ...[
          ['one row, prepared', '1row'],
          ['16 rows, prepared together', '16rows'],
        ].map(([name = '', suffix = '']) => [
          name,
          ...[
            'gpt2-prepare',
            'gpt2-online',
            'client-prepare',
            'client-online',
            'bytes-prepare',
            'bytes-online',
          ].map((row) => value(`${row}-${suffix}`)),
        ]),
      ],
    ),
  ].join('\n');
}

function floors({ details }: LatticeReport): string {
  return [
    'The floor is the least time that this machine could need for the transforms and the inner products of the scheme as',
    'it is: `transforms × time of a transform + max(multiply-adds × time of one, bytes of the matrix ÷ bandwidth)`, the',
    'arithmetic divided among the threads. It leaves out products with keys, permutations, packing and copies. The three',
    'speeds are measured in the same run by loops that do nothing else; how the work is counted says',
    '`native/lattice/examples/bench/floor.rs`.',
    '',
    table(
      [
        'threads',
        'memory, GB/s',
        'a transform, µs',
        'multiply-adds per ns and thread',
        'multiplications per ns',
      ],
      details.speeds.map((speed) => [
        String(speed.threads),
        digits(speed.bandwidth_gb_per_second),
        digits(speed.transform_us),
        digits(speed.multiply_adds_per_ns_and_thread),
        digits(speed.multiplications_per_second / 1e9),
      ]),
    ),
    '',
    'The roofline counts 32-bit multiplications (three in a butterfly, one in a multiply-add) against the bytes of weights',
    'read: under the slope memory is the limit, under the flat roof arithmetic. More rows in a request move a point to',
    'the right.',
    '',
    picture('roofline', 'Multiplications per second over multiplications per byte of weights'),
  ].join('\n');
}

function stages({ details }: LatticeReport): string {
  const matrices = details.gpt2_matrices;
  const staged = matrices.filter((matrix) => matrix.stages?.length);
  if (staged.length > 0) {
    const names = [...new Set(staged.flatMap((matrix) => (matrix.stages ?? []).map(({ name }) => name)))];
    return [
      'Microseconds of the steps of one row’s product on one thread, as the engine measures itself.',
      '',
      table(
        ['matrix', ...names, 'sum'],
        staged.map((matrix) => {
          const own = new Map((matrix.stages ?? []).map(({ name, ms }) => [name, ms]));
          const sum = [...own.values()].reduce((total, ms) => total + ms, 0);
          return [
            matrix.name,
            ...[...names.map((name) => own.get(name) ?? 0), sum].map((ms) => digits(1000 * ms)),
          ];
        }),
      ),
    ].join('\n');
  }
  const speed = details.speeds.find(({ threads }) => threads === details.threads);
  return [
    'The engine of this run does not tell the times of its steps. What can be said is what each matrix’s floor consists',
    `of, and what is left of the measured time; microseconds, one row, ${details.threads} threads.`,
    '',
    table(
      [
        'matrix',
        'transforms',
        'their time',
        'multiply-adds',
        'reading the weights',
        'measured',
        'beyond the floor',
      ],
      matrices.flatMap((matrix) => {
        const one = matrix.times.find(({ rows, threads }) => rows === 1 && threads === details.threads);
        if (!speed || !one?.floor || !matrix.transforms || !matrix.multiply_adds) return [];
        return [
          [
            matrix.name,
            count(matrix.transforms),
            digits((matrix.transforms * speed.transform_us) / speed.threads),
            digits(matrix.multiply_adds / speed.multiply_adds_per_ns_and_thread / speed.threads / 1000),
            digits(matrix.memory_bytes / speed.bandwidth_gb_per_second / 1000),
            digits(1000 * one.median),
            digits(1000 * (one.median - one.floor)),
          ],
        ];
      }),
    ),
  ].join('\n');
}

function sizes({ details }: LatticeReport): string {
  return [
    'Bytes of one row’s messages are those of real messages; memory is what a matrix in evaluation form holds on the',
    `server. Evaluation keys hold ${digits(details.evaluation_keys_memory / 1e6)} MB there for each client. The bounds are those of the worst`,
    'of the drawn matrices: log2 of the probability that one output decrypts wrongly, which must not exceed -128.',
    `\`failure-log2\` above is of ${details.failure_of}.`,
    '',
    table(
      [
        'model',
        'matrix',
        'request',
        'response',
        'memory, MB',
        'bytes per weight',
        'log2 t',
        'noise log2',
        'failure log2',
      ],
      [
        ...details.gpt2_matrices.map((matrix) => ['GPT-2', ...sizeCells(matrix)]),
        ...(details.llama1b_matrices ?? []).map((matrix) => ['Llama 1B', ...sizeCells(matrix)]),
      ],
    ),
  ].join('\n');
}

function sizeCells(matrix: LatticeMatrix): string[] {
  return [
    matrix.name,
    count(matrix.request_bytes),
    count(matrix.response_bytes),
    digits(matrix.memory_bytes / 1e6),
    digits(matrix.memory_bytes / matrix.inputs / matrix.outputs),
    digits(Math.log2(matrix.t)),
    digits(matrix.noise_log2),
    digits(matrix.failure_log2),
  ];
}

function peers(report: LatticeReport): string {
  const own = (name: string) => valueOf(report, name) ?? NaN;
  const compared = report.details.outputs_compared;
  const line = (cells: readonly (string | number)[]) =>
    cells.map((cell) => (typeof cell === 'number' ? digits(cell) : cell));
  return [
    'The same matrix (GPT-2’s qkv, 768 → 2304) and one encrypted row, with as many threads, in other libraries; they are',
    'installed for the measurement alone (`build/performance/peers.py`). An output is exact where it equals the integer',
    'product.',
    '',
    table(
      [
        'library',
        'ms',
        'times ours',
        'exact outputs',
        'largest error',
        'request + response, bytes',
        'keys, MB',
        'parameters',
      ],
      [
        line([
          'Sotto',
          own('qkv-1row'),
          1,
          percent(1 - own('wrong-outputs') / compared),
          own('wrong-outputs') === 0 ? '0' : '',
          count(own('bytes-qkv')),
          own('key-bytes') / 1e6,
          `\`${report.details.scheme.name}\``,
        ]),
        ...(report.details.peers ?? []).map((peer) =>
          line([
            `${peer.library} ${peer.version}`,
            peer.median,
            peer.median / own('qkv-1row'),
            percent(peer.exact_share),
            peer.largest_error,
            count(peer.request_bytes + peer.response_bytes),
            peer.key_bytes / 1e6,
            peer.parameters,
          ]),
        ),
      ],
    ),
  ].join('\n');
}

function notReached(report: LatticeReport): string {
  const { rows, details } = report;
  const far = rows.filter(
    (row) => row.share !== undefined && row.share < 1 / 2 && !row.name.includes('1thread'),
  );
  const list = far.map((row) => `\`${row.name}\` (${percent(row.share ?? NaN)})`).join(', ');
  const [one, two] = [valueOf(report, 'gpt2-all-1row-1thread'), valueOf(report, 'gpt2-all-1row')];
  const items = [
    far.length > 0
      ? `Half of the floor's speed is not reached by ${list}.`
      : 'Every time is within twice its floor.',
    ...(one !== undefined && two !== undefined
      ? [
          `${details.threads} threads are ${digits(one / two)} times as fast as one for one row of GPT-2, not ` +
            `${details.threads} times.`,
        ]
      : []),
    ...(details.gpt2_matrices.some((matrix) => matrix.stages?.length)
      ? []
      : ['The engine does not tell the times of its steps.']),
    ...(details.gpt2_matrices.some((matrix) => !matrix.transforms)
      ? ['The layout of a matrix is not the documented one, so that its floor is not known.']
      : []),
    'Other processors, and more threads, are not measured here.',
    ...(busy(report) ? ['The machine was not quiet: see the first table.'] : []),
    ...(details.runs < 7 ? [`Seven runs: this report has ${details.runs}.`] : []),
    ...details.notes.map((note) => `${note[0]?.toUpperCase() ?? ''}${note.slice(1).replace(/\.?$/, '.')}`),
  ];
  return items.map((item) => `- ${item}`).join('\n');
}

function valueOf(report: LatticeReport, name: string): number | undefined {
  return report.rows.find((row) => row.name === name)?.median;
}

function picture(name: string, alt: string): string {
  return `![${alt}](performance/${name}.svg)`;
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Three significant digits; whole numbers from a hundred on. */
function digits(value: number): string {
  if (!Number.isFinite(value)) return '';
  return Math.abs(value) >= 100
    ? count(value)
    : Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 }).format(value);
}

function count(value: number): string {
  return Intl.NumberFormat('en-US', { maximumFractionDigits: 0 }).format(value);
}

function percent(share: number): string {
  return `${Intl.NumberFormat('en-US', { maximumFractionDigits: share < 0.1 ? 1 : 0 }).format(100 * share)} %`;
}

if (import.meta.main) {
  const [path] = process.argv.slice(2);
  if (path === undefined || path.startsWith('-')) {
    console.error('Usage: node build/performance/page.ts FILE.json');
    process.exit(2);
  }
  const parsed = v.safeParse(latticeReport, JSON.parse(readFileSync(path, 'utf8')));
  if (!parsed.success) {
    const [issue] = parsed.issues;
    console.error(`${path} is not a report of bench lattice: ${v.getDotPath(issue) ?? ''}: ${issue.message}`);
    process.exit(1);
  }
  for (const [name, text] of await renderPage(parsed.output)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
    console.log(name);
  }
}
