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
use crate::kernel::{SPARSE_STRIDE, client as kernel};
use crate::keys::SecretKey;
use crate::layout::{INPUTS, Layout, SAMPLE, input_signs, packed_row_position};
use crate::ntt::SPARSE_N;
use crate::params::{
    LIMBS_Q, MODULE_N, MODULI, N, PACKED_ROWS, Q, RANK, REQUEST_BITS, REQUEST_DROPPED_BITS, ntts,
};
use crate::poly::{Poly, conversions, product};
use crate::sampling::{Residues, fresh_stream};
use crate::simd::LINE;
use crate::{FormatError, MatrixInfo};
use rand_core::{CryptoRng, Rng};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

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
    let samples = public_samples(head, row, ciphertext, inputs);
    let stride = samples_stride(inputs);
    let mut parts = Scratch::take(RANK * PARTS_STRIDE);
    for (parts, samples) in parts.chunks_exact_mut(PARTS_STRIDE).zip(samples.chunks_exact(stride)) {
        let primes = samples.chunks_exact(inputs.div_ceil(SAMPLE) * SAMPLE);
        for (parts, samples) in parts.chunks_exact_mut(2 * SPARSE_STRIDE).zip(primes) {
            let mut samples = samples.chunks_exact(SAMPLE);
            let mut next = || samples.next().unwrap_or(&[0; SAMPLE]);
            for part in parts.chunks_exact_mut(SPARSE_STRIDE) {
                let (part, gap) = part.split_at_mut(SPARSE_N);
                for ((pair, &even), &odd) in part.as_chunks_mut().0.iter_mut().zip(next()).zip(next()) {
                    *pair = [even, odd];
                }
                gap.fill(0);
            }
        }
    }
    parts
}

/// The samples of one ciphertext's public polynomials, as they are drawn: `[k][prime][sample]`, 256 words each; those of k
/// are [`samples_stride`] words apart.
fn public_samples(head: &RequestHead, row: usize, ciphertext: usize, inputs: usize) -> Scratch {
    let mut residues = public_residues(head, row, ciphertext);
    let (samples, stride) = (inputs.div_ceil(SAMPLE), samples_stride(inputs));
    let mut words = Scratch::take(RANK * stride);
    for k in words.chunks_exact_mut(stride) {
        for (words, m) in k.chunks_exact_mut(samples * SAMPLE).zip(&MODULI) {
            residues.fill(m, words);
        }
    }
    words
}

/// Words from the samples of one `a_k` to those of the next: not a power of two.
fn samples_stride(inputs: usize) -> usize {
    LIMBS_Q * inputs.div_ceil(SAMPLE) * SAMPLE + LINE
}

/// The uniform residues of one ciphertext, whose first row is `row`.
fn public_residues(head: &RequestHead, row: usize, ciphertext: usize) -> Residues {
    let mut seed = [0; 24];
    let (salt, counter) = seed.split_at_mut(16);
    salt.copy_from_slice(&head.salt);
    counter.copy_from_slice(&head.counter.to_le_bytes());
    Residues::new("sotto/lattice/1 request a", &seed, (64 * ciphertext + row) as u32)
}

/// The public polynomial `a` of one ciphertext of packed rows, over q, as coefficients. From the same stream as
/// [`public_parts`], for the ciphertext's first row: N residues for every prime of q.
pub(crate) fn packed_public(head: &RequestHead, row: usize, ciphertext: usize) -> Poly {
    public_residues(head, row, ciphertext).poly(LIMBS_Q)
}

/// `round(q * x / t)` for a public t and a secret x in -127..=127, without a division by or of secrets.
pub(crate) struct Encoder {
    /// `floor(q / t)`.
    whole: i64,
    /// `(q mod t) / t`, as a multiple of 2^-48.
    fraction: i64,
}

impl Encoder {
    pub(crate) fn new(t: u32) -> Self {
        let t = u64::from(t);
        Self { whole: (Q / t) as i64, fraction: ((((Q % t) << 32) / t) << 16) as i64 }
    }

