import type { conversation as english } from '../en/conversation.ts';

export const conversation = {} satisfies Record<keyof typeof english, string>;
