//! Products in two halves: what needs no values, ahead of them, and the rest.
//!
//! Everything that a server does to a request is linear, but for the rounding of the response. A request is a public part
//! `a`, of its seed, and numbers `b = encoded + e - mask`, with a mask that client and seed determine. So the response's
//! phase at output o is
//!
//! `P_o(a) + d0 * sum_j W[o][j] b_j` modulo q,
//!
//! where `P_o(a)` is the phase of the response to the seed alone, with zeros for b: with keys, rotations and noise of
//! evaluation all in it. What is left for when the values are there is a product of clear weights with numbers that look
//! random: one pass over the int8 weights, no keys, no transforms. (Products whose costly half does not depend on the query
//! are known from private retrieval: A. Henzinger et al., "One Server for the Price of Two", USENIX Security 2023, and
//! "Private Web Search with Tiptoe", SOSP 2023, where the ahead half is compressed under encryption as well.)
//!
//! - *Preparation*: the client sends a seed; the server answers as it answers a request of zeros.
//! - *Online*: the client sends b for some of the rows, the server `round(d0 * sum_j W[o][j] b_j)`, modulo 2^r and without its
//!   lowest bits. The client adds the two phases.
//!
//! Signs (module `layout`) are undone by the client: `W[o][j]` above are the matrix's weights.
//!
//! **Secrecy.** A server sees a seed, and later b: together the request that it would have seen at once. Samples of (module)
//! learning with errors are pseudorandom with a public `a` that is known before the value is chosen. Values must never be
//! encrypted twice under one preparation: their difference would be seen. [`Prepared::encrypt`] gives its masks up.
//!
//! **Exactness.** The two halves are rounded apart; the failure bound counts both roundings (module `bounds`). All else is the
//! noise of a request.
#![allow(clippy::indexing_slicing, reason = "rows have the lengths of the matrix")]

use crate::bits::{Reader, Writer, packed_len};
use crate::bounds;
use crate::decrypt::{Decoder, phases};
use crate::encrypt::{Encryptor, masks, read_row, row_len};
use crate::format::{self, Kind, ONLINE_HEAD, OnlineHead, REQUEST_HEAD, RequestHead, SCHEME_RLWE};
use crate::kernel::clear::{Limbs, multiply_rows};
use crate::kernel::client as kernel;
use crate::keys::SecretKey;
use crate::layout::{Layout, MAX_INPUTS, MAX_OUTPUTS, input_signs, output_signs};
use crate::matrix::Matrix;
use crate::params::{Q, REQUEST_DROPPED_BITS};
use crate::team::together;
use crate::{EncryptError, FormatError, MatrixInfo};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// Signs of what has none.
static UNSIGNED: [i8; MAX_OUTPUTS] = [1; MAX_OUTPUTS];

const _: () = assert!(MAX_INPUTS <= MAX_OUTPUTS);

