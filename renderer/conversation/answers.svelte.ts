/** Answers that are being written. They go on when another conversation is looked at. */
import type { AnswerRecord, Progress } from '../../app/contract/assistant.ts';
import type { AnswerPlan, Draft } from '../../app/contract/plan.ts';
import type { Mark } from '../../app/detect/span.ts';
import type { Failure } from '../../app/failure/failure.ts';
import { api } from '../bridge/api.ts';
import type { Question } from '../composer/draft.svelte.ts';
import { failureFrom } from '../state/failures.svelte.ts';

export type AnswerPhase = 'asked' | 'writing' | 'done' | 'failed';

export class RunningAnswer {
  /** Names it on the page from the first moment, when it has no id yet. */
  readonly key: string;
  readonly draft: Draft;
  readonly plan: AnswerPlan;
  readonly marks: readonly Mark[];
  readonly began = Date.now();
  #conversation = $state<string | null>(null);
  #question = $state<string | null>(null);
  #answer = $state<string | null>(null);
  #stored = $state(true);
  #progress = $state.raw<Progress | null>(null);
  #text = $state('');
  #phase = $state<AnswerPhase>('asked');
  #stopping = $state(false);
  #failure = $state.raw<Failure | null>(null);
  #record = $state.raw<AnswerRecord | null>(null);
  readonly #controller = new AbortController();
  /** Resolves when it is done or has failed. */
  ended: Promise<void> = Promise.resolve();

  constructor(key: string, { draft, plan, marks }: Question) {
    this.key = key;
    this.draft = draft;
    this.plan = plan;
    this.marks = marks;
    this.#conversation = draft.conversation;
  }

  /** `null` until a new conversation has its id. */
  get conversation(): string | null {
    return this.#conversation;
  }
  /** `null` until it was accepted. */
  get question(): string | null {
    return this.#question;
  }
  get answer(): string | null {
    return this.#answer;
  }
  get stored(): boolean {
    return this.#stored;
  }
  /** The last stage, for words about it. */
  get progress(): Progress | null {
    return this.#progress;
  }
  get text(): string {
    return this.#text;
  }
  get phase(): AnswerPhase {
    return this.#phase;
  }
  get running(): boolean {
    return this.#phase === 'asked' || this.#phase === 'writing';
  }
  get stopping(): boolean {
    return this.#stopping;
  }
  get failure(): Failure | null {
    return this.#failure;
  }
  get record(): AnswerRecord | null {
    return this.#record;
  }

  stop(): void {
    if (!this.running) return;
    this.#stopping = true;
    this.#controller.abort();
  }

  async run(onAccepted: () => void): Promise<void> {
    try {
      const { record } = await api.assistant.send(
        { draft: this.draft, plan: this.plan.id },
        {
          signal: this.#controller.signal,
          onItem: (item) => {
            if (item.type === 'text') {
              this.#phase = 'writing';
              this.#text += item.text;
              return;
            }
            this.#progress = item;
            if (item.type === 'discarded') {
              this.#phase = 'asked';
              this.#text = '';
            }
            if (item.type !== 'accepted') return;
            this.#conversation = item.conversation;
            this.#question = item.question;
            this.#answer = item.answer;
            this.#stored = item.stored;
            onAccepted();
          },
        },
      );
      this.#record = record;
      this.#text = record.receipt.text;
      this.#phase = 'done';
    } catch (error) {
      const failure = failureFrom(error);
      // What did not verify may be anything: it is not left on screen.
      if (failure.reason === 'integrity-failed') this.#text = '';
      this.#failure = failure;
      this.#phase = 'failed';
    }
  }
}

class Answers {
  #all = $state.raw<readonly RunningAnswer[]>([]);
  /** What the preview named, by answer: for receipts, as long as the page lives. */
  readonly #planned = new Map<string, AnswerPlan['buckets']>();
  /** The page's names of messages, by id: a message keeps its place on screen when it gets its id. */
  readonly #keys = new Map<string, string>();
  #next = 1;

  get all(): readonly RunningAnswer[] {
    return this.#all;
  }

  /** The one of a conversation that is being written, or that failed and was not asked anew. */
  of(conversation: string): RunningAnswer | undefined {
    return this.#all.findLast((answer) => answer.conversation === conversation);
  }

  byKey(key: string | null): RunningAnswer | undefined {
    return this.#all.find((answer) => answer.key === key);
  }

  /** Sends a question. The result is followed by itself; what fails is on record there. */
  ask(question: Question, onAccepted: (answer: RunningAnswer) => void = () => undefined): RunningAnswer {
    const answer = new RunningAnswer(`asked-${this.#next++}`, question);
    const before = question.draft.conversation;
    this.#all = [
      ...this.#all.filter((other) => other.running || before === null || other.conversation !== before),
      answer,
    ];
    answer.ended = answer.run(() => {
      if (answer.answer !== null) {
        this.#planned.set(answer.answer, question.plan.buckets);
        this.#keys.set(answer.answer, `${answer.key}-a`);
      }
      if (answer.question !== null) this.#keys.set(answer.question, `${answer.key}-q`);
      onAccepted(answer);
    });
    return answer;
  }

  /** Its messages are in the conversation now, or it is of no more interest. */
  forget(answer: RunningAnswer): void {
    this.#all = this.#all.filter((other) => other !== answer);
  }

  plannedFor(answer: string): AnswerPlan['buckets'] | null {
    return this.#planned.get(answer) ?? null;
  }

  keyFor(id: string): string {
    return this.#keys.get(id) ?? id;
  }
}

export const answers = new Answers();
