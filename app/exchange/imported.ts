/** Conversations as they come out of a file, before they have a place in the store. */
import type { Message } from '../contract/conversations.ts';

type WithoutId<M> = M extends Message ? Omit<M, 'id'> & { readonly id: string | null } : never;
/** `id` is null where the store is to make one. */
export type ImportedMessage = WithoutId<Message>;

export interface ImportedConversation {
  readonly id: string | null;
  /** Names it within what it came from, so that importing again adds nothing twice. */
  readonly source: string | null;
  readonly title: string;
  readonly pinned: boolean;
  readonly created: number;
  readonly changed: number;
  readonly items: readonly ImportedMessage[];
}

export interface Imported {
  readonly conversations: readonly ImportedConversation[];
  /** Parts that Sotto has no place for: images, tool calls, hidden instructions. */
  readonly skipped: number;
}
