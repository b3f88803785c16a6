/** What the page and its detection worker say to each other. */
import type { DetectSettings } from '../../app/detect/detect-settings.ts';
import type { OwnWord } from '../../app/detect/own-words.ts';
import type { Mark } from '../../app/detect/span.ts';

/** What a text is read with. */
export interface DetectionBasis {
  readonly settings: DetectSettings;
  /** Marked beside the user's own words: what was marked by hand earlier in the conversation. */
  readonly words: readonly OwnWord[];
}

export type ToWorker =
  /** What the channel's texts are read with from now on. */
  | { readonly type: 'basis'; readonly channel: number; readonly basis: DetectionBasis }
  /** Replaces whatever text the channel had; only the newest one is answered for certain. */
  | { readonly type: 'text'; readonly channel: number; readonly job: number; readonly text: string }
  | { readonly type: 'close'; readonly channel: number };

export type FromWorker =
  /** The model is there. Marks of rules may come before. */
  | { readonly type: 'ready' }
  /** The model cannot be had: this worker finishes no text. */
  | { readonly type: 'broken' }
  | {
      readonly type: 'marks';
      readonly channel: number;
      readonly job: number;
      readonly marks: readonly Mark[];
      /** False for the first look, by rules and at a long text's changed stretch; the marks of the whole text follow. */
      readonly whole: boolean;
    }
  /** One more window of a text is about to be read. */
  | { readonly type: 'reading' }
  /** The detector threw. What it threw may quote the text, and stays where it is. */
  | { readonly type: 'failed'; readonly channel: number; readonly job: number };
