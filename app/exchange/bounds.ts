/** What every import keeps to. */
import { Failure } from '../failure/failure.ts';

/** The contract's bound on the messages of one conversation. */
export const mostItems = 100_000;

/** A title as the contract has it: one line, at most 200 UTF-16 units. */
export function titleLine(title: string): string {
  return title
    .slice(0, 1000)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200)
    .replace(/[\ud800-\udbff]$/, '');
}

export function unreadable(why: string): Failure {
  return new Failure('usage', `This file cannot be imported: ${why}. Nothing was added.`, {
    reason: 'import-unreadable',
    next: 'Choose the conversations.json of a ChatGPT export, or a JSON export of Sotto.',
  });
}
