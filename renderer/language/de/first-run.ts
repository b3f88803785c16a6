import type { firstRun as english } from '../en/first-run.ts';

export const firstRun = {} satisfies Record<keyof typeof english, string>;
