import type { history as english } from '../en/history.ts';

export const history = {} satisfies Record<keyof typeof english, string>;
