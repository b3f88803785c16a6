//! Words at addresses of whole cache lines, and scratch space that is kept from one use to the next.
//!
//! **Unsafe code.** The two views of lines or pages as words.
#![allow(unsafe_code)]

use crate::simd::LINE;
use memmap2::MmapMut;
use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use zeroize::Zeroize;

/// One cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u32; LINE]);

/// Buffers of at least this many bytes are mapped by themselves, on huge pages where the system has them: the stream of a
/// matrix's weights touches a new small page every 4 KiB, and finding it takes as long as reading it.
const MAPPED: usize = 1 << 20;

/// Where a buffer's words lie.
enum Storage {
    Lines(Vec<Line>),
    Pages(MmapMut),
}

/// Words that begin at a cache line.
pub(crate) struct Buffer {
    storage: Storage,
}

impl Default for Buffer {
    fn default() -> Self {
        Self { storage: Storage::Lines(Vec::new()) }
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        let mut copy = Self::zero(self.len());
        copy.copy_from_slice(self);
        copy
    }
}

impl Buffer {
    /// At least `words` zeros, to whole lines.
    pub(crate) fn zero(words: usize) -> Self {
        let lines = words.div_ceil(LINE);
        let bytes = lines * size_of::<Line>();
        if bytes >= MAPPED
            && let Ok(pages) = MmapMut::map_anon(bytes)
        {
            // Without huge pages it is as right, and slower.
            #[cfg(all(target_os = "linux", not(miri)))]
            let _ = pages.advise(memmap2::Advice::HugePage);
            return Self { storage: Storage::Pages(pages) };
        }
        Self { storage: Storage::Lines(vec![Line([0; LINE]); lines]) }
    }
}

impl Deref for Buffer {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        let (start, bytes) = match &self.storage {
            Storage::Lines(lines) => (lines.as_ptr().cast(), size_of_val(lines.as_slice())),
            Storage::Pages(pages) => (pages.as_ptr().cast(), pages.len()),
        };
        // SAFETY: a line is sixteen words without padding, and lines are contiguous; a mapping begins at a page, its bytes
        // are initialized, and no one else has it.
        unsafe { std::slice::from_raw_parts(start, bytes / size_of::<u32>()) }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u32] {
        let (start, bytes) = match &mut self.storage {
            Storage::Lines(lines) => (lines.as_mut_ptr().cast(), size_of_val(lines.as_slice())),
            Storage::Pages(pages) => (pages.as_mut_ptr().cast(), pages.len()),
        };
        // SAFETY: as above, and `self` is borrowed for as long as the words are.
        unsafe { std::slice::from_raw_parts_mut(start, bytes / size_of::<u32>()) }
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

/// Most buffers that a thread keeps: those of a batch of eight rows. (A new one costs a page fault for every 4 KiB.)
const MOST_KEPT: usize = 320;
/// Most words that a thread keeps: 64 MiB. What a large matrix needs for many rows goes back to the system.
const MOST_WORDS_KEPT: usize = 1 << 24;

/// Scratch space with arbitrary content, for public data alone: it is handed on without being wiped.
pub(crate) struct Scratch {
    buffer: Buffer,
    words: usize,
}

impl Scratch {
    /// `words` words, to whole lines, of arbitrary content.
    pub(crate) fn take(words: usize) -> Self {
        let len = words.next_multiple_of(LINE);
        // The smallest that is large enough, else the largest, which then grows.
        let kept = KEPT.with_borrow_mut(|kept| {
            let fitting = (0..kept.len()).filter(|&i| kept.get(i).is_some_and(|b| b.len() >= len));
            let best = fitting.min_by_key(|&i| kept.get(i).map(|b| b.len()));
            let largest = || (0..kept.len()).max_by_key(|&i| kept.get(i).map(|b| b.len()));
            best.or_else(largest).map(|i| kept.swap_remove(i))
        });
        let mut buffer = kept.unwrap_or_default();
        if buffer.len() < len {
            buffer = Buffer::zero(words);
        }
        Self { buffer, words: len }
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
            let words: usize = kept.iter().map(|kept| kept.len()).sum();
            if kept.len() < MOST_KEPT && words + buffer.len() <= MOST_WORDS_KEPT {
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
        drop(Scratch::take(MOST_WORDS_KEPT + 1));
        assert!(KEPT.with_borrow(|kept| kept.iter().all(|kept| kept.len() <= MOST_WORDS_KEPT)));
        let large = Buffer::zero(MAPPED / 4 + 1);
        assert!((large.as_ptr() as usize).is_multiple_of(64) && large.len() == MAPPED / 4 + 16);
        assert!(large.iter().all(|&x| x == 0));
        assert!(Buffer::zero(17).iter().all(|&x| x == 0) && Buffer::zero(17).len() == 32);
    }
}
