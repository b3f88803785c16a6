//! Encryption of rows, and what a server makes of a request.
//!
//! An input x_j is encoded as `round(q/t * sign_j * x_j)` (rounding the scaled plaintext instead of scaling by
//! `floor(q/t)` makes a wrap-around modulo t free of noise: A. Kim et al., ePrint 2021/204, section 3). 512 of them are
//! the coefficients of one module-LWE sample over Z\[Y\]/(Y^512 + 1): `b = encoded + e - sum_k a_k r_k`, k < 4, with a_k
//! from the request's public seed, as values of the transform. Of b the low seven bits are dropped.
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
use crate::format::{Kind, RequestHead};
use crate::kernel::{MODULE_STRIDE, client as kernel};
use crate::keys::SecretKey;
use crate::layout::{INPUTS, Layout, SAMPLE, SAMPLES, input_signs, packed_row_position};
use crate::params::{
    LIMBS_Q, MODULE_N, MODULI, N, PACKED_ROWS, Q, RANK, REQUEST_BITS, REQUEST_DROPPED_BITS, ntts,
};
use crate::poly::{Poly, conversions, product};
use crate::sampling::{Residues, fresh_stream};
use crate::{FormatError, MatrixInfo};
use chacha20::ChaCha20Rng;
use rand_core::{CryptoRng, Rng};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Bytes of one encrypted row.
pub(crate) fn row_len(inputs: usize) -> usize {
    packed_len(inputs, REQUEST_BITS)
}

/// Words from one `a_k` to the next.
const PUBLIC_STRIDE: usize = LIMBS_Q * SAMPLES * MODULE_STRIDE;

/// The public polynomials of one ciphertext's samples, as values modulo the primes of q.
pub(crate) struct Public {
    /// `[k][prime][sample]`, 512 words each at strides of `MODULE_STRIDE`.
    words: Scratch,
}

impl Public {
    /// Those of a ciphertext that has `inputs` inputs. From the stream keyed by salt, counter, and `64 * ciphertext + row`:
    /// for every k, for every prime of q, for every sample, 512 residues.
    pub(crate) fn new(head: &RequestHead, row: usize, ciphertext: usize, inputs: usize) -> Self {
        let mut residues = public_residues(head, row, ciphertext);
        let mut words = Scratch::take(RANK * PUBLIC_STRIDE);
        for (part, values) in words.chunks_exact_mut(SAMPLES * MODULE_STRIDE).enumerate() {
            for values in values.chunks_exact_mut(MODULE_STRIDE).take(inputs.div_ceil(SAMPLE)) {
                residues.fill(&MODULI[part % LIMBS_Q], &mut values[..MODULE_N]);
            }
        }
        Self { words }
    }

    /// `a_k` of a sample that there is, modulo prime i of q.
    pub(crate) fn values(&self, k: usize, i: usize, sample: usize) -> &[u32] {
        &self.words[((k * LIMBS_Q + i) * SAMPLES + sample) * MODULE_STRIDE..][..MODULE_N]
    }
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
/// [`Public`], for the ciphertext's first row: N residues for every prime of q.
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
    let mut encryptor = Encryptor::new(info.t, head.layout, rng);
    masks(key, head, inputs, rows.len() / inputs, |row, first, mask| {
        let chunk = &rows[row * inputs + first..][..mask.len()];
        encryptor.write(chunk, &input_signs()[first..], mask, request);
    });
}

/// Masks inputs.
pub(crate) struct Encryptor {
    encoder: Encoder,
    /// Whether errors are those of samples of dimension 2048.
    wide: bool,
    errors: ChaCha20Rng,
    random: Zeroizing<Vec<u8>>,
    numbers: Vec<u64>,
}

impl Encryptor {
    /// For rows of `layout`, with errors from `rng`.
    pub(crate) fn new(t: u32, layout: Layout, rng: &mut impl CryptoRng) -> Self {
        let wide = match layout {
            Layout::Row => true,
            Layout::Packed => false,
        };
        let (random, numbers) = (Zeroizing::default(), Vec::new());
        Self { encoder: Encoder::new(t), wide, errors: fresh_stream(rng), random, numbers }
    }

