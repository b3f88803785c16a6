/** Reads the user's text in a thread of its own: nothing here can stall the page, and nothing here can send. */
import { createDetector } from '../../app/detect/detect.ts';
import type { Detector } from '../../app/detect/detect.ts';
import { detectOptionsOf } from '../../app/detect/detect-settings.ts';
import type { Reader } from '../../app/detect/model/reader.ts';
import type { DetectionBasis, FromWorker, ToWorker } from './protocol.ts';
import { createReading } from './reading.ts';
import type { Reading } from './reading.ts';

interface Channel {
  detector: Detector;
  reading: Reading;
  job: number;
  /** The newest text that was not read yet. */
  text: string | null;
  timer: ReturnType<typeof setTimeout> | undefined;
}

/** A long text is read whole once no key came for so long, in milliseconds. */
const quiet = 150;

/** Detectors that were made, by what they were made with: most channels have the same. */
const detectors = new Map<string, Detector>();
const mostDetectors = 8;
const channels = new Map<number, Channel>();
const port = self as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
};

/** Thrown into a reading whose text is not the newest any more. */
class Outdated extends Error {}

// Rules read at once; the model is on its way meanwhile.
const model: Promise<Reader> = import('./web-model.ts').then(({ openWebModel }) =>
  openWebModel(new URL('../detector/', self.location.href)),
);
model.then(
  () => port.postMessage({ type: 'ready' }),
  () => port.postMessage({ type: 'broken' }),
);

port.onmessage = ({ data }) => {
  if (data.type === 'close') {
    const closed = channels.get(data.channel);
    if (closed) outdate(closed);
    channels.delete(data.channel);
    return;
  }
  if (data.type === 'basis') {
    const detector = detectorFor(data.basis);
    const known = channels.get(data.channel);
    if (known) Object.assign(known, { detector, reading: createReading(detector) });
    else
      channels.set(data.channel, {
        detector,
        reading: createReading(detector),
        job: 0,
        text: null,
        timer: undefined,
      });
    return;
  }
  const channel = channels.get(data.channel);
  if (!channel) return;
  outdate(channel);
  channel.job = data.job;
  channel.text = data.text;
  // Keys that came while another text was read are all here before the timer runs: only the last is read.
  channel.timer = setTimeout(() => look(data.channel, channel), 0);
};

/** What the channel is reading ends at its next step. */
function outdate(channel: Channel): void {
  clearTimeout(channel.timer);
  channel.job = 0;
}

function detectorFor(basis: DetectionBasis): Detector {
  const name = JSON.stringify(basis);
  const known = detectors.get(name) ?? createDetector(detectOptionsOf(basis.settings, basis.words));
  detectors.delete(name);
  detectors.set(name, known);
  const [oldest] = detectors.keys();
  if (detectors.size > mostDetectors && oldest !== undefined) detectors.delete(oldest);
  return known;
}

/** The first look, by rules; then the whole text. */
function look(id: number, channel: Channel): void {
  const { text, job, reading } = channel;
  if (text === null) return;
  channel.text = null;
  try {
    port.postMessage({ type: 'marks', channel: id, job, marks: reading.read(text), whole: false });
  } catch {
    return fail(id, channel);
  }
  if (reading.long) channel.timer = setTimeout(() => void finish(id, channel), quiet);
  else void finish(id, channel);
}

async function finish(id: number, channel: Channel): Promise<void> {
  const { job, reading } = channel;
  const isNewest = () => channel.job === job && channel.reading === reading;
  try {
    const reader = await model;
    const marks = await reading.finish(reader, async () => {
      port.postMessage({ type: 'reading' });
      await turn();
      if (!isNewest()) throw new Outdated('a newer text came');
    });
    if (isNewest()) port.postMessage({ type: 'marks', channel: id, job, marks, whole: true });
  } catch (error) {
    if (!(error instanceof Outdated) && isNewest()) fail(id, channel);
  }
}

function fail(id: number, channel: Channel): void {
  // What it marked before is not known to be true of this text.
  channel.reading = createReading(channel.detector);
  port.postMessage({ type: 'failed', channel: id, job: channel.job });
}

const turns = new MessageChannel();
const waiting: (() => void)[] = [];
turns.port1.onmessage = () => waiting.shift()?.();

/** Lets what the page said meanwhile in. Without the least delay of a timer, which a text of many windows would pay for each. */
function turn(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    turns.port2.postMessage(null);
  });
}
