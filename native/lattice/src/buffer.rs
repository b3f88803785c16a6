//! Words at addresses of whole cache lines, and scratch space that is kept from one use to the next.
//!
//! **Unsafe code.** The two views of lines as words: a line is sixteen words and nothing else.
#![allow(unsafe_code)]

use crate::simd::LINE;
use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use zeroize::Zeroize;

/// One cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u32; LINE]);

/// Words that begin at a cache line.
#[derive(Clone, Default)]
pub(crate) struct Buffer {
    lines: Vec<Line>,
}

impl Buffer {
    /// At least `words` zeros, to whole lines.
    pub(crate) fn zero(words: usize) -> Self {
        Self { lines: vec![Line([0; LINE]); words.div_ceil(LINE)] }
    }
}

impl Deref for Buffer {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        // SAFETY: a line is sixteen words without padding, and the lines are contiguous.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.lines.len() * LINE) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u32] {
        // SAFETY: as above, and `self` is borrowed for as long as the words are.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.lines.len() * LINE) }
    }
}

impl Zeroize for Buffer {
    fn zeroize(&mut self) {
        self.deref_mut().zeroize();
    }
}

thread_local! {
    /// Buffers that this thread has used and will use again.
    static KEPT: RefCell<Vec<Buffer>> = const { RefCell::new(Vec::new()) };
}

/// Most buffers that a thread keeps.
const MOST_KEPT: usize = 16;

/// Scratch space with arbitrary content, for public data alone: it is handed on without being wiped.
pub(crate) struct Scratch {
    buffer: Buffer,
    words: usize,
}

impl Scratch {
    /// `words` words, to whole lines, of arbitrary content.
    pub(crate) fn take(words: usize) -> Self {
        let lines = words.div_ceil(LINE);
        // The smallest that is large enough, else the largest, which then grows.
        let kept = KEPT.with_borrow_mut(|kept| {
            let fitting = (0..kept.len()).filter(|&i| kept.get(i).is_some_and(|b| b.lines.len() >= lines));
            let best = fitting.min_by_key(|&i| kept.get(i).map(|b| b.lines.len()));
            let largest = || (0..kept.len()).max_by_key(|&i| kept.get(i).map(|b| b.lines.len()));
            best.or_else(largest).map(|i| kept.swap_remove(i))
        });
        let mut buffer = kept.unwrap_or_default();
        if buffer.lines.len() < lines {
            buffer = Buffer::zero(words);
        }
        Self { buffer, words: lines * LINE }
    }
}

impl Deref for Scratch {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        self.buffer.get(..self.words).unwrap_or_default()
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [u32] {
        self.buffer.get_mut(..self.words).unwrap_or_default()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        // A thread that ends has no buffers to keep.
        let _ = KEPT.try_with(|kept| {
            let mut kept = kept.borrow_mut();
            if kept.len() < MOST_KEPT {
                kept.push(buffer);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_begin_at_cache_lines_and_come_back() {
        let first = Scratch::take(1000);
        assert!((first.as_ptr() as usize).is_multiple_of(64) && first.len() == 1008);
        let address = first.as_ptr();
        drop(first);
        let second = Scratch::take(500);
        assert!(second.as_ptr() == address && second.len() == 512);
        assert!(Buffer::zero(17).iter().all(|&x| x == 0) && Buffer::zero(17).len() == 32);
    }
}
