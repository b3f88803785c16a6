//! Decryption of responses.
//!
//! A response of modulus 2^r holds, for every group of two blocks, an a-part of degree 2048 and for every output the
//! coefficient of its block's b-part. The phase `2^5 b + a·u` is `2^r/t * d0 * y + noise`; rounding gives `d0 * y mod t`.
//! Packed rows have, for every block, an a-part of degree 4096 and for every row and output a coefficient: the phase is
//! `2^6 b + a·s`.
//!
//! **Constant time.** The product with the secret is a transform; rounding, reduction modulo the public t and centring
//! are multiplications, shifts and masks. All indices are public positions of outputs.
#![allow(clippy::indexing_slicing, reason = "positions are below N by construction")]

use crate::bits::Reader;
use crate::format::{self, Kind, RESPONSE_HEAD, ResponseHead, SCHEME_RLWE};
use crate::keys::SecretKey;
use crate::layout::{Block, Layout, groups, output_signs, packed_row_position};
use crate::params::{LIMBS_Q, MODULI, N, PACKED_ROWS};
use crate::poly::{Poly, centre, compose, product};
use crate::{FormatError, MatrixInfo};

/// Bytes of a response to `rows` rows.
pub(crate) fn response_len(info: &MatrixInfo, rows: usize) -> usize {
    let layout = Layout::of(info, rows);
    let blocks = layout.blocks(info.outputs as usize, info.t);
    let len = |rows| layout.response_len(&blocks, info.t, rows);
    let (whole, rest) = (rows / layout.rows(), rows % layout.rows());
    RESPONSE_HEAD + whole * len(layout.rows()) + if rest > 0 { len(rest) } else { 0 }
}

/// Decrypts a response to `count` rows, at most `limit`: `[count][outputs]`.
pub(crate) fn decrypt(
    key: &SecretKey,
    info: &MatrixInfo,
    response: &[u8],
    count: usize,
    limit: usize,
) -> Result<Vec<i32>, FormatError> {
    let width = info.outputs as usize;
    let mut outputs = vec![0; count.min(limit) * width];
    for_phases(key, info, response, count, limit, |row, block, phases| {
        let decoder = Decoder::new(info.t, block);
        let first = row * width + block.first;
        let signs = &output_signs()[block.first..];
        for ((output, phase), &sign) in outputs[first..][..block.outputs].iter_mut().zip(phases).zip(signs) {
            *output = decoder.decode(phase) * i32::from(sign);
        }
    })?;
    Ok(outputs)
}

/// Checks a response and calls `each` with every row, every block, and the phases modulo 2^r of its outputs.
pub(crate) fn for_phases(
    key: &SecretKey,
    info: &MatrixInfo,
    response: &[u8],
    count: usize,
    limit: usize,
    mut each: impl FnMut(usize, &Block, &mut dyn Iterator<Item = u64>),
) -> Result<(), FormatError> {
    let (layout, body) = ResponseHead::parse(response, SCHEME_RLWE, info, count, limit)?;
    format::check_len(Kind::Response, response, response_len(info, count))?;
    let blocks = layout.blocks(info.outputs as usize, info.t);
    let bits = layout.response_bits(info.t);
    for (i, part) in body.chunks(layout.response_len(&blocks, info.t, layout.rows())).enumerate() {
        let mut reader = Reader::new(part);
        match layout {
            Layout::Row => {
                for group in groups(&blocks) {
                    let a = a_part(&mut reader, layout, bits);
                    for (block, secret) in group.iter().zip(&key.response_values) {
                        let product = product(&a, secret);
                        each(i, block, &mut phases(&mut reader, block, 0, &product, bits));
                    }
                }
            }
            Layout::Packed => {
                for block in &blocks {
                    let a = a_part(&mut reader, layout, bits);
                    let product = product(&a, &key.s_values);
                    let first = i * PACKED_ROWS;
                    for row in 0..PACKED_ROWS.min(count - first) {
                        each(first + row, block, &mut phases(&mut reader, block, row, &product, bits));
                    }
                }
            }
        }
        if !reader.padding_is_zero() {
            return Err(FormatError::Padding("response"));
        }
    }
    Ok(())
}

/// Reads the phases of a block's outputs of one row, of its ciphertext's; `product` is that of a-part and secret.
fn phases(
    reader: &mut Reader,
    block: &Block,
    row: usize,
    product: &Poly,
    bits: u32,
) -> impl Iterator<Item = u64> {
    let dropped = block.layout.response_dropped_bits();
    (0..block.outputs).map(move |o| {
        let b = reader.pull(bits - dropped) << dropped;
        let position = packed_row_position(row) + block.output_position(o);
        let product = compose(product.limb(0)[position], product.limb(1)[position]);
        b.wrapping_add(centre(product) as u64) & ((1 << bits) - 1)
    })
}

/// Reads an a-part, as values.
fn a_part(reader: &mut Reader, layout: Layout, bits: u32) -> Poly {
    let n = layout.response_n();
    // Centred coefficients below 2^35, times 4096 ternary ones: below 2^47, within q.
    let mut a = Poly::zero(LIMBS_Q);
    for i in 0..n {
        let x = reader.pull(bits);
        let negative = x >> (bits - 1);
        for (l, m) in MODULI.iter().take(LIMBS_Q).enumerate() {
            let wrap = m.reduce(1 << bits) * negative as u32;
            a.limb_mut(l)[i * (N / n)] = m.subtract(m.reduce(x), wrap);
        }
    }
    a.forward();
    a
}

/// Rounding from 2^r to the plaintext modulus, and division by the trace.
struct Decoder {
    t: u64,
    bits: u32,
    /// `floor(2^64 / t)`.
    reciprocal: u64,
    /// `d0^-1 mod t`.
    trace_inverse: u64,
}

impl Decoder {
    fn new(t: u32, block: &Block) -> Self {
        let modulus = u64::from(t);
        // (t + 1) / 2 is the inverse of 2.
        let trace_inverse = (0..block.trace().ilog2()).fold(1, |x, _| x * modulus.div_ceil(2) % modulus);
        Self {
            t: modulus,
            bits: block.layout.response_bits(t),
            reciprocal: u64::MAX / modulus,
            trace_inverse,
        }
    }

    /// The centred `round(phase * t / 2^r) / d0 mod t`.
    fn decode(&self, phase: u64) -> i32 {
        let scaled = (phase * self.t + (1 << (self.bits - 1))) >> self.bits; // at most t
        let product = scaled * self.trace_inverse; // below 2^52
        let quotient = ((u128::from(product) * u128::from(self.reciprocal)) >> 64) as u64;
        let remainder = product - quotient * self.t; // below 2t
        let remainder = remainder.min(remainder.wrapping_sub(self.t)) as i64;
        let t = self.t as i64;
        let over = (t / 2 - remainder) >> 63;
        (remainder - (over & t)) as i32
    }
}
