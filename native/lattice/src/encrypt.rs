//! Encryption of rows, and what a server makes of a request.
//!
//! An input x_j is encoded as `round(q/t * sign_j * x_j)` (rounding the scaled plaintext instead of scaling by
//! `floor(q/t)` makes a wrap-around modulo t free of noise: A. Kim et al., ePrint 2021/204, section 3). 256 of them are
//! the coefficients of one module-LWE sample over Z\[Y\]/(Y^256 + 1): `b = encoded + e - sum_k a_k r_k`, k < 8, with a_k
//! from the request's public seed. Of b the low seven bits are dropped.
//!
//! Packed rows (module `layout`) are coefficients of `b = encoded + e - a s` over R, s the secret of the server's
//! ciphertexts. Positions of rows or inputs that there are not are not sent: whatever stands there reaches outputs of
//! such rows alone, or none.
//!
//! **Constant time.** The number of random words and all indices depend on the shape alone; encoding, transforms and
//! reductions are arithmetic without branches (the modules `modulus` and `kernel`), and no division instruction sees a
//! secret.
#![allow(clippy::indexing_slicing, reason = "positions are below N by construction")]

use crate::bits::{Reader, Writer, packed_len};
use crate::buffer::Scratch;
use crate::format::RequestHead;
use crate::kernel::{self, SPARSE_STRIDE};
use crate::keys::SecretKey;
use crate::layout::{INPUTS, Layout, SAMPLE, input_signs, packed_row_position};
use crate::ntt::SPARSE_N;
use crate::params::{LIMBS_Q, MODULI, N, PACKED_ROWS, Q, RANK, REQUEST_BITS, REQUEST_DROPPED_BITS, ntts};
use crate::poly::{Poly, conversions, product};
use crate::sampling::{Residues, error_of, fresh_stream, public_stream, wide_error_of};
use crate::{FormatError, MatrixInfo};
use rand_core::{CryptoRng, Rng};
use zeroize::Zeroizing;

/// Bytes of one encrypted row.
pub(crate) fn row_len(inputs: usize) -> usize {
    packed_len(inputs, REQUEST_BITS)
}

/// Words from the parts of one `a_k` to those of the next.
pub(crate) const PARTS_STRIDE: usize = 2 * LIMBS_Q * SPARSE_STRIDE;

/// The public polynomials `a_k(X) = e_k(X^8) + X o_k(X^8)` of one ciphertext, over q, as coefficients:
/// `[k][prime][e or o]`, 512 words each at strides of `SPARSE_STRIDE`. Samples 0 and 1 are the even and odd coefficients
/// of e, samples 2 and 3 those of o.
///
/// From the stream keyed by salt, counter, and `64 * ciphertext + row`: for every k, for every prime of q, for every
/// sample, 256 residues.
pub(crate) fn public_parts(head: &RequestHead, row: usize, ciphertext: usize, inputs: usize) -> Scratch {
    let mut residues = public_residues(head, row, ciphertext);
    let mut parts = Scratch::take(RANK * PARTS_STRIDE);
    parts.fill(0);
    for k in parts.chunks_exact_mut(PARTS_STRIDE) {
        for (parts, m) in k.chunks_exact_mut(2 * SPARSE_STRIDE).zip(&MODULI) {
            for sample in 0..inputs.div_ceil(SAMPLE) {
                let part = &mut parts[sample / 2 * SPARSE_STRIDE..][..SPARSE_N];
                residues.fill(m, &mut part[sample % 2..], 2);
            }
        }
    }
    parts
}

/// The uniform residues of one ciphertext, whose first row is `row`.
fn public_residues(head: &RequestHead, row: usize, ciphertext: usize) -> Residues {
    let mut seed = [0; 24];
    let (salt, counter) = seed.split_at_mut(16);
    salt.copy_from_slice(&head.salt);
    counter.copy_from_slice(&head.counter.to_le_bytes());
    Residues::new(public_stream("sotto/lattice/1 request a", &seed, (64 * ciphertext + row) as u32))
}

/// The public polynomial `a` of one ciphertext of packed rows, over q, as coefficients. From the same stream as
/// [`public_parts`], for the ciphertext's first row: N residues for every prime of q.
pub(crate) fn packed_public(head: &RequestHead, row: usize, ciphertext: usize) -> Poly {
    public_residues(head, row, ciphertext).poly(LIMBS_Q)
}

/// `round(q * x / t)` for a public t and a secret x in -127..=127, without a division by or of secrets.
struct Encoder {
    /// `floor(q / t)`.
    whole: i64,
    /// `(q mod t) / t`, as a multiple of 2^-48.
    fraction: i64,
}

impl Encoder {
    fn new(t: u32) -> Self {
        let t = u64::from(t);
        Self { whole: (Q / t) as i64, fraction: ((((Q % t) << 32) / t) << 16) as i64 }
    }

    /// Off the exact quotient by at most 1/2 + 2^-24.
    fn encode(&self, x: i8) -> i64 {
        let x = i64::from(x);
        x * self.whole + ((x * self.fraction + (1 << 47)) >> 48)
    }
}

