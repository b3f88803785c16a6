import type { Kind } from './kinds.ts';

/** A stretch of a text that must not leave the machine in clear. Offsets are UTF-16 units of the text as typed. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: Kind;
  /** 0..1; 1 stands for proven: a checksum or structure held, or the user said so. */
  readonly score: number;
  readonly source: 'rule' | 'user' | 'model';
}

/** A span with the number of the thing it names: equal values within one call share it, the first one is 1. */
export interface Mark extends Span {
  readonly entity: number;
}
