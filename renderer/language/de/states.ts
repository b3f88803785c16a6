import type { states as english } from '../en/states.ts';

export const states = {} satisfies Record<keyof typeof english, string>;
