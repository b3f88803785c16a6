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
use crate::kernel::client as kernel;
use crate::keys::SecretKey;
use crate::layout::{Block, Layout, groups, output_signs, packed_row_position};
use crate::modulus::{Factor, Modulus};
use crate::ntt::Ntt;
use crate::params::{LIMBS_Q, MODULI, N, ntts};
use crate::poly::conversions;
use crate::{FormatError, MatrixInfo};
use zeroize::Zeroizing;

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
    let mut outputs = vec![0; count * width];
    phases(key, info, response, count, limit, |row, block, decoder, numbers, products| {
        let outputs = &mut outputs[row * width + block.first..][..block.outputs];
        kernel::decode(outputs, numbers, products, &output_signs()[block.first..], decoder);
    })?;
    Ok(outputs)
}

/// Reads a response to `count` rows, at most `limit`, and calls `each` for every row and block with the numbers of the
/// block's outputs and their products of a-part and secret, modulo q.
pub(crate) fn phases(
    key: &SecretKey,
    info: &MatrixInfo,
    response: &[u8],
    count: usize,
    limit: usize,
    mut each: impl FnMut(usize, &Block, &Decoder, &[u64], &[u64]),
) -> Result<(), FormatError> {
    let (layout, body) = ResponseHead::parse(response, SCHEME_RLWE, info, count, limit)?;
    format::check_len(Kind::Response, response, response_len(info, count))?;
    let blocks = layout.blocks(info.outputs as usize, info.t);
    let mut phases = Phases::new(layout, info.t);
    let parts = body.chunks(layout.response_len(&blocks, info.t, layout.rows()));
    for (part, first) in parts.zip((0..count).step_by(layout.rows())) {
        let mut reader = Reader::new(part);
        match layout {
            Layout::Row => {
                for group in groups(&blocks) {
                    phases.read_a(&mut reader);
                    for (block, [secret0, secret1]) in group.iter().zip(&key.response_values) {
                        phases.multiply([secret0, secret1]);
                        let (numbers, products) = phases.outputs(&mut reader, block, 0);
                        each(first, block, &Decoder::new(info.t, block), numbers, products);
                    }
                }
            }
            Layout::Packed => {
                for block in &blocks {
                    phases.read_a(&mut reader);
                    phases.multiply([key.s_values.limb(0), key.s_values.limb(1)]);
                    let decoder = Decoder::new(info.t, block);
                    for row in 0..layout.rows().min(count - first) {
                        let (numbers, products) = phases.outputs(&mut reader, block, row);
                        each(first + row, block, &decoder, numbers, products);
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

/// What becomes of a response's numbers, from a-part to outputs. Polynomials have the degree of the response's ring: where
/// they are polynomials in X^2, an even position of R is twice the position here.
struct Phases {
    layout: Layout,
    t: u32,
    /// Numbers as they were read.
    numbers: Vec<u64>,
    /// The a-part, as values modulo each prime of q.
    a: [Vec<u32>; LIMBS_Q],
    /// Its product with a secret, as coefficients.
    product: Zeroizing<[Vec<u32>; LIMBS_Q]>,
    /// Coefficients of the product at the outputs of a row, in 0..q.
    composed: Zeroizing<Vec<u64>>,
}

impl Phases {
    fn new(layout: Layout, t: u32) -> Self {
        let n = layout.response_n();
        Self {
            layout,
            t,
            numbers: vec![0; n],
            a: [vec![0; n], vec![0; n]],
            product: Zeroizing::new([vec![0; n], vec![0; n]]),
            composed: Zeroizing::new(vec![0; N / 2]),
        }
    }

    /// Reads an a-part.
    fn read_a(&mut self, reader: &mut Reader) {
        let bits = self.layout.response_bits(self.t);
        let forward = match self.layout {
            Layout::Row => Ntt::forward_half,
            Layout::Packed => Ntt::forward,
        };
        reader.pull_all(&mut self.numbers, bits);
        // Centred coefficients below 2^35, times 4096 ternary ones: below 2^47, within q.
        for ((a, ntt), m) in self.a.iter_mut().zip(ntts()).zip(&MODULI) {
            kernel::reduce_centred(a, &self.numbers, bits, m);
            forward(ntt, a);
        }
    }

    /// Multiplies the a-part with a secret.
    fn multiply(&mut self, secret: [&[u32]; LIMBS_Q]) {
        let inverse = match self.layout {
            Layout::Row => Ntt::inverse_half,
            Layout::Packed => Ntt::inverse,
        };
        for (i, (product, a)) in self.product.iter_mut().zip(&self.a).enumerate() {
            kernel::multiply(product, a, secret[i], &MODULI[i]);
            inverse(&ntts()[i], product);
        }
    }

    /// Reads the numbers of a block's outputs of row `row` of the ciphertext; returns them, and the coefficients of the
    /// product there.
    fn outputs(&mut self, reader: &mut Reader, block: &Block, row: usize) -> (&[u64], &[u64]) {
        // The coefficients at the outputs come to the front: runs of `run`, `step` from one to the next. (They are one run
        // where the product has more rows than this one.)
        let spacing = N / self.layout.response_n();
        let (run, step) = (block.interleaved(), block.step() / spacing);
        if step > run {
            for product in self.product.iter_mut() {
                for i in 1..block.outputs.div_ceil(run) {
                    product.copy_within(i * step..i * step + run, i * run);
                }
            }
        }
        let [x0, x1] = self.product.each_ref().map(|product| &product[packed_row_position(row)..]);
        let composed = &mut self.composed[..block.outputs];
        conversions().compose(x0, x1, composed);
        let numbers = &mut self.numbers[..block.outputs];
        let dropped = self.layout.response_dropped_bits();
        reader.pull_all(numbers, self.layout.response_bits(self.t) - dropped);
        (numbers, composed)
    }
}

/// From phases to outputs: rounding from 2^r to the plaintext modulus, and division by the trace.
pub(crate) struct Decoder {
    t: Modulus,
    /// r.
    bits: u32,
    /// Low bits that b-parts lack.
    dropped: u32,
    /// `d0^-1 mod t`.
    trace_inverse: Factor,
}

impl Decoder {
    pub(crate) fn new(t: u32, block: &Block) -> Self {
        let t = Modulus::new(t);
        // (t + 1) / 2 is the inverse of 2.
        let trace_inverse = (0..block.trace().ilog2()).fold(1, |x, _| t.multiply(x, t.p.div_ceil(2)));
        Self {
            t,
            bits: block.layout.response_bits(t.p),
            dropped: block.layout.response_dropped_bits(),
            trace_inverse: t.factor(trace_inverse.into()),
        }
    }

    /// That of the response to an online request.
    pub(crate) fn of_online(t: u32, block: &Block) -> Self {
        Self { dropped: block.layout.online_dropped_bits(), ..Self::new(t, block) }
    }

    /// The phase modulo 2^r of an output with b-part `b`, a-part times secret `product`.
    #[inline(always)]
    pub(crate) fn phase(&self, b: u64, product: i64) -> u64 {
        (b << self.dropped).wrapping_add(product as u64) & ((1 << self.bits) - 1)
    }

    /// The centred `round(phase * t / 2^r) / d0 mod t`.
    #[inline(always)]
    pub(crate) fn decode(&self, phase: u64) -> i32 {
        let scaled = (phase * u64::from(self.t.p) + (1 << (self.bits - 1))) >> self.bits; // at most t
        let quotient = self.t.multiply_by(scaled as u32, self.trace_inverse) as i32;
        let t = self.t.p as i32;
        let over = (t / 2 - quotient) >> 31;
        quotient - (over & t)
    }
}
