//! Exact products of encrypted int8 rows with clear int8 matrices.
//!
//! A client encrypts rows `x` (activations, each entry in -127..=127), a server multiplies them with a matrix `W` of
//! int8 weights that it has in clear, and the client decrypts `W·x` as exact integers. [`Scheme`] is the interface;
//! [`Rlwe`] implements it with ring learning with errors, and, behind the feature `insecure-plaintext`,
//! `InsecurePlaintext` implements it without any encryption so that protocols can be tested fast.
//! [`Verifier`] detects a wrong product.

#![deny(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod automorphism;
mod bits;
mod bounds;
mod decrypt;
mod encrypt;
mod format;
mod kernel;
mod keys;
mod layout;
mod matrix;
mod modulus;
mod ntt;
mod params;
#[cfg(feature = "insecure-plaintext")]
mod plain;
mod poly;
mod product;
mod rlwe;
mod sampling;
mod scheme;
pub mod security;
#[cfg(test)]
mod test_random;
mod verify;

#[cfg(feature = "insecure-plaintext")]
pub use plain::InsecurePlaintext;
pub use rlwe::Rlwe;
pub use scheme::{
    EncryptError, FormatError, MatrixError, MatrixInfo, MultiplyError, Scheme, SchemeInfo, Shape,
};
pub use verify::Verifier;
