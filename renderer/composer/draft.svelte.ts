/** A question before it is asked: its text, what the user changed about its marks, and what would leave. */
import type { AnswerPlan, Draft } from '../../app/contract/plan.ts';
import { maxEdits } from '../../app/contract/shapes.ts';
import {
  applyEdits,
  changeBetween,
  everywhere,
  markAgain,
  moveEdits,
  noEdits,
  wordsOf,
} from '../../app/detect/edits.ts';
import type { Edits, TextChange } from '../../app/detect/edits.ts';
import type { Kind } from '../../app/detect/kinds.ts';
import { fold } from '../../app/detect/normalise.ts';
import type { OwnWord } from '../../app/detect/own-words.ts';
import type { Mark } from '../../app/detect/span.ts';
import { Detection } from '../detection/detection.svelte.ts';
import { PlanPreview } from './plan-preview.svelte.ts';

/** A question that is ready to be asked. */
export interface Question {
  readonly draft: Draft;
  /** The plan that was shown. */
  readonly plan: AnswerPlan;
  readonly marks: readonly Mark[];
}

/**
 * Why a draft cannot be sent now, or that it can. `checking` and `planning` pass by themselves; `failed` and `refused`
 * need the user.
 */
export type Readiness = 'empty' | 'checking' | 'failed' | 'planning' | 'refused' | 'ready';

/** A text with what the user changed about its marks. */
interface EditedText {
  readonly text: string;
  readonly edits: Edits;
}

