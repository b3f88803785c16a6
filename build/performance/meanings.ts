/** What a row of the engine's benchmark means; the first pattern that fits. */
export const meanings: readonly { readonly pattern: RegExp; readonly text: string }[] = [
  { pattern: /^gpt2-all-.*-1thread$/, text: 'all linear layers of a GPT-2 token, one thread' },
  { pattern: /^gpt2-attention-.*-1thread$/, text: 'the attention of a GPT-2 token, one thread' },
  {
    pattern: /^gpt2-all-1row$/,
    text: 'all linear layers of a GPT-2 token (12 layers of qkv, out, fc, proj)',
  },
  { pattern: /^gpt2-attention-1row$/, text: 'the attention of a GPT-2 token (12 layers of qkv, out)' },
  { pattern: /^gpt2-all-/, text: 'the same as gpt2-all-1row, with several rows in a request' },
  { pattern: /^gpt2-attention-/, text: 'the same as gpt2-attention-1row, with several rows in a request' },
  { pattern: /^llama1b-all-/, text: 'all linear layers of a Llama 3.2 1B token' },
  { pattern: /^llama1b-attention-/, text: 'the attention of a Llama 3.2 1B token' },
  {
    pattern: /^client-token$/,
    text: 'encrypting, verifying and decrypting all of a GPT-2 token’s products on the client, one thread',
  },
  { pattern: /^client-/, text: 'its part' },
  { pattern: /^bytes-all$/, text: 'requests and responses of all linear layers of a GPT-2 token' },
  { pattern: /^bytes-attention$/, text: 'requests and responses of the attention of a GPT-2 token' },
  { pattern: /^bytes-qkv$/, text: 'request and response of one row for qkv' },
  { pattern: /^key-bytes$/, text: 'evaluation keys, sent once for each key' },
  { pattern: /^bytes-per-weight$/, text: 'memory of the server for each weight of GPT-2' },
  {
    pattern: /^many-rows-bytes-per-weight$/,
    text: 'the same of the tables for requests of many rows, which a server keeps if it has room',
  },
  { pattern: /^gpt2-open-first$/, text: 'encoding all matrices of GPT-2, as at the first start of a server' },
  {
    pattern: /^gpt2-open-again$/,
    text: 'opening them from files that the system has in memory, as at later starts',
  },
  {
    pattern: /^gpt2-stored-1row$/,
    text: 'gpt2-all-1row with tables in mapped files, in turn with encoded ones',
  },
  { pattern: /^qkv-1row$/, text: 'one row through GPT-2’s qkv matrix, over all layers' },
  { pattern: /^wrong-outputs$/, text: 'outputs that are not the integer product' },
  { pattern: /^failure-log2$/, text: 'bound on the probability that one output is wrong, worst matrix' },
  {
    pattern: /^answer-overhead$/,
    text: 'time of an answer by the default pack over loopback, as a multiple of the server’s part of it',
  },
  {
    pattern: /^answer-overhead-gpt2$/,
    text: 'the same with a pack in GPT-2’s shape and its real attention',
  },
  { pattern: /^peer-tenseal-qkv$/, text: 'TenSEAL: one row through qkv' },
  { pattern: /^peer-qkv$/, text: 'Concrete ML’s extensions: one row through qkv' },
  { pattern: /^peer-(?:tenseal-)?ratio-qkv$/, text: 'the same as a multiple of qkv-1row' },
  { pattern: /^peer-(?:tenseal-)?exact-share$/, text: 'its outputs that equal the integer product' },
  { pattern: /^peer-(?:tenseal-)?bytes$/, text: 'its request and response' },
  { pattern: /^peer-(?:tenseal-)?key-bytes$/, text: 'its evaluation keys' },
];
