import type { quick as english } from '../en/quick.ts';

export const quick = {} satisfies Record<keyof typeof english, string>;
