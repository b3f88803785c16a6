//! What a pack is made of, from its manifests alone.

use std::fmt;
use std::path::Path;

use serde::Serialize;

use crate::error::Error;
use crate::manifest::{Model, Padding, Tokenizer};
use crate::verify::{Manifests, read_manifests};

/// A summary of a pack.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Name of the pack.
    pub name: String,
    /// SHA-256 of the server bundle's manifest.
    pub pack: String,
    /// Facts of the model.
    pub model: Model,
    /// The tokenizer and its special tokens.
    pub tokenizer: Tokenizer,
    /// What rows and caches are padded to.
    pub padding: Padding,
    /// Whether the client bundle is without the remote matrices.
    pub private: bool,
    /// Files of the client bundle, without the manifest.
    pub client_files: usize,
    /// Their bytes.
    pub client_bytes: u64,
    /// Bytes of the server's matrices, if its bundle is there.
    pub server_bytes: Option<u64>,
    /// The remote matrices.
    pub matrices: Vec<MatrixSummary>,
}

/// A remote matrix.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MatrixSummary {
    /// Index in both manifests.
    pub index: usize,
    /// Name, as in the checkpoint without `.weight`.
    pub name: String,
    /// Size and bounds.
    #[serde(flatten)]
    pub info: lattice::MatrixInfo,
}

/// Reads the manifests of the pack at `dir`. Checks no file's hash: [`crate::verify::verify`] does.
pub fn inspect(dir: &Path) -> Result<Summary, Error> {
    let Manifests { client, server } = read_manifests(dir)?;
    Ok(Summary {
        private: client.matrices.iter().any(|matrix| matrix.weights.is_none()),
        client_files: client.files.len(),
        client_bytes: client.files.iter().map(|file| file.bytes).sum(),
        server_bytes: server.map(|(manifest, _)| manifest.data.bytes),
        matrices: client
            .matrices
            .into_iter()
            .map(|matrix| MatrixSummary { index: matrix.index, name: matrix.name, info: matrix.info })
            .collect(),
        name: client.name,
        pack: client.pack,
        model: client.model,
        tokenizer: client.tokenizer,
        padding: client.padding,
    })
}

impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Model { architecture, layers, hidden, heads, context, vocabulary, .. } = &self.model;
        writeln!(out, "{} ({})", self.name, self.pack)?;
        writeln!(
            out,
            "  {architecture}: {layers} layers of {hidden}, {heads} heads, {context} positions, {vocabulary} token ids"
        )?;
        let private = if self.private { ", without the remote matrices" } else { "" };
        writeln!(out, "  client: {} files, {}{private}", self.client_files, Bytes(self.client_bytes))?;
        match self.server_bytes {
            Some(bytes) => writeln!(out, "  server: {} matrices, {}", self.matrices.len(), Bytes(bytes))?,
            None => writeln!(out, "  server: its bundle is not here")?,
        }
        writeln!(out, "  {:<24}{:>14}{:>10}{:>12}{:>12}", "matrix", "size", "t", "noise", "failure")?;
        for MatrixSummary { name, info, .. } in &self.matrices {
            let size = format!("{} x {}", info.outputs, info.inputs);
            writeln!(
                out,
                "  {name:<24}{size:>14}{:>10}{:>12}{:>12}",
                info.t,
                format!("2^{:.1}", info.noise_log2),
                format!("2^{:.0}", info.failure_log2),
            )?;
        }
        Ok(())
    }
}

/// A number of bytes, for people.
#[derive(Clone, Copy, Debug)]
pub struct Bytes(pub u64);

impl fmt::Display for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes @ ..10_000 => write!(out, "{bytes} bytes"),
            bytes @ 10_000..10_000_000 => write!(out, "{:.1} KB", bytes as f64 / 1e3),
            bytes => write!(out, "{:.1} MB", bytes as f64 / 1e6),
        }
    }
}
