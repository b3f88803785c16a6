//! Decryption of responses.
//!
//! A response of modulus 2^r holds, for every group of two blocks, an a-part of degree 2048 and for every output the
//! coefficient of its block's b-part. The phase `2^5 b + a·u` is `2^r/t * d0 * y + noise`; rounding gives `d0 * y mod t`.
//!
//! **Constant time.** The product with the secret is a transform; rounding, reduction modulo the public t and centring
//! are multiplications, shifts and masks. All indices are public positions of outputs.
#![allow(clippy::indexing_slicing, reason = "positions are below N by construction")]

use crate::bits::Reader;
use crate::format::{self, Kind, RESPONSE_HEAD, ResponseHead, SCHEME_RLWE};
use crate::keys::SecretKey;
use crate::layout::{self, Block, groups, output_signs};
use crate::params::{LIMBS_Q, MODULI, N, RESPONSE_DROPPED_BITS, RESPONSE_N, response_bits};
use crate::poly::{Poly, centre, compose};
use crate::product::response_row_len;
use crate::{FormatError, MatrixInfo};
use zeroize::Zeroizing;

/// Bytes of a response to `rows` rows.
pub(crate) fn response_len(info: &MatrixInfo, rows: usize) -> usize {
    RESPONSE_HEAD + rows * response_row_len(&layout::blocks(info.outputs as usize, info.t), info.t)
}

/// Decrypts a response to `count` rows, at most `limit`: `[count][outputs]`.
pub(crate) fn decrypt(
    key: &SecretKey,
    info: &MatrixInfo,
    response: &[u8],
    count: usize,
    limit: usize,
) -> Result<Vec<i32>, FormatError> {
    let mut outputs = Vec::with_capacity(count.min(limit) * info.outputs as usize);
    for_phases(key, info, response, count, limit, |block, phases| {
        let decoder = Decoder::new(info.t, block.trace());
        let signs = &output_signs()[block.first..];
        outputs.extend(phases.zip(signs).map(|(phase, &sign)| decoder.decode(phase) * i32::from(sign)));
    })?;
    Ok(outputs)
}

/// Checks a response and calls `each` with every block of every row, and the phases modulo 2^r of its outputs.
pub(crate) fn for_phases(
    key: &SecretKey,
    info: &MatrixInfo,
    response: &[u8],
    count: usize,
    limit: usize,
    mut each: impl FnMut(&Block, &mut dyn Iterator<Item = u64>),
) -> Result<(), FormatError> {
    let body = ResponseHead::parse(response, SCHEME_RLWE, info, count, limit)?;
    format::check_len(Kind::Response, response, response_len(info, count))?;
    let blocks = layout::blocks(info.outputs as usize, info.t);
    let bits = response_bits(info.t);
    for row in body.chunks_exact(response_row_len(&blocks, info.t)) {
        let mut reader = Reader::new(row);
        for group in groups(&blocks) {
            // Centred coefficients below 2^34, times 2048 ternary ones: below 2^45, within q.
            let mut a = Poly::zero(LIMBS_Q);
            for i in 0..RESPONSE_N {
                let x = reader.pull(bits);
                let negative = x >> (bits - 1);
                for (l, m) in MODULI.iter().take(LIMBS_Q).enumerate() {
                    let wrap = m.reduce(1 << bits) * negative as u32;
                    a.limb_mut(l)[i * (N / RESPONSE_N)] = m.subtract(m.reduce(x), wrap);
                }
            }
            a.forward();
            for (block, secret) in group.iter().zip(&key.response_values) {
                let mut product = Zeroizing::new(Poly::zero(LIMBS_Q));
                product.multiply_add(&a, secret);
                product.inverse();
                each(
                    block,
                    &mut (0..block.outputs).map(|o| {
                        let b = reader.pull(bits - RESPONSE_DROPPED_BITS) << RESPONSE_DROPPED_BITS;
                        let position = block.output_position(o);
                        let product = compose(product.limb(0)[position], product.limb(1)[position]);
                        b.wrapping_add(centre(product) as u64) & ((1 << bits) - 1)
                    }),
                );
            }
        }
        if !reader.padding_is_zero() {
            return Err(FormatError::Padding("response"));
        }
    }
    Ok(())
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
    fn new(t: u32, trace: usize) -> Self {
        let modulus = u64::from(t);
        // (t + 1) / 2 is the inverse of 2.
        let trace_inverse = (0..trace.ilog2()).fold(1, |x, _| x * modulus.div_ceil(2) % modulus);
        Self { t: modulus, bits: response_bits(t), reciprocal: u64::MAX / modulus, trace_inverse }
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
