import type { receipt as english } from '../en/receipt.ts';

export const receipt = {} satisfies Record<keyof typeof english, string>;
