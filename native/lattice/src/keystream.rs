//! The ChaCha20 keystream of public seeds, eight or sixteen blocks at a time.
//!
//! The public polynomials of a request are most of what a client and a server draw. Word i of the cipher's state is a vector
//! with a lane for each block (D. J. Bernstein, "ChaCha, a variant of Salsa20", 2008). The words are those of the crate
//! `chacha20`, which makes the secret streams.
//!
//! **Unsafe code.** Writes of vectors to slices of their length.
#![allow(unsafe_code)]
#![allow(clippy::indexing_slicing, reason = "arrays of constant length")]
#![allow(
    clippy::needless_range_loop,
    reason = "closures of iterators may be compiled outside of the function for which the vector instructions are enabled"
)]

use crate::simd::{LINE, Simd, kernel};

/// Words of a block of the cipher.
const BLOCK: usize = 16;
/// Words that are made at a time: sixteen blocks, a multiple of every vector length.
pub(crate) const STEP: usize = LINE * BLOCK;

const _: () = assert!(LINE == BLOCK);

kernel! {
    /// Fills `out`, a multiple of `STEP` words, with the keystream of `key` from block `first` on.
    keystream, keystream_body, (out: &mut [u32], key: &[u32; 8], first: u32)
}

#[inline(always)]
fn keystream_body<S: Simd>(s: S, out: &mut [u32], key: &[u32; 8], first: u32) {
    assert!(out.len().is_multiple_of(STEP));
    let mut start = [s.splat(0); BLOCK];
    // "expand 32-byte k"
    for (word, constant) in start.iter_mut().zip([0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]) {
        *word = s.splat(constant);
    }
    for i in 0..8 {
        start[4 + i] = s.splat(key[i]);
    }
    let lanes = s.load(&LANE_NUMBERS);
    for (i, blocks) in out.chunks_exact_mut(S::LANES * BLOCK).enumerate() {
        start[12] = s.add(lanes, s.splat(first + (i * S::LANES) as u32));
        let mut v = start;
        for _ in 0..10 {
            round::<S, 0>(s, &mut v);
            round::<S, 1>(s, &mut v);
        }
        for i in 0..BLOCK {
            v[i] = s.add(v[i], start[i]);
        }
        // Squares of vectors are transposed: a lane becomes a vector, words of one block.
        transpose::<S, 1>(s, &mut v);
        transpose::<S, 2>(s, &mut v);
        transpose::<S, 4>(s, &mut v);
        if S::LANES == BLOCK {
            transpose::<S, 8>(s, &mut v);
        }
        for i in 0..BLOCK {
            let (square, block) = (i / S::LANES, i % S::LANES);
            let words = &mut blocks[block * BLOCK + square * S::LANES..][..S::LANES];
            // SAFETY: a vector's words are there.
            unsafe { s.write(v[i], words.as_mut_ptr()) }
        }
    }
}

const LANE_NUMBERS: [u32; LINE] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Four quarter rounds: of the state's columns, or with `SHIFT` 1 of its diagonals.
#[inline(always)]
fn round<S: Simd, const SHIFT: usize>(s: S, v: &mut [S::V; BLOCK]) {
    add_xor_rotate::<S, SHIFT>(s, v, [0, 1, 3], 16);
    add_xor_rotate::<S, SHIFT>(s, v, [2, 3, 1], 12);
    add_xor_rotate::<S, SHIFT>(s, v, [0, 1, 3], 8);
    add_xor_rotate::<S, SHIFT>(s, v, [2, 3, 1], 7);
}

/// A quarter of four quarter rounds, of the state's rows a, b and d: `a += b`, `d = (d ^ a) <<< bits`.
#[inline(always)]
fn add_xor_rotate<S: Simd, const SHIFT: usize>(
    s: S,
    v: &mut [S::V; BLOCK],
    [a, b, d]: [usize; 3],
    bits: u32,
) {
    for i in 0..4 {
        let word = |row: usize| 4 * row + (i + row * SHIFT) % 4;
        v[word(a)] = s.add(v[word(a)], v[word(b)]);
        v[word(d)] = s.rotate_left(s.xor(v[word(d)], v[word(a)]), bits);
    }
}

#[inline(always)]
fn transpose<S: Simd, const RUN: usize>(s: S, v: &mut [S::V; BLOCK]) {
    for i in 0..BLOCK {
        if (i / RUN).is_multiple_of(2) {
            (v[i], v[i + RUN]) = s.transpose(RUN, v[i], v[i + RUN]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simd::{Level, at_level};
    use chacha20::ChaCha20Rng;
    use rand_core::{Rng, SeedableRng};

    #[test]
    fn words_are_those_of_the_cipher_on_every_level() {
        let key: [u8; 32] = std::array::from_fn(|i| 7 * i as u8 + 3);
        let words = key.as_chunks().0.iter().map(|&word| u32::from_le_bytes(word));
        let key_words: Vec<u32> = words.collect();
        let mut expected = vec![0; 5 * STEP];
        let mut stream = ChaCha20Rng::from_seed(key);
        expected.iter_mut().for_each(|word| *word = stream.next_u32());
        for &level in Level::ALL {
            let mut found = vec![0; 5 * STEP];
            let (first, rest) = found.split_at_mut(2 * STEP);
            let make = || {
                keystream(first, key_words.as_slice().try_into().unwrap(), 0);
                keystream(rest, key_words.as_slice().try_into().unwrap(), 2 * LINE as u32);
            };
            match at_level(level, make) {
                Some(()) => assert!(found == expected, "{level:?}"),
                None => println!("{} is not on this processor: skipped", level.name()),
            }
        }
    }
}
