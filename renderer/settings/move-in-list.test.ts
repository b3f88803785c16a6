import { expect, it } from 'vitest';
import { moveInList } from './move-in-list.ts';

it('moves an item, and stays within the list', () => {
  expect(moveInList(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b']);
  expect(moveInList(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c']);
  expect(moveInList(['a', 'b'], 0, -1)).toEqual(['a', 'b']);
  expect(moveInList(['a', 'b'], 1, 1)).toEqual(['a', 'b']);
});
