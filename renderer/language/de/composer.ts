import type { composer as english } from '../en/composer.ts';

export const composer = {} satisfies Record<keyof typeof english, string>;
