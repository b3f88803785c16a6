//! The N-API face of lattice's client half: keys, encryption, decryption and verification, for `main/attention`
//! and `main/vault`. `sotto.d.ts` beside this crate is the face's type.
//!
//! What every export keeps to:
//! - Cryptography runs on libuv's thread pool, and the event loop only copies bytes in and out; but for one row at a time,
//!   which takes less time than waking a thread.
//! - Every argument is checked before it is used. A refusal is an `Error` whose `code` is `argument`, `format`, `product`
//!   or `internal` (see [`failure::Code`]); functions that return a promise reject, and never throw.
//! - No panic leaves this crate: it becomes an `internal` error, and the process goes on.
//! - Copies of seeds, rows and products are overwritten before they are freed.
//!
//! What an attacker in the same process can still do: read the JavaScript side's own copies, which its garbage
//! collector frees without overwriting.

mod argument;
pub mod failure;
pub mod prepared_rows;
mod random;
pub mod scheme;
pub mod secret_key;
pub mod verifier;
pub mod work;

/// The one encryption scheme of the addon. There is no build of it without encryption.
type Engine = lattice::Rlwe;
