/** The one status of the title bar: how protected the next question is, or what is wrong. */
import type { KeyState } from '../../app/contract/keys.ts';
import type { Key } from '../language/t.svelte.ts';
import type { Connection } from '../bridge/reconnect.ts';
import type { AssistantStatus } from '../state/session.svelte.ts';

export interface Status {
  readonly key: Key;
  /** The same without the figure, which is another one every half minute: for who would hear each. */
  readonly spoken: Key;
  /** `protected`: what is asked now leaves encrypted. `waiting` passes by itself. */
  readonly tone: 'protected' | 'waiting' | 'wrong';
  readonly server: string;
  /** Milliseconds. */
  readonly latency: number | null;
}

/** @param bundled what the bundled server is called. Null while nothing is known. */
export function statusOf(
  connection: Connection,
  keys: KeyState | null,
  assistant: AssistantStatus | null,
  bundled: string,
): Status | null {
  const server = (assistant?.server.id ?? null) === null ? bundled : (assistant?.server.name ?? bundled);
  const told = (key: Status['key'], tone: Status['tone']): Status => ({
    key,
    spoken: key,
    tone,
    server,
    latency: null,
  });
  if (connection === 'lost' || connection === 'refused') return told('frame.statusConnection', 'wrong');
  if (keys === null) return null;
  switch (keys.state) {
    case 'locked':
      return told('frame.statusLocked', 'wrong');
    case 'unavailable':
      return told('frame.statusUnavailable', 'wrong');
    case 'passphrase':
      return told('frame.statusPassphrase', 'wrong');
    case 'absent':
      return told(keys.lost ? 'frame.statusLost' : 'frame.statusAbsent', 'wrong');
    case 'found':
      break;
  }
  switch (assistant?.state) {
    case undefined:
      return null;
    case 'starting':
      return told('frame.statusStarting', 'waiting');
    case 'unreachable':
      return told('frame.statusUnreachable', 'wrong');
    case 'refused':
      return told('frame.statusRefused', 'wrong');
    case 'certificate-changed':
      return told('frame.statusCertificate', 'wrong');
    case 'idle':
      return told('frame.statusIdle', 'protected');
    case 'ready': {
      const { latency } = assistant;
      if (keys.storage === 'memory') return told('frame.statusMemory', 'protected');
      const plain = told('frame.statusReadyPlain', 'protected');
      return latency === null ? plain : { ...plain, key: 'frame.statusReady', latency };
    }
  }
}
