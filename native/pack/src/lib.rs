//! Turns a Hugging Face model directory into a Sotto pack, and checks packs.
//!
//! A pack is two bundles. The client's holds ONNX graphs, their weights and the tokenizer: all that runs on the
//! user's machine. The server's holds the *remote* matrices in 8 bits, which the server multiplies with encrypted
//! rows. Each has a manifest with the hash of every file.
//!
//! [`build::build`] writes a pack; [`architecture`] says what each kind of model is made of, [`onnx`] how graphs
//! are put together, [`quantise`] how a matrix becomes 8-bit.

#![deny(unsafe_code)]

pub mod architecture;
pub mod assembler;
pub mod blobs;
pub mod build;
pub mod checkpoint;
pub mod cli;
pub mod error;
pub mod inspect;
pub mod manifest;
pub mod onnx;
pub mod quantise;
pub mod staging;
pub mod tokenizer;
pub mod verify;
pub mod watch;

pub use architecture::Remote;
pub use build::{Built, Options, build};
pub use error::Error;
pub use inspect::inspect;
pub use quantise::{Int8Matrix, quantise_stored};
pub use verify::verify;
