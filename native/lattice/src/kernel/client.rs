//! The client's inner loops: products with secrets, encoding and decoding, check sums. No branch and no index depends on a
//! value.

use super::{MOST_PRODUCTS, Prime, Size, operand, store};
use crate::decrypt::Decoder;
use crate::encrypt::Encoder;
use crate::modulus::{Modulus, subtract_once};
use crate::params::{Q, REQUEST_DROPPED_BITS};
use crate::poly::centre;
use crate::sampling::{error_of, wide_error_of};
use crate::simd::{LINE, Simd, kernel};

kernel! {
    /// `out = a * b`, with `b` in Montgomery form.
    multiply, multiply_body, (out: &mut [u32], a: &[u32], b: &[u32], modulus: &Modulus)
}

#[inline(always)]
fn multiply_body<S: Simd>(_: S, out: &mut [u32], a: &[u32], b: &[u32], modulus: &Modulus) {
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = modulus.montgomery_multiply(a, b);
    }
}

kernel! {
    /// `out = sum over i of a[i] * b[i]`, of at most 16 products, with `b` in Montgomery form; whole lines.
    sum_of_products, sum_of_products_body, (out: &mut [u32], a: &[&[u32]], b: &[&[u32]], modulus: &Modulus)
}

#[inline(always)]
fn sum_of_products_body<S: Simd>(s: S, out: &mut [u32], a: &[&[u32]], b: &[&[u32]], modulus: &Modulus) {
    let n = out.len();
    assert!(n.is_multiple_of(LINE) && a.len() == b.len() && a.len() <= MOST_PRODUCTS);
    assert!(a.iter().all(|a| a.len() >= n) && b.iter().all(|b| b.len() >= n));
    let prime = Prime::new(s, modulus);
    let size = Size::of_sum(a.len(), modulus);
    for at in (0..n).step_by(S::LANES) {
        let mut sums = s.zero_sums();
        for i in 0..a.len() {
            // SAFETY: `at` is below `n`, a multiple of `LINE`, which all slices have.
            sums = unsafe { s.multiply_add(sums, operand(s, a[i], at), operand(s, b[i], at)) };
        }
        // SAFETY: as above.
        unsafe { store(s, prime.reduce(sums, size), out, at) };
    }
}

kernel! {
    /// The numbers that are sent for `inputs`, which have `signs`: `(encoded + error - mask) mod q` without its low bits,
    /// rounded. Every error is that of eight bytes of `random`, wide or not.
    encode, encode_body,
    (
        out: &mut [u64],
        inputs: &[i8],
        signs: &[i8],
        random: &[u8],
        wide: bool,
        mask: &[u64],
        encoder: &Encoder,
    )
}

#[inline(always)]
fn encode_body<S: Simd>(
    _: S,
    out: &mut [u64],
    inputs: &[i8],
    signs: &[i8],
    random: &[u8],
    wide: bool,
    mask: &[u64],
    encoder: &Encoder,
) {
    if wide {
        encode_with(out, inputs, signs, random, mask, encoder, wide_error_of);
    } else {
        encode_with(out, inputs, signs, random, mask, encoder, error_of);
    }
}

#[inline(always)]
fn encode_with(
    out: &mut [u64],
    inputs: &[i8],
    signs: &[i8],
    random: &[u8],
    mask: &[u64],
    encoder: &Encoder,
    error_of: impl Fn(u64) -> i32,
) {
    const HALF: i64 = 1 << (REQUEST_DROPPED_BITS - 1);
    let words = random.as_chunks().0;
    for ((((out, &x), &sign), &word), &mask) in out.iter_mut().zip(inputs).zip(signs).zip(words).zip(mask) {
        let error = error_of(u64::from_le_bytes(word));
        // |encoded + e| < 127 * 2^36 + 2^7 < q, and so the difference is above -2q.
        let b = encoder.encode(x * sign) + i64::from(error) + HALF - mask as i64;
        let b = add_if_negative(add_if_negative(b, Q as i64), Q as i64);
        *out = b as u64 >> REQUEST_DROPPED_BITS;
    }
}

/// `x`, or `x + m` if it is negative.
#[inline(always)]
fn add_if_negative(x: i64, m: i64) -> i64 {
    x + ((x >> 63) & m)
}

kernel! {
    /// Residues of numbers modulo 2^bits, which stand for their representatives in `-2^(bits - 1)..2^(bits - 1)`; at most
    /// 40 bits, and a prime of q.
    reduce_centred, reduce_centred_body, (out: &mut [u32], numbers: &[u64], bits: u32, modulus: &Modulus)
}

#[inline(always)]
fn reduce_centred_body<S: Simd>(_: S, out: &mut [u32], numbers: &[u64], bits: u32, modulus: &Modulus) {
    const DROPPED: u32 = 16;
    // A negative number is lifted by a multiple of p that is just over 2^bits: all stay below 2^41.
    let lift = (1u64 << bits).next_multiple_of(modulus.p.into()) - (1 << bits);
    let reciprocal = (1 << (32 + DROPPED)) / u64::from(modulus.p);
    for (out, &x) in out.iter_mut().zip(numbers) {
        let x = x + ((x >> (bits - 1)).wrapping_neg() & lift);
        // Below the quotient by less than 1 + 2^DROPPED / p + 2^(41 - DROPPED - 32): the remainder is below 2p.
        let quotient = (u64::from((x >> DROPPED) as u32) * reciprocal) >> 32;
        let remainder = (x as u32).wrapping_sub((quotient as u32).wrapping_mul(modulus.p));
        *out = subtract_once(remainder, modulus.p);
    }
}

