import { createContext } from 'svelte';
import type { Highlighter } from './highlight.ts';

/** What is marked in an answer, for the texts in it. */
export const [getHighlight, setHighlight] = createContext<() => Highlighter>();