/// Encrypts `rows` (`[count][inputs]`) and appends them to a request that begins with `head`.
pub(crate) fn encrypt_rows(
    key: &SecretKey,
    info: &MatrixInfo,
    head: &RequestHead,
    rows: &[i8],
    rng: &mut impl CryptoRng,
    request: &mut Vec<u8>,
) {
    let inputs = info.inputs as usize;
    let encoder = Encoder::new(info.t);
    let mut errors = fresh_stream(rng);
    let mut words = Zeroizing::new(vec![0; 8 * head.layout.inputs()]);
    // Writes a chunk of a row's inputs, `first` and following; `mask(j)` is that of the chunk's j-th.
    let mut write = |writer: &mut Writer, first: usize, chunk: &[i8], mask: &dyn Fn(usize) -> u64| {
        let words = &mut words[..8 * chunk.len()];
        errors.fill_bytes(words);
        let inputs = chunk.iter().zip(&input_signs()[first..]).zip(words.as_chunks().0);
        for (j, ((&x, &sign), &word)) in inputs.enumerate() {
            let word = u64::from_le_bytes(word);
            let error = match head.layout {
                Layout::Row => wide_error_of(word),
                Layout::Packed => error_of(word),
            };
            // |encoded + e| < 127 * 2^36 + 2^7 < q.
            let message = encoder.encode(x * sign) + i64::from(error);
            let half = 1 << (REQUEST_DROPPED_BITS - 1);
            let b = reduce_once(reduce_once((message + half + Q as i64) as u64) + Q - mask(j));
            writer.push(b >> REQUEST_DROPPED_BITS, REQUEST_BITS);
        }
    };
    match head.layout {
        Layout::Row => {
            for (r, row) in rows.chunks_exact(inputs).enumerate() {
                let mut writer = Writer::new(request);
                for (c, chunk) in row.chunks(INPUTS).enumerate() {
                    let mask = mask(key, &public_parts(head, r, c, chunk.len()), chunk.len());
                    write(&mut writer, c * INPUTS, chunk, &|j| {
                        let (sample, i) = (j / SAMPLE, j % SAMPLE);
                        mask[sample / 2 * SPARSE_N + 2 * i + sample % 2]
                    });
                }
                writer.finish();
            }
        }
        Layout::Packed => {
            let held = head.layout.inputs();
            for (g, rows) in rows.chunks(PACKED_ROWS * inputs).enumerate() {
                let masks: Vec<_> = (0..head.layout.ciphertexts(inputs))
                    .map(|c| packed_mask(key, packed_public(head, g * PACKED_ROWS, c)))
                    .collect();
                for (r, row) in rows.chunks_exact(inputs).enumerate() {
                    let mut writer = Writer::new(request);
                    for (c, (chunk, mask)) in row.chunks(held).zip(&masks).enumerate() {
                        let mask = &mask[packed_row_position(r)..];
                        write(&mut writer, c * held, chunk, &|j| mask[j]);
                    }
                    writer.finish();
                }
            }
        }
    }
}

/// `a s` in 0..q, of packed rows.
fn packed_mask(key: &SecretKey, mut a: Poly) -> Zeroizing<Vec<u64>> {
    a.forward();
    let product = product(&a, &key.s_values);
    let mut mask = Zeroizing::new(vec![0; N]);
    conversions().compose(product.limb(0), product.limb(1), &mut mask);
    mask
}

/// `sum_k a_k r_k` in 0..q: for even and odd part, 512 coefficients.
fn mask(key: &SecretKey, public: &[u32], inputs: usize) -> Zeroizing<Vec<u64>> {
    let mut mask = Zeroizing::new(vec![0; 2 * SPARSE_N]);
    for (part, mask) in mask.chunks_exact_mut(SPARSE_N).enumerate().take(inputs.div_ceil(2 * SAMPLE)) {
        let mut sums = Zeroizing::new([[0; SPARSE_N]; LIMBS_Q]);
        for (i, sum) in sums.iter_mut().enumerate() {
            let mut a = [0; SPARSE_N];
            for (k, secret) in public.chunks_exact(PARTS_STRIDE).zip(&key.request_values) {
                a.copy_from_slice(&k[(2 * i + part) * SPARSE_STRIDE..][..SPARSE_N]);
                ntts()[i].forward_sparse(&mut a);
                kernel::multiply_add(sum, &a, &secret[i], &MODULI[i]);
            }
            ntts()[i].inverse_sparse(sum);
        }
        conversions().compose(&sums[0], &sums[1], mask);
    }
    mask
}

/// `x mod q` for `x` below 2q, in constant time.
fn reduce_once(x: u64) -> u64 {
    x.min(x.wrapping_sub(Q))
}

/// Reads the b-parts of the rows of one ciphertext each: for every chunk of the inputs its polynomial over q, as
/// coefficients.
pub(crate) fn parse_rows(bytes: &[u8], layout: Layout, inputs: usize) -> Result<Vec<Poly>, FormatError> {
    let held = layout.inputs();
    let mut polys = vec![Poly::zero(LIMBS_Q); layout.ciphertexts(inputs)];
    for (r, bytes) in bytes.chunks_exact(row_len(inputs)).enumerate() {
        let row = packed_row_position(r);
        let mut reader = Reader::new(bytes);
        for (c, poly) in polys.iter_mut().enumerate() {
            let first = c * held;
            for j in 0..held.min(inputs - first) {
                let b = reader.pull(REQUEST_BITS) << REQUEST_DROPPED_BITS;
                if b >= Q {
                    return Err(FormatError::Coefficient { part: "request", index: first + j });
                }
                for (i, m) in MODULI.iter().take(LIMBS_Q).enumerate() {
                    poly.limb_mut(i)[row + layout.input_position(j)] = m.reduce(b);
                }
            }
        }
        if !reader.padding_is_zero() {
            return Err(FormatError::Padding("request"));
        }
    }
    Ok(polys)
}

const _: () = assert!(Q < 1 << 56 && INPUTS <= N);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_rounded_quotients() {
        for t in [1_048_583, 7_919_993, (1 << 26) - 5] {
            let encoder = Encoder::new(t);
            for x in -127..=127i8 {
                let exact = i128::from(Q) * i128::from(x);
                let error = exact - i128::from(encoder.encode(x)) * i128::from(t);
                assert!(2 * error.abs() <= i128::from(t) + 2, "t {t}, x {x}");
            }
        }
    }
}