export class DraftState {
  #text = $state('');
  #edits = $state.raw<Edits>(noEdits);
  /** What was marked by hand in this very text, of each value once: marked again when it is cut out and comes back. */
  #byHand: readonly OwnWord[] = [];
  /** What was being written when an earlier question was taken up to be changed. */
  #aside: EditedText | null = null;
  conversation: string | null;
  /** The question that this one takes the place of. */
  replaces = $state<string | null>(null);
  policy = $state<Draft['policy']>(null);
  pack = $state<string | null>(null);
  server = $state<string | null>(null);
  /** What was marked by hand earlier in the conversation. */
  words = $state.raw<readonly OwnWord[]>([]);
  /** Ends what it derives. */
  onClose: (() => void) | null = null;
  readonly detection = new Detection();
  readonly preview = new PlanPreview();
  /** As the plan says once both have read the text as it is: what is drawn as protected is what will be. */
  readonly #planned = $derived(
    this.detection.state === 'checked' ? this.preview.marksOf(this.#text, this.#edits) : null,
  );
  readonly #marks = $derived(
    this.#planned ??
      (this.#edits.marked.length + this.#edits.unmarked.length === 0
        ? this.detection.marks
        : applyEdits(this.#text, this.detection.marks, this.#edits)),
  );

  constructor(conversation: string | null) {
    this.conversation = $state(conversation);
  }

  get text(): string {
    return this.#text;
  }

  get edits(): Edits {
    return this.#edits;
  }

  /** What is marked, with the user's edits. */
  get marks(): readonly Mark[] {
    return this.#marks;
  }

  get readiness(): Readiness {
    if (this.#text.trim() === '') return 'empty';
    if (this.detection.state === 'failed') return 'failed';
    if (this.overfull) return 'refused';
    if (this.detection.state === 'checking') return 'checking';
    if (!this.preview.current) return 'planning';
    return this.preview.plan ? 'ready' : 'refused';
  }

  /** More is marked by hand than can be sent. */
  get overfull(): boolean {
    return this.#edits.marked.length > maxEdits;
  }

  /** The text as it is now; edits move along. */
  write(text: string): void {
    if (text === this.#text) return;
    const change = changeBetween(this.#text, text);
    this.#keepCut(change);
    this.#edits = markAgain(text, moveEdits(this.#edits, change), change, this.#byHand);
    this.#text = text;
    this.detection.read(text);
  }

  /**
   * Takes over a question as it was asked. One that takes the place of another puts aside what is being written. Policy,
   * pack and server that it does not name stay as they were chosen.
   */
  load(draft: EditedText & Partial<Draft>): void {
    const replaces = draft.replaces ?? null;
    if (replaces !== null && this.replaces === null && this.#text.trim() !== '')
      this.#aside = joined(this.#aside, this);
    this.#byHand = [];
    this.#set(draft);
    this.conversation = draft.conversation ?? this.conversation;
    this.replaces = replaces;
    if (draft.policy !== undefined) this.policy = draft.policy;
    if (draft.pack !== undefined) this.pack = draft.pack;
    if (draft.server !== undefined) this.server = draft.server;
  }

  /** A text that comes from elsewhere, behind what is written. */
  add({ text, edits = noEdits }: Pick<EditedText, 'text'> & Partial<EditedText>): void {
    this.#set(joined(this, { text, edits }));
    const added = asInField({ text, edits }).text.length;
    const change = { at: this.#text.length - added, inserted: added };
    this.#edits = markAgain(this.#text, this.#edits, change, this.#byHand);
  }

  /** A question that was not accepted is the user's again: before what was begun meanwhile, which stays. */
  giveBack(asked: Draft): void {
    if (asked.replaces !== null || this.#text.trim() === '') this.load(asked);
    else this.#set(joined(asked, this));
  }

  /** The earlier question stays as it was asked. */
  cancelEdit(): void {
    this.clear();
    this.resume();
  }

  /** What was put aside is written on, unless something else is being written. */
  resume(): void {
    if (this.#aside === null || this.replaces !== null || this.#text.trim() !== '') return;
    this.#set(this.#aside);
    this.#aside = null;
  }

  /** Empties it; what was put aside stays there, and policy, pack and server as they were chosen. */
  clear(): void {
    this.write('');
    this.#edits = noEdits;
    this.#byHand = [];
    this.replaces = null;
  }

  /**
   * Marks a stretch, and the same words wherever they stand. White space at its ends is left out.
   * @returns whether it did: not where more would be marked than can be sent.
   */
  mark(start: number, end: number, kind: Kind): boolean {
    const inner = this.#text.slice(start, end);
    const from = start + (inner.length - inner.trimStart().length);
    const to = end - (inner.length - inner.trimEnd().length);
    if (from >= to) return true;
    const added = everywhere(this.#text, { start: from, end: to }, kind);
    const touches = (range: { start: number; end: number }) => added.some(overlapping(range));
    const marked = [...this.#edits.marked.filter((range) => !touches(range)), ...added];
    if (marked.length > maxEdits) return false;
    this.#edits = { marked, unmarked: this.#edits.unmarked.filter((range) => !touches(range)) };
    this.#keep([{ text: this.#text.slice(from, to), kind }]);
    return true;
  }

  /**
   * Takes a mark away, and what was found there: of that the user's own mark may show a part alone.
   * @param confirmed the user was asked, since it opens something.
   */
  unmark(mark: Pick<Mark, 'start' | 'end'>, confirmed: boolean): void {
    const touches = overlapping(mark);
    const byHand = this.#edits.marked.filter(touches);
    const found = [
      ...this.detection.marks,
      ...(this.#planned ?? []).filter((one) => !byHand.some(overlapping(one))),
    ].filter(touches);
    const beyond = found.filter(({ start, end }) => start < mark.start || mark.end < end);
    const taken = found.length === 0 ? [] : [mark, ...beyond];
    this.#edits = {
      marked: this.#edits.marked.filter((range) => !touches(range)),
      unmarked: [
        ...this.#edits.unmarked,
        ...taken.map(({ start, end }) => ({ start, end, confirmed })),
      ].slice(-maxEdits),
    };
    const gone = [mark, ...byHand].map(({ start, end }) => fold(this.#text.slice(start, end)));
    this.#byHand = this.#byHand.filter(({ text }) => !gone.includes(fold(text)));
  }

  toDraft(): Draft {
    return {
      conversation: this.conversation,
      replaces: this.replaces,
      text: this.#text,
      edits: { marked: [...this.#edits.marked], unmarked: [...this.#edits.unmarked] },
      policy: this.policy,
      pack: this.pack,
      server: this.server,
    };
  }

  /** The question, when it is ready. */
  question(): Question | null {
    const { plan } = this.preview;
    return this.readiness === 'ready' && plan ? { draft: this.toDraft(), plan, marks: this.#marks } : null;
  }

  close(): void {
    this.detection.close();
    this.preview.close();
    this.onClose?.();
  }

  #set(edited: EditedText): void {
    const { text, edits } = asInField(edited);
    this.write(text);
    this.#edits = edits;
    this.#keep(wordsOf([{ text, edits }]));
  }

  #keep(words: readonly OwnWord[]): void {
    const values = words.map(({ text }) => fold(text));
    this.#byHand = [...this.#byHand.filter(({ text }) => !values.includes(fold(text))), ...words];
  }

  /** Of a word that is deleted letter by letter, what is left of it is none of the user's. */
  #keepCut({ at, removed }: TextChange): void {
    if (removed < 2) return;
    const cut = overlapping({ start: at, end: at + removed });
    const words = wordsOf([
      { text: this.#text, edits: { ...noEdits, marked: this.#edits.marked.filter(cut) } },
    ]);
    this.#keep(words.filter(({ text }) => text.length > 1));
  }
}

function overlapping(one: Pick<Mark, 'start' | 'end'>) {
  return (other: Pick<Mark, 'start' | 'end'>) => other.start < one.end && one.start < other.end;
}

/** With the line ends that a text field has: with others, what is typed next would move each edit to other letters. */
function asInField(edited: EditedText): EditedText {
  const fielded = (text: string) => text.replace(/\r\n?/g, '\n');
  const { text, edits } = edited;
  if (!text.includes('\r')) return edited;
  const at = (offset: number) => fielded(text.slice(0, offset)).length;
  const moved = <R extends { readonly start: number; readonly end: number }>(range: R): R => ({
    ...range,
    start: at(range.start),
    end: at(range.end),
  });
  return {
    text: fielded(text),
    edits: { marked: edits.marked.map(moved), unmarked: edits.unmarked.map(moved) },
  };
}

/** One behind the other, on a line of its own. */
function joined(before: EditedText | null, added: EditedText): EditedText {
  if (before === null || before.text.trim() === '') return { text: added.text, edits: added.edits };
  const first = /\s$/.test(before.text) ? before.text : `${before.text}\n`;
  const behind = <R extends { readonly start: number; readonly end: number }>(range: R): R => ({
    ...range,
    start: range.start + first.length,
    end: range.end + first.length,
  });
  return {
    text: first + added.text,
    edits: {
      marked: [...before.edits.marked, ...added.edits.marked.map(behind)],
      unmarked: [...before.edits.unmarked, ...added.edits.unmarked.map(behind)].slice(-maxEdits),
    },
  };
}

/** A draft outlives the component that was first to ask for it: what it derives has no owner but itself. */
export function createDraft(conversation: string | null = null): DraftState {
  let draft: DraftState | undefined;
  const end = $effect.root(() => {
    draft = new DraftState(conversation);
  });
  if (!draft) throw new Error('an effect root runs at once');
  draft.onClose = end;
  return draft;
}
