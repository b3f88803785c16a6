import { afterEach, describe, expect, it, vi } from 'vitest';
import { visibleRange } from './visible-range.ts';

afterEach(() => vi.unstubAllGlobals());

describe('the part of a long text that is seen', () => {
  it('is asked for beside the scrollbar, which is at the left of a text from right to left', () => {
    const probes: number[] = [];
    const text = 'בבקשה '.repeat(4000);
    // 400 pixels wide, 15 of them the scrollbar's, and 16 of padding at both sides.
    const area = {
      isConnected: true,
      clientLeft: 15,
      clientWidth: 385,
      scrollTop: 0,
      getBoundingClientRect: () => ({ left: 100, top: 50 }),
    } as unknown as HTMLTextAreaElement;
    vi.stubGlobal('getComputedStyle', () => ({
      paddingLeft: '16px',
      paddingTop: '12px',
      lineHeight: '24px',
    }));
    vi.stubGlobal('document', {
      caretPositionFromPoint(x: number) {
        probes.push(x);
        return { offsetNode: area, offset: 0 };
      },
    });
    expect(visibleRange(area, text)?.from).toBe(0);
    expect(probes).toEqual([100 + 15 + 16 + 1, 100 + 400 - 16 - 1]);
  });
});