/// See [`crate::Scheme::prepare`]: of any scheme, at most `limit` rows.
pub(crate) fn preparation(
    scheme: u8,
    info: &MatrixInfo,
    count: usize,
    limit: usize,
    counter: u64,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, EncryptError> {
    bounds::check_info(info).map_err(EncryptError::Matrix)?;
    bounds::check_count(count, limit)?;
    Ok(RequestHead::new(scheme, info, count, counter, rng).write(Kind::Preparation, scheme))
}

/// Rows that a server has prepared, each for one use.
pub struct Prepared {
    info: MatrixInfo,
    layout: Layout,
    rows: Vec<Row>,
}

/// A prepared row.
struct Row {
    /// What hides the inputs, in 0..q, with their signs; none when they have been encrypted.
    mask: Option<Zeroizing<Vec<u64>>>,
    /// The phases of the outputs without b, modulo 2^r, with their signs.
    phases: Zeroizing<Vec<u64>>,
}

impl Prepared {
    /// See [`crate::Scheme::prepared`].
    pub(crate) fn new(
        key: &SecretKey,
        info: &MatrixInfo,
        preparation: &[u8],
        response: &[u8],
        limit: usize,
    ) -> Result<Self, FormatError> {
        let (head, _) = RequestHead::parse(preparation, Kind::Preparation, SCHEME_RLWE, info, limit)?;
        format::check_len(Kind::Preparation, preparation, REQUEST_HEAD)?;
        let (inputs, count) = (info.inputs as usize, head.rows as usize);
        let row = || Row {
            mask: Some(Zeroizing::new(vec![0; inputs])),
            phases: Zeroizing::new(vec![0; info.outputs as usize]),
        };
        let mut rows: Vec<Row> = (0..count).map(|_| row()).collect();
        phases(key, info, response, count, limit, |row, block, decoder, numbers, products| {
            let phases = &mut rows[row].phases[block.first..][..block.outputs];
            kernel::signed_phases(phases, numbers, products, &output_signs()[block.first..], decoder);
        })?;
        masks(key, &head, inputs, count, |row, first, mask| {
            if let Some(own) = &mut rows[row].mask {
                kernel::signed_residues(&mut own[first..][..mask.len()], mask, &input_signs()[first..]);
            }
        });
        Ok(Self { info: info.clone(), layout: head.layout, rows })
    }

    /// Rows that are left.
    pub(crate) fn count(&self) -> usize {
        self.rows.len()
    }

    /// Splits the first `count` rows off.
    pub(crate) fn take(&mut self, count: usize) -> Option<Self> {
        if count > self.rows.len() {
            return None;
        }
        let rest = self.rows.split_off(count);
        let rows = std::mem::replace(&mut self.rows, rest);
        Some(Self { info: self.info.clone(), layout: self.layout, rows })
    }

    /// See [`crate::Scheme::encrypt_prepared`].
    pub(crate) fn encrypt(
        &mut self,
        rows: &[i8],
        limit: usize,
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, EncryptError> {
        let count = self.rows.len();
        bounds::check_rows(&self.info, rows, count, limit)?;
        let masks: Option<Vec<_>> = self.rows.iter_mut().map(|row| row.mask.take()).collect();
        let masks = masks.ok_or(EncryptError::Used)?;
        let head = OnlineHead { layout: self.layout, rows: count as u32 };
        let mut request = Vec::with_capacity(online_request_len(&self.info, count));
        request.extend(head.write(Kind::OnlineRequest, SCHEME_RLWE, &self.info));
        let mut encryptor = Encryptor::new(self.info.t, self.layout, rng);
        for (row, mask) in rows.chunks_exact(self.info.inputs as usize).zip(&masks) {
            encryptor.write(row, &UNSIGNED, mask, &mut request);
        }
        Ok(request)
    }

    /// See [`crate::Scheme::decrypt_prepared`].
    pub(crate) fn decrypt(&self, response: &[u8], limit: usize) -> Result<Vec<i32>, FormatError> {
        let (info, count) = (&self.info, self.rows.len());
        let (head, body) = OnlineHead::parse(response, Kind::OnlineResponse, SCHEME_RLWE, info, limit)?;
        if head.rows as usize != count {
            let (expected, found) = (count as u64, head.rows.into());
            return Err(FormatError::Field { field: "rows", expected, found });
        }
        if head.layout != self.layout {
            return Err(FormatError::Layout(head.layout.byte()));
        }
        format::check_len(Kind::OnlineResponse, response, online_response_len(info, count))?;
        let width = info.outputs as usize;
        let blocks = self.layout.blocks(width, info.t);
        let bits = self.layout.online_bits(info.t);
        let mut outputs = vec![0; count * width];
        let mut numbers = vec![0; width];
        let bodies = body.chunks_exact(online_row_len(info));
        for ((body, row), outputs) in bodies.zip(&self.rows).zip(outputs.chunks_exact_mut(width)) {
            let mut reader = Reader::new(body);
            reader.pull_all(&mut numbers, bits);
            if !reader.padding_is_zero() {
                return Err(FormatError::Padding(Kind::OnlineResponse.name()));
            }
            for block in &blocks {
                let range = block.first..block.first + block.outputs;
                let decoder = Decoder::of_online(info.t, block);
                let phases = &row.phases[range.clone()];
                // A phase is below q/2, and so is its own centred residue.
                kernel::decode(&mut outputs[range.clone()], &numbers[range], phases, &UNSIGNED, &decoder);
            }
        }
        Ok(outputs)
    }
}

/// Bytes of an online request of `rows` rows.
pub(crate) fn online_request_len(info: &MatrixInfo, rows: usize) -> usize {
    ONLINE_HEAD + rows * row_len(info.inputs as usize)
}

/// Bytes of the response to an online request of `rows` rows: the same in both layouts.
pub(crate) fn online_response_len(info: &MatrixInfo, rows: usize) -> usize {
    ONLINE_HEAD + rows * online_row_len(info)
}

/// Bytes of one of these rows.
fn online_row_len(info: &MatrixInfo) -> usize {
    packed_len(info.outputs as usize, Layout::Row.online_bits(info.t))
}

/// Outputs that are one task.
const PIECE: usize = 128;
/// Weights of one task at the least: less is not worth another thread.
const PIECE_WEIGHTS: usize = 1 << 17;

/// Answers an online request of at most `limit` rows.
pub(crate) fn multiply_online(matrix: &Matrix, request: &[u8], limit: usize) -> Result<Vec<u8>, FormatError> {
    let info = &matrix.info;
    let (head, body) = OnlineHead::parse(request, Kind::OnlineRequest, SCHEME_RLWE, info, limit)?;
    format::check_len(Kind::OnlineRequest, request, online_request_len(info, head.rows as usize))?;
    let (inputs, outputs) = (info.inputs as usize, info.outputs as usize);
    let mut numbers = vec![0; inputs];
    let mut rows = Vec::with_capacity(head.rows as usize);
    for row in body.chunks_exact(row_len(inputs)) {
        read_row(row, &mut numbers, Kind::OnlineRequest)?;
        rows.push(Limbs::new(&numbers));
    }
    let piece = PIECE.max(PIECE_WEIGHTS / inputs / rows.len()).min(outputs);
    let products = together(|member| {
        member.map(outputs.div_ceil(piece), |i| {
            let weights = &matrix.weights[i * piece * inputs..];
            let weights = &weights[..weights.len().min(piece * inputs)];
            let mut products = vec![0; weights.len() / inputs * rows.len()];
            multiply_rows(&mut products, weights, inputs, &rows);
            products
        })
    });
    let mut response = Vec::with_capacity(online_response_len(info, rows.len()));
    response.extend(head.write(Kind::OnlineResponse, SCHEME_RLWE, info));
    let bits = head.layout.online_bits(info.t);
    let blocks = head.layout.blocks(outputs, info.t);
    let mut fractions: Vec<Fraction> = Vec::with_capacity(outputs);
    for block in &blocks {
        let fraction = Fraction::new((block.trace() as u128) << REQUEST_DROPPED_BITS, bits);
        fractions.extend(std::iter::repeat_n(fraction, block.outputs));
    }
    for row in 0..rows.len() {
        let mut writer = Writer::new(&mut response);
        for (products, fractions) in products.iter().zip(fractions.chunks(piece)) {
            let of_row = products.chunks_exact(fractions.len()).nth(row).unwrap_or_default();
            let rounded = of_row.iter().zip(fractions).map(|(&residue, fraction)| fraction.round(residue));
            writer.push_all(rounded, bits);
        }
        writer.finish();
    }
    Ok(response)
}

/// Rounding of multiples of a sum modulo q to a power of two.
#[derive(Clone, Copy)]
struct Fraction {
    /// `round(2^128 * factor / q)`, modulo 2^128.
    of_q: u128,
    bits: u32,
}

impl Fraction {
    /// `factor` is at most 2^16.
    fn new(factor: u128, bits: u32) -> Self {
        let q = u128::from(Q);
        // floor(2^128 / q) and what is left, times the factor.
        let (whole, rest) = (u128::MAX / q, u128::MAX % q + 1);
        Self { of_q: factor.wrapping_mul(whole).wrapping_add((factor * rest + q / 2) / q), bits }
    }

    /// `round(residue * factor * 2^bits / q) mod 2^bits`, off the exact quotient by at most 1/2 + 2^(55 - 128 + bits), since
    /// `of_q` is off by at most 1/2 and residues are below 2^56.
    fn round(&self, residue: u64) -> u64 {
        let fraction = self.of_q.wrapping_mul(residue.into());
        let low = u128::BITS - self.bits;
        (fraction.wrapping_add(1 << (low - 1)) >> low) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fractions_are_rounded_quotients(
            residue in 0..Q, log_factor in 7u32..=16, bits in 28u32..=34,
        ) {
            let rounded = Fraction::new(1 << log_factor, bits).round(residue);
            let product = (i128::from(residue) << log_factor).rem_euclid(Q.into());
            let exact = (product << (bits + 1)) / i128::from(Q);
            let difference = (2 * i128::from(rounded) - exact).rem_euclid(2 << bits);
            prop_assert!(difference <= 1 || difference == (2 << bits) - 1, "{difference}");
        }
    }
}
