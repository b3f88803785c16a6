import type { kinds as english } from '../en/kinds.ts';

export const kinds = {} satisfies Record<keyof typeof english, string>;
