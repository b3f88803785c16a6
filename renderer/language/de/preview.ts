import type { preview as english } from '../en/preview.ts';

export const preview = {} satisfies Record<keyof typeof english, string>;
