import type { policies as english } from '../en/policies.ts';

export const policies = {} satisfies Record<keyof typeof english, string>;