    /// Off the exact quotient by at most 1/2 + 2^-24.
    #[inline(always)]
    pub(crate) fn encode(&self, x: i8) -> i64 {
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
    let wide = match head.layout {
        Layout::Row => true,
        Layout::Packed => false,
    };
    let mut random = Zeroizing::new(vec![0; 8 * head.layout.inputs()]);
    let mut numbers = vec![0; head.layout.inputs()];
    // Writes a chunk of a row's inputs, `first` and following, which has a mask for each.
    let mut write = |writer: &mut Writer, first: usize, chunk: &[i8], mask: &[u64]| {
        let (random, numbers) = (&mut random[..8 * chunk.len()], &mut numbers[..chunk.len()]);
        errors.fill_bytes(random);
        kernel::encode(numbers, chunk, &input_signs()[first..], random, wide, mask, &encoder);
        writer.push_all(numbers.iter().copied(), REQUEST_BITS);
    };
    match head.layout {
        Layout::Row => {
            let mut mask = Mask::default();
            for (r, row) in rows.chunks_exact(inputs).enumerate() {
                let mut writer = Writer::new(request);
                for (c, chunk) in row.chunks(INPUTS).enumerate() {
                    mask.make(key, public_samples(head, r, c, chunk.len()), chunk.len());
                    write(&mut writer, c * INPUTS, chunk, mask.numbers.as_flattened());
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
                        write(&mut writer, c * held, chunk, &mask[packed_row_position(r)..]);
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

/// What hides the inputs of one ciphertext.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Mask {
    /// `sum_k a_k r_k` in 0..q, at the positions of the inputs: `[sample][i]`.
    numbers: [[u64; SAMPLE]; INPUTS / SAMPLE],
    /// Those of one sample, modulo each prime of q.
    sums: [[u32; SAMPLE]; LIMBS_Q],
}

impl Default for Mask {
    fn default() -> Self {
        Self { numbers: [[0; SAMPLE]; INPUTS / SAMPLE], sums: [[0; SAMPLE]; LIMBS_Q] }
    }
}

impl Mask {
    /// The mask of `inputs` inputs with the [`public_samples`] `public`.
    fn make(&mut self, key: &SecretKey, mut public: Scratch, inputs: usize) {
        let (samples, stride) = (inputs.div_ceil(SAMPLE), samples_stride(inputs));
        for (sample, numbers) in self.numbers.iter_mut().enumerate().take(samples) {
            for (i, sum) in self.sums.iter_mut().enumerate() {
                let mut a: [&[u32]; RANK] = [&[]; RANK];
                let mut secrets = a;
                let public = public.chunks_exact_mut(stride).zip(&key.request_values);
                for ((a, secret), (k, r)) in a.iter_mut().zip(&mut secrets).zip(public) {
                    let k = &mut k[(i * samples + sample) * SAMPLE..][..SAMPLE];
                    ntts()[i].forward_module(k);
                    (*a, *secret) = (k, &r[i]);
                }
                kernel::sum_of_products(sum, &a, &secrets, &MODULI[i]);
                ntts()[i].inverse_module(sum);
            }
            conversions().compose(&self.sums[0], &self.sums[1], numbers);
        }
    }
}

/// Reads the b-parts of the rows of one ciphertext each: for every chunk of the inputs its polynomial over q, as
/// coefficients.
pub(crate) fn parse_rows(bytes: &[u8], layout: Layout, inputs: usize) -> Result<Vec<Poly>, FormatError> {
    let held = layout.inputs();
    let mut polys = vec![Poly::zero(LIMBS_Q); layout.ciphertexts(inputs)];
    let mut numbers = vec![0; held];
    for (r, bytes) in bytes.chunks_exact(row_len(inputs)).enumerate() {
        let row = packed_row_position(r);
        let mut reader = Reader::new(bytes);
        for (c, poly) in polys.iter_mut().enumerate() {
            let first = c * held;
            let numbers = &mut numbers[..held.min(inputs - first)];
            reader.pull_all(numbers, REQUEST_BITS);
            for (j, number) in numbers.iter().enumerate() {
                let b = number << REQUEST_DROPPED_BITS;
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

const _: () = assert!(Q < 1 << 56 && INPUTS <= N && SAMPLE == MODULE_N);

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