    /// Appends inputs, which have `signs`, under `mask`: whole bytes.
    pub(crate) fn write(&mut self, inputs: &[i8], signs: &[i8], mask: &[u64], request: &mut Vec<u8>) {
        self.random.resize(8 * inputs.len(), 0);
        self.numbers.resize(inputs.len(), 0);
        self.errors.fill_bytes(&mut self.random);
        kernel::encode(&mut self.numbers, inputs, signs, &self.random, self.wide, mask, &self.encoder);
        let mut writer = Writer::new(request);
        writer.push_all(self.numbers.iter().copied(), REQUEST_BITS);
        writer.finish();
    }
}

// A chunk that is not a row's last fills whole bytes.
const _: () = assert!((INPUTS * REQUEST_BITS as usize).is_multiple_of(8));
const _: () = assert!((N / PACKED_ROWS * REQUEST_BITS as usize).is_multiple_of(8));

/// Calls `each`, for the chunks of every one of `count` rows in turn, with the row, the chunk's first input, and what hides
/// its inputs: for every one a number in 0..q.
pub(crate) fn masks(
    key: &SecretKey,
    head: &RequestHead,
    inputs: usize,
    count: usize,
    mut each: impl FnMut(usize, usize, &[u64]),
) {
    let held = head.layout.inputs();
    match head.layout {
        Layout::Row => {
            let mut mask = Mask::default();
            for row in 0..count {
                for (c, first) in (0..inputs).step_by(held).enumerate() {
                    let len = held.min(inputs - first);
                    mask.make(key, &Public::new(head, row, c, len), len);
                    each(row, first, &mask.numbers.as_flattened()[..len]);
                }
            }
        }
        Layout::Packed => {
            for group in (0..count).step_by(PACKED_ROWS) {
                let masks: Vec<_> = (0..head.layout.ciphertexts(inputs))
                    .map(|c| packed_mask(key, packed_public(head, group, c)))
                    .collect();
                for row in group..count.min(group + PACKED_ROWS) {
                    for (first, mask) in (0..inputs).step_by(held).zip(&masks) {
                        each(row, first, &mask[packed_row_position(row)..][..held.min(inputs - first)]);
                    }
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
    numbers: [[u64; SAMPLE]; SAMPLES],
    /// Those of one sample, modulo each prime of q.
    sums: [[u32; SAMPLE]; LIMBS_Q],
}

impl Default for Mask {
    fn default() -> Self {
        Self { numbers: [[0; SAMPLE]; SAMPLES], sums: [[0; SAMPLE]; LIMBS_Q] }
    }
}

impl Mask {
    /// The mask of `inputs` inputs.
    fn make(&mut self, key: &SecretKey, public: &Public, inputs: usize) {
        for (sample, numbers) in self.numbers.iter_mut().enumerate().take(inputs.div_ceil(SAMPLE)) {
            for (i, sum) in self.sums.iter_mut().enumerate() {
                let a: [&[u32]; RANK] = std::array::from_fn(|k| public.values(k, i, sample));
                let secrets: [&[u32]; RANK] = std::array::from_fn(|k| key.request_values[k][i].as_slice());
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
    let mut numbers = vec![0; inputs];
    for (r, bytes) in bytes.chunks_exact(row_len(inputs)).enumerate() {
        let row = packed_row_position(r);
        read_row(bytes, &mut numbers, Kind::Request)?;
        for (poly, numbers) in polys.iter_mut().zip(numbers.chunks(held)) {
            for (j, number) in numbers.iter().enumerate() {
                let b = number << REQUEST_DROPPED_BITS;
                for (i, m) in MODULI.iter().take(LIMBS_Q).enumerate() {
                    poly.limb_mut(i)[row + layout.input_position(j)] = m.reduce(b);
                }
            }
        }
    }
    Ok(polys)
}

/// Reads the numbers of one row, one for each input, without the bits that are dropped.
pub(crate) fn read_row(bytes: &[u8], numbers: &mut [u64], message: Kind) -> Result<(), FormatError> {
    let mut reader = Reader::new(bytes);
    reader.pull_all(numbers, REQUEST_BITS);
    if let Some(index) = numbers.iter().position(|&number| number << REQUEST_DROPPED_BITS >= Q) {
        return Err(FormatError::Coefficient { part: message.name(), index });
    }
    if !reader.padding_is_zero() {
        return Err(FormatError::Padding(message.name()));
    }
    Ok(())
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
