//! Words at addresses of whole cache lines, and scratch space that is kept from one use to the next.
//!
//! **Unsafe code.** The views of lines, pages and files as words, and the mapping of a file. Another process could write to
//! a mapped file, which Rust's rules for shared memory do not allow for; every value of its bytes is a valid word, and who
//! opens a file sees to it that nobody writes to it (module `stored`).
#![allow(unsafe_code)]

use crate::simd::LINE;
use memmap2::{Mmap, MmapMut};
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::{Mutex, MutexGuard, PoisonError};
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

/// Int8 values that begin at a cache line.
pub(crate) struct Int8s {
    words: Buffer,
    len: usize,
}

impl From<&[i8]> for Int8s {
    fn from(values: &[i8]) -> Self {
        let mut words = Buffer::zero(values.len().div_ceil(size_of::<u32>()));
        for (word, bytes) in words.iter_mut().zip(values.chunks(size_of::<u32>())) {
            let mut word_bytes = [0; size_of::<u32>()];
            word_bytes.iter_mut().zip(bytes).for_each(|(to, &from)| *to = from.cast_unsigned());
            *word = u32::from_ne_bytes(word_bytes);
        }
        Self { words, len: values.len() }
    }
}

impl Deref for Int8s {
    type Target = [i8];

    fn deref(&self) -> &[i8] {
        let start = self.words.as_ptr().cast();
        // SAFETY: the words have at least `len` bytes, every one of which is an int8 value.
        unsafe { std::slice::from_raw_parts(start, self.len) }
    }
}

/// Words of a file, to be read alone: in the system's page cache, once for all processes that map the file.
pub(crate) struct Mapped {
    pages: Mmap,
    /// Bytes before the words.
    head: usize,
}

impl Mapped {
    /// The first `bytes` bytes of a file that has as many; words follow `head` of them, which are whole cache lines.
    pub(crate) fn open(file: &File, bytes: usize, head: usize) -> io::Result<Self> {
        assert!(head.is_multiple_of(size_of::<Line>()));
        // SAFETY: no word of a mapping is written by this process; for others see the module's documentation.
        let pages = unsafe { memmap2::MmapOptions::new().len(bytes).map(file)? };
        // All of it will be read: the disk need not wait for each piece to be missed.
        #[cfg(unix)]
        let _ = pages.advise(memmap2::Advice::WillNeed);
        Ok(Self { pages, head })
    }

    /// All bytes of the file, the head's and the words'.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.pages
    }
}

impl Deref for Mapped {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        let bytes = self.pages.get(self.head..).unwrap_or_default();
        // SAFETY: the mapping begins at a page and the words at one of its cache lines; its bytes are initialized.
        unsafe { std::slice::from_raw_parts(bytes.as_ptr().cast(), bytes.len() / size_of::<u32>()) }
    }
}

/// Buffers that were used and will be used again, by their words; what one thread gives back another one may take.
static KEPT: Mutex<Kept> = Mutex::new(Kept { buffers: BTreeMap::new(), words: 0 });

#[derive(Default)]
struct Kept {
    buffers: BTreeMap<usize, Vec<Buffer>>,
    words: usize,
}

/// Most words that are kept: 256 MiB, which sixty-four packed rows need. (A new buffer costs a page fault for every 4 KiB.)
const MOST_WORDS_KEPT: usize = 1 << 26;

impl Kept {
    fn take(&mut self, words: usize) -> Option<Buffer> {
        let buffer = self.buffers.get_mut(&words)?.pop()?;
        self.words -= words;
        Some(buffer)
    }

    fn give(&mut self, buffer: Buffer) {
        if self.words + buffer.len() > MOST_WORDS_KEPT {
            // They may be of sizes that are asked for no more.
            *self = Self::default();
        }
        if buffer.len() <= MOST_WORDS_KEPT {
            self.words += buffer.len();
            self.buffers.entry(buffer.len()).or_default().push(buffer);
        }
    }
}

fn kept() -> MutexGuard<'static, Kept> {
    // No panic comes between two changes that belong together.
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Scratch space with arbitrary content, for public data alone: it is handed on without being wiped.
pub(crate) struct Scratch {
    buffer: Buffer,
}

impl Scratch {
    /// `words` words, to whole lines, of arbitrary content.
    pub(crate) fn take(words: usize) -> Self {
        let words = words.next_multiple_of(LINE);
        let buffer = kept().take(words);
        Self { buffer: buffer.unwrap_or_else(|| Buffer::zero(words)) }
    }
}

impl Deref for Scratch {
    type Target = [u32];

    fn deref(&self) -> &[u32] {
        &self.buffer
    }
}

impl DerefMut for Scratch {
    fn deref_mut(&mut self) -> &mut [u32] {
        &mut self.buffer
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        kept().give(std::mem::take(&mut self.buffer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn int8_values_come_back() {
        // The long one takes the interpreter minutes.
        let long = if cfg!(miri) { 66 } else { MAPPED + 5 };
        for len in [0, 1, 3, 4, 65, long] {
            let values: Vec<i8> = (0..len).map(|i| (i % 256) as u8 as i8).collect();
            let kept = Int8s::from(values.as_slice());
            assert!(*kept == *values, "{len}");
            assert!((kept.as_ptr() as usize).is_multiple_of(size_of::<Line>()));
        }
    }

    #[test]
    fn buffers_begin_at_cache_lines_and_come_back() {
        // A length that nothing else asks for: tests run side by side.
        let first = Scratch::take(1_000_003);
        assert!((first.as_ptr() as usize).is_multiple_of(64) && first.len() == 1_000_016);
        let address = first.as_ptr() as usize;
        drop(first);
        let again = std::thread::spawn(|| Scratch::take(1_000_010).as_ptr() as usize);
        assert_eq!(again.join().unwrap(), address);
        let mut kept = Kept::default();
        kept.give(Buffer::zero(160));
        kept.give(Buffer::zero(160));
        assert!(kept.take(144).is_none() && kept.take(160).is_some() && kept.words == 160);
        kept.give(Buffer::zero(MOST_WORDS_KEPT));
        assert!(kept.words == MOST_WORDS_KEPT && kept.take(160).is_none());
        kept.give(Buffer::zero(MOST_WORDS_KEPT + LINE));
        assert!(kept.words == 0 && kept.buffers.is_empty());
        let large = Buffer::zero(MAPPED / 4 + 1);
        assert!((large.as_ptr() as usize).is_multiple_of(64) && large.len() == MAPPED / 4 + 16);
        assert!(large.iter().all(|&x| x == 0));
        assert!(Buffer::zero(17).iter().all(|&x| x == 0) && Buffer::zero(17).len() == 32);
    }
}
