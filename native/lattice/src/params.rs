//! The parameter set: ring degree, moduli, gadgets and errors.
//!
//! R = Z\[X\]/(X^N + 1) with N = 4096. Ciphertexts live modulo q = Q0·Q1, two 28-bit primes; evaluation keys also
//! modulo the special primes P1 (30 bits) and P2 (23 bits), so that log2(q·P1·P2) = 108.998 stays under 109, the
//! 128-bit line of the HE standard for N = 4096, a ternary secret and an error of standard deviation 3.2
//! (Albrecht et al., "Homomorphic Encryption Standard", ePrint 2019/939, table 1). Every prime is 1 modulo 2N.
//!
//! Requests and ring-switch keys are samples of dimension 2048 modulo q, where the standard's line is 2^54 at error 3.2;
//! log2 q is 56, so their error is at least four times as wide ([`WIDE_SIGMA`]): LWE hardness depends on the ratio of
//! modulus and error.

use crate::modulus::Modulus;
use crate::ntt::Ntt;
use std::sync::LazyLock;

/// log2 of the ring degree.
pub(crate) const LOG_N: usize = 12;
/// The ring degree.
pub(crate) const N: usize = 1 << LOG_N;

/// First prime of q.
pub(crate) const Q0: u32 = 268_369_921;
/// Second prime of q.
pub(crate) const Q1: u32 = 268_361_729;
/// The ciphertext modulus.
pub(crate) const Q: u64 = Q0 as u64 * Q1 as u64;
/// First special prime.
pub(crate) const P1: u32 = 1_073_692_673;
/// Second special prime.
pub(crate) const P2: u32 = 8_380_417;

/// The chain of primes. A polynomial over q has the first two limbs, over q·P1 three, over q·P1·P2 four.
pub(crate) const PRIMES: [u32; 4] = [Q0, Q1, P1, P2];
/// Limbs of a polynomial over q.
pub(crate) const LIMBS_Q: usize = 2;
/// Limbs of a polynomial over q·P1.
pub(crate) const LIMBS_QP1: usize = 3;
/// Limbs of a polynomial over q·P1·P2.
pub(crate) const LIMBS_QP: usize = 4;

/// Rank of the module that requests are encrypted in.
pub(crate) const RANK: usize = 4;
/// Ring degree of that module: Z\[Y\]/(Y^512 + 1) with Y = X^8.
pub(crate) const MODULE_N: usize = 512;
/// Dimension of a request's samples.
pub(crate) const REQUEST_DIMENSION: usize = RANK * MODULE_N;
/// Ring degree of responses: Z\[Z\]/(Z^2048 + 1) with Z = X^2.
pub(crate) const RESPONSE_N: usize = N / 2;

/// RNS digits of a key switch over P1.
pub(crate) const RNS_DIGITS: usize = 2;
/// Digits of the switch to the response's ring, which has no special prime.
pub(crate) const RING_DIGITS: usize = 4;
/// log2 of the base of those digits; `RING_DIGITS * RING_DIGIT_BITS` covers q.
pub(crate) const RING_DIGIT_BITS: u32 = 14;
/// Output blocks that share the a-part of a response, each under its own secret.
pub(crate) const SHARED_BLOCKS: usize = 2;

/// Low bits that a request drops from every coefficient.
pub(crate) const REQUEST_DROPPED_BITS: u32 = 7;
/// Bits of a request's coefficient.
pub(crate) const REQUEST_BITS: u32 = 56 - REQUEST_DROPPED_BITS;

/// Rows in a ciphertext of packed rows.
pub(crate) const PACKED_ROWS: usize = 16;

/// Bits summed on either side of the centred binomial error of dimension-4096 samples: variance 21/2.
pub(crate) const ERROR_BITS: u32 = 21;
/// Standard deviation of the error of dimension-4096 samples.
pub(crate) const SIGMA: f64 = 3.240_370_349_203_93; // sqrt(21 / 2)
/// Standard deviation of the error of dimension-2048 samples.
pub(crate) const WIDE_SIGMA: f64 = 13.019_216_566_291_536; // sqrt(16 * 21 / 2 + 3 / 2)

const _: () = assert!(SIGMA >= 3.2 && WIDE_SIGMA >= 4.0 * 3.2);

/// Arithmetic modulo the primes of the chain, in its order.
pub(crate) static MODULI: [Modulus; 4] =
    [Modulus::new(Q0), Modulus::new(Q1), Modulus::new(P1), Modulus::new(P2)];

static NTTS: LazyLock<[Ntt; 4]> = LazyLock::new(|| MODULI.each_ref().map(Ntt::new));

/// The number-theoretic transforms modulo the primes of the chain, in its order.
pub(crate) fn ntts() -> &'static [Ntt; 4] {
    &NTTS
}
