/** Reads the user's text in a thread of its own: nothing here can stall the page, and nothing here can send. */
import { createDetector } from '../../app/detect/detect.ts';
import type { Detector } from '../../app/detect/detect.ts';
import { detectOptionsOf } from '../../app/detect/detect-settings.ts';
import type { DetectionBasis, FromWorker, ToWorker } from './protocol.ts';
import { createReading } from './reading.ts';
import type { Look, Reading } from './reading.ts';

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

port.onmessage = ({ data }) => {
  if (data.type === 'close') {
    clearTimeout(channels.get(data.channel)?.timer);
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
  channel.job = data.job;
  channel.text = data.text;
  clearTimeout(channel.timer);
  // Keys that came while another text was read are all here before the timer runs: only the last is read.
  channel.timer = setTimeout(() => read(data.channel, channel), 0);
};

function detectorFor(basis: DetectionBasis): Detector {
  const name = JSON.stringify(basis);
  const known = detectors.get(name) ?? createDetector(detectOptionsOf(basis.settings, basis.words));
  detectors.delete(name);
  detectors.set(name, known);
  const [oldest] = detectors.keys();
  if (detectors.size > mostDetectors && oldest !== undefined) detectors.delete(oldest);
  return known;
}

function read(id: number, channel: Channel): void {
  const { text } = channel;
  if (text === null) return;
  channel.text = null;
  const look = attempt(id, channel, () => channel.reading.read(text));
  if (look?.whole === false) {
    channel.timer = setTimeout(() => attempt(id, channel, () => channel.reading.finish()), quiet);
  }
}

function attempt(id: number, channel: Channel, look: () => Look): Look | undefined {
  const { job } = channel;
  try {
    const seen = look();
    port.postMessage({ type: 'marks', channel: id, job, ...seen });
    return seen;
  } catch {
    // What it marked before is not known to be true of this text.
    channel.reading = createReading(channel.detector);
    port.postMessage({ type: 'failed', channel: id, job });
    return undefined;
  }
}

port.postMessage({ type: 'ready' });
