import type { DetectionBasis, FromWorker, ToWorker } from './protocol.ts';

/** What of a Worker is used. */
export interface DetectionWorker {
  postMessage(message: ToWorker): void;
  terminate(): void;
  onmessage: ((event: { readonly data: FromWorker }) => void) | null;
  onerror: ((event: unknown) => void) | null;
}

export type Answer = Extract<FromWorker, { type: 'marks' }> | { readonly type: 'failed' };

/** Texts of one place: a composer, an answer. The newest text alone is answered. */
export interface DetectionChannel {
  check(text: string): void;
  /** Reads the text again where there is one. */
  setBasis(basis: DetectionBasis): void;
  close(): void;
}

export interface DetectionPool {
  /** Starts the worker before the first text. */
  warm(): void;
  open(basis: DetectionBasis, onAnswer: (answer: Answer) => void): DetectionChannel;
  close(): void;
}

interface Open {
  basis: DetectionBasis;
  readonly onAnswer: (answer: Answer) => void;
  job: number;
  text: string | null;
  /** When the worker is given up; 0 while nothing is asked of it. */
  deadline: number;
}

/**
 * How long a worker may take to start, and to answer: milliseconds, and more for a long text. They end one that hangs. One
 * that is slow, on a machine that is busy, must not meet them: a fresh one would be no quicker.
 */
export const startLimit = 60_000;
export const answerLimit = 8000;
const lengthPerMs = 100;
const tick = 250;

/**
 * One worker for all channels. A worker that does not answer in time, breaks or has no model is ended; every text that it
 * owed an answer for is told `failed`, and a fresh worker reads the next text.
 */
export function createDetectionPool(spawn: () => DetectionWorker): DetectionPool {
  const channels = new Map<number, Open>();
  let nextChannel = 1;
  let worker: DetectionWorker | null = null;
  let ready = false;
  let startedAt = 0;
  let watch: ReturnType<typeof setInterval> | undefined;
  // Time that passed under watch. A pause of the whole machine counts as one tick: the worker had no more of it.
  let passed = 0;
  let seen = 0;

  const start = () => {
    const fresh = spawn();
    worker = fresh;
    ready = false;
    startedAt = passed;
    fresh.onmessage = ({ data }) => {
      if (worker === fresh) receive(data);
    };
    fresh.onerror = () => {
      if (worker === fresh) giveUp();
    };
    for (const [channel, { basis }] of channels) fresh.postMessage({ type: 'basis', channel, basis });
    return fresh;
  };

  const receive = (message: FromWorker) => {
    if (message.type === 'ready') {
      ready = true;
      for (const channel of channels.values()) if (channel.deadline > 0) channel.deadline = limitFor(channel);
      return;
    }
    if (message.type === 'broken') return giveUp();
    if (message.type === 'reading') {
      // Texts take turns: while one window after the other is read, none of them is stuck.
      for (const one of channels.values()) if (one.deadline > 0 && ready) one.deadline = limitFor(one);
      return;
    }
    const channel = channels.get(message.channel);
    if (channel?.job !== message.job) return;
    if (message.type === 'marks' && !message.whole) {
      channel.deadline = ready ? limitFor(channel) : Number.MAX_SAFE_INTEGER;
    } else {
      channel.deadline = 0;
      rest();
    }
    channel.onAnswer(message);
  };

  const giveUp = () => {
    worker?.terminate();
    worker = null;
    const owed = [...channels.values()].filter((channel) => channel.deadline > 0);
    for (const channel of owed) {
      channel.deadline = 0;
      channel.job += 1;
    }
    rest();
    for (const channel of owed) channel.onAnswer({ type: 'failed' });
  };

  const limitFor = ({ text }: Open) => passed + answerLimit + (text?.length ?? 0) / lengthPerMs;
  const patrol = () => {
    const time = performance.now();
    passed += Math.min(time - seen, 2 * tick);
    seen = time;
    const late = [...channels.values()].some(({ deadline }) => deadline > 0 && passed > deadline);
    if (worker && (ready ? late : passed - startedAt > startLimit)) giveUp();
  };
  const guard = () => {
    if (watch !== undefined) return;
    seen = performance.now();
    watch = setInterval(patrol, tick);
  };
  const rest = () => {
    if ([...channels.values()].some(({ deadline }) => deadline > 0)) return;
    clearInterval(watch);
    watch = undefined;
  };

  const ask = (id: number, channel: Open) => {
    if (channel.text === null) return;
    channel.job += 1;
    channel.deadline = ready && worker ? limitFor(channel) : Number.MAX_SAFE_INTEGER;
    guard();
    (worker ?? start()).postMessage({ type: 'text', channel: id, job: channel.job, text: channel.text });
  };

  return {
    warm() {
      if (!worker) start();
    },
    open(basis, onAnswer) {
      const id = nextChannel++;
      const channel: Open = { basis, onAnswer, job: 0, text: null, deadline: 0 };
      channels.set(id, channel);
      worker?.postMessage({ type: 'basis', channel: id, basis });
      return {
        check(text) {
          channel.text = text;
          ask(id, channel);
        },
        setBasis(next) {
          channel.basis = next;
          worker?.postMessage({ type: 'basis', channel: id, basis: next });
          ask(id, channel);
        },
        close() {
          channels.delete(id);
          worker?.postMessage({ type: 'close', channel: id });
          rest();
        },
      };
    },
    close() {
      worker?.terminate();
      worker = null;
      channels.clear();
      rest();
    },
  };
}