kernel! {
    /// The phases, modulo 2^r, of outputs that have `signs`: the sums of `b`, read from a response, and `products`, numbers
    /// modulo q; with these signs.
    signed_phases, signed_phases_body,
    (out: &mut [u64], b: &[u64], products: &[u64], signs: &[i8], decoder: &Decoder)
}

#[inline(always)]
fn signed_phases_body<S: Simd>(
    _: S,
    out: &mut [u64],
    b: &[u64],
    products: &[u64],
    signs: &[i8],
    decoder: &Decoder,
) {
    for (((out, &b), &product), &sign) in out.iter_mut().zip(b).zip(products).zip(signs) {
        let phase = decoder.phase(b, centre(product)) as i64 * i64::from(sign);
        *out = decoder.phase(0, phase);
    }
}

kernel! {
    /// Numbers in 0..q with `signs`, modulo q.
    signed_residues, signed_residues_body, (out: &mut [u64], numbers: &[u64], signs: &[i8])
}

#[inline(always)]
fn signed_residues_body<S: Simd>(_: S, out: &mut [u64], numbers: &[u64], signs: &[i8]) {
    for ((out, &number), &sign) in out.iter_mut().zip(numbers).zip(signs) {
        *out = add_if_negative(number as i64 * i64::from(sign), Q as i64) as u64;
    }
}

kernel! {
    /// The outputs, which have `signs`, whose phases are the sums of `b`, read from a response, and `products`, numbers
    /// modulo q.
    decode, decode_body, (out: &mut [i32], b: &[u64], products: &[u64], signs: &[i8], decoder: &Decoder)
}

#[inline(always)]
fn decode_body<S: Simd>(_: S, out: &mut [i32], b: &[u64], products: &[u64], signs: &[i8], decoder: &Decoder) {
    for (((out, &b), &product), &sign) in out.iter_mut().zip(b).zip(products).zip(signs) {
        let phase = decoder.phase(b, centre(product));
        *out = decoder.decode(phase) * i32::from(sign);
    }
}

kernel! {
    /// The sums of the products of `a` with `b[0]` and with `b[1]`, modulo 2^64.
    check_inputs, check_body, (out: &mut [i64; 2], a: &[i8], b: [&[u32]; 2])
}

kernel! {
    /// The same for outputs.
    check_outputs, check_body, (out: &mut [i64; 2], a: &[i32], b: [&[u32]; 2])
}

#[inline(always)]
fn check_body<S: Simd, T: Copy + Into<i64>>(_: S, out: &mut [i64; 2], a: &[T], b: [&[u32]; 2]) {
    let mut sums = [0i64; 2];
    for ((&a, &b0), &b1) in a.iter().zip(b[0]).zip(b[1]) {
        let a: i64 = a.into();
        // As signed words, whose products vectors have on every level.
        sums[0] = sums[0].wrapping_add(a * i64::from(b0 as i32));
        sums[1] = sums[1].wrapping_add(a * i64::from(b1 as i32));
    }
    *out = sums;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;
    use crate::params::{LIMBS_Q, MODULI};
    use crate::test_random::words;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn residues_are_those_of_centred_numbers(numbers: [u64; 20], bits in 29u32..=40) {
            let centred = |x: u64| (x << (64 - bits)) as i64 >> (64 - bits);
            let numbers = numbers.map(|x| x & ((1 << bits) - 1));
            for m in &MODULI[..LIMBS_Q] {
                let mut out = [0; 20];
                reduce_centred(&mut out, &numbers, bits, m);
                let expected = numbers.map(|x| centred(x).rem_euclid(m.p.into()) as u32);
                prop_assert_eq!(out, expected);
            }
        }

        #[test]
        fn outputs_are_rounded_quotients(b: u64, product in 0..Q, t in 1u32 << 19..1 << 26, negative: bool) {
            let t = t | 1;
            let sign = if negative { -1 } else { 1 };
            for layout in [Layout::Row, Layout::Packed] {
                for block in layout.blocks(2304, t) {
                    let (bits, dropped) = (layout.response_bits(t), layout.response_dropped_bits());
                    let b = b & ((1 << (bits - dropped)) - 1);
                    let phase = (i128::from(b << dropped) + i128::from(centre(product))).rem_euclid(1 << bits);
                    let mut out = [0];
                    decode(&mut out, &[b], &[product], &[sign], &Decoder::new(t, &block));
                    let (t, output) = (i128::from(t), i128::from(out[0]));
                    let rounded = (2 * phase * t + (1 << bits)) >> (bits + 1);
                    prop_assert!(2 * output.abs() <= t);
                    let difference = output * i128::from(sign) * block.trace() as i128 - rounded;
                    prop_assert_eq!(difference.rem_euclid(t), 0);
                }
            }
        }
    }

    #[test]
    fn sums_are_those_of_products() {
        let m = &MODULI[1];
        let [a, b]: [Vec<u32>; 2] =
            [1, 2].map(|seed| words(seed, 8 * 32).map(|x| m.reduce_word(x)).collect());
        let forms: Vec<u32> = b.iter().map(|&x| m.montgomery_form(x)).collect();
        let [rows, forms]: [Vec<&[u32]>; 2] = [&a, &forms].map(|words| words.chunks(32).collect());
        let mut out = [0; 32];
        sum_of_products(&mut out, &rows, &forms, m);
        for (i, &sum) in out.iter().enumerate() {
            let expected = (0..8).map(|k| u64::from(m.multiply(a[32 * k + i], b[32 * k + i]))).sum();
            assert_eq!(sum, m.reduce(expected));
        }
    }
}
