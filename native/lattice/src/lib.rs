//! Exact products of encrypted int8 rows with clear int8 matrices.
//!
//! A client encrypts rows `x` (activations, each entry in -127..=127), a server multiplies them with a matrix `W` of
//! int8 weights that it has in clear, and the client decrypts `W·x` as exact integers. [`Scheme`] is the interface;
//! [`Rlwe`] implements it with ring learning with errors, and, behind the feature `insecure-plaintext`,
//! `InsecurePlaintext` implements it without any encryption so that protocols can be tested fast.
//! [`Verifier`] detects a wrong product.
//!
//! ```
//! use lattice::{Rlwe, Scheme, Shape};
//! use rand_core::SeedableRng;
//!
//! // In practice: a generator seeded by the operating system, and a key derived from the profile's root key.
//! let mut random = chacha20::ChaCha20Rng::from_seed([7; 32]);
//!
//! // The client's keys; the server expands what it is sent.
//! let key = Rlwe::secret_key(&[1; 32]);
//! let keys = Rlwe::parse_evaluation_keys(&Rlwe::evaluation_keys(&key))?;
//!
//! // The server's matrix, two rows of three weights, and the facts about it that the client knows.
//! let matrix = Rlwe::encode_matrix("example", Shape { inputs: 3, outputs: 2 }, &[1, -2, 3, 127, 0, -127])?;
//! let info = Rlwe::matrix_info(&matrix);
//!
//! let request = Rlwe::encrypt(&key, info, &[10, 20, 30], 1, 0, &mut random)?;
//! let response = Rlwe::multiply(&keys, &matrix, &request)?;
//! assert_eq!(Rlwe::decrypt(&key, info, &response, 1)?, [60, -2540]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nearly all of a product's time can pass before the row is known: [`Scheme::prepare`] asks for it ahead, and the rest is a
//! clear product of weights and masked numbers ([`Scheme::multiply_online`]).
//!
//! # Where things are
//!
//! | modules | |
//! |---|---|
//! | `params`, [`security`] | the parameter set, and what attacks on it cost |
//! | `modulus`, `ntt`, `kernel`, `poly` | arithmetic: primes, transforms, inner loops, polynomials over the chain of primes |
//! | `simd`, `self_test`, `buffer` | vectors of every instruction set, the check before one is used, memory |
//! | `automorphism`, `layout` | X -> X^k; where inputs and outputs lie, and why a product comes out |
//! | `sampling`, `keystream`, `keys` | random polynomials; secret and evaluation keys |
//! | `matrix`, `bounds`, `stored` | a matrix in evaluation form; its range, noise and failure bound; its file |
//! | `encrypt`, `product`, `decrypt` | the three steps of a product |
//! | `prepared` | a product in two halves: what needs no values, ahead, and the rest |
//! | `team` | threads that share a product |
//! | [`profile`] | where the server's time goes |
//! | [`format`](mod@format), `bits` | bytes |
//! | `verify`, `plain` | the check of products; the scheme without encryption |
//!
//! # What is promised
//!
//! - Outputs are exact, except with the probability that [`MatrixInfo::failure_log2`] bounds, at most 2^-128 an output.
//!   It is computed from the matrix's weights.
//! - Ciphertexts are IND-CPA secure under ring learning with errors and circular security. A client must not let a
//!   server learn whether anything decrypted or verified, must never use a counter twice under one key, and should give
//!   up its key after an anomaly.
//! - Results do not depend on the processor: every instruction set computes the same words. One is used after it has
//!   reproduced those of the portable code; the environment variable `SOTTO_SIMD` (`portable`; `avx2`, `avx512`; `neon`)
//!   sets an
//!   upper limit.
//! - Encryption, decryption, verification and sampling of secrets take no branch and no memory index from a secret; their
//!   modules give the argument, and `tests/taint.rs` follows secrets through the machine code of the release build.
//! - Whatever bytes arrive, reading them neither panics nor allocates more than the expected message takes.
//! - Weights are not hidden from a client: it can read a matrix off with as many requests as the matrix has inputs.

#![deny(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod automorphism;
mod bits;
mod bounds;
mod buffer;
mod decrypt;
mod encrypt;
pub mod format;
mod kernel;
mod keys;
mod keystream;
mod layout;
mod matrix;
mod modulus;
mod ntt;
mod params;
#[cfg(feature = "insecure-plaintext")]
mod plain;
mod poly;
mod prepared;
mod product;
pub mod profile;
mod rlwe;
mod sampling;
mod scheme;
pub mod security;
mod self_test;
mod simd;
mod stored;
mod team;
#[cfg(test)]
mod test_random;
mod verify;

/// Entrances to what is inside, for `native/fuzz`.
#[cfg(feature = "fuzzing")]
pub mod fuzzing {
    pub use crate::self_test::compare_instruction_sets;
}

#[cfg(feature = "insecure-plaintext")]
pub use plain::InsecurePlaintext;
pub use rlwe::Rlwe;
pub use scheme::{
    EncryptError, FormatError, MatrixError, MatrixInfo, MultiplyError, OpenError, RequestKind, Scheme,
    SchemeInfo, Shape,
};
pub use verify::Verifier;
