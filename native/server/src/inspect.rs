//! What a pack asks of the scheme: `sotto-server inspect`.

use std::{fmt, path::Path};

use lattice::{MatrixInfo, Scheme, SchemeInfo};
use serde_json::{Value, json};

use crate::{failure::Failure, hex, pack::Source};

/// The facts of a pack under a scheme.
pub struct Report {
    scheme: SchemeInfo,
    id: String,
    name: String,
    private: bool,
    matrices: Vec<(String, MatrixInfo, Lengths)>,
}

/// Bytes of messages for one row.
struct Lengths {
    request: usize,
    response: usize,
}

/// Checks the server's half of a pack against its hashes, and computes the bounds of its matrices anew.
pub fn inspect<S: Scheme>(directory: &Path) -> Result<Report, Failure> {
    let source = Source::open(directory)?;
    let mut matrices = Vec::with_capacity(source.manifest.matrices.len());
    for entry in &source.manifest.matrices {
        let weights = source.weights(entry)?;
        let refuse = |why: String| Failure::Data(format!("pack {}: {why}", directory.display()));
        let info =
            S::assess(&entry.name, entry.shape(), &weights).map_err(|error| refuse(error.to_string()))?;
        entry.compare(&info).map_err(refuse)?;
        let lengths = Lengths { request: S::request_len(&info, 1), response: S::response_len(&info, 1) };
        matrices.push((entry.name.clone(), info, lengths));
    }
    Ok(Report {
        scheme: S::info(),
        id: hex::encode(&source.id.0),
        name: source.manifest.name,
        private: source.manifest.private,
        matrices,
    })
}

impl Report {
    /// The report as one JSON object.
    pub fn json(&self) -> Value {
        let matrices: Vec<_> = self
            .matrices
            .iter()
            .map(|(name, info, lengths)| {
                json!({
                    "name": name,
                    "inputs": info.inputs,
                    "outputs": info.outputs,
                    "t": info.t,
                    "range_bound": info.range_bound,
                    "noise_log2": info.noise_log2,
                    "failure_log2": info.failure_log2,
                    "request_bytes": lengths.request,
                    "response_bytes": lengths.response,
                })
            })
            .collect();
        json!({
            "pack": self.id,
            "name": self.name,
            "private": self.private,
            "scheme": {
                "name": self.scheme.name,
                "n": self.scheme.n,
                "log2_q": self.scheme.log2_q,
                "log2_qp": self.scheme.log2_qp,
                "error_sigma": self.scheme.error_sigma,
            },
            "weights": self.weights(),
            "matrices": matrices,
        })
    }

    fn weights(&self) -> u64 {
        self.matrices.iter().map(|(_, info, _)| u64::from(info.inputs) * u64::from(info.outputs)).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let SchemeInfo { name, n, log2_q, log2_qp, error_sigma } = self.scheme;
        let private = if self.private { ", private weights" } else { "" };
        writeln!(out, "pack      {}{private}", self.name)?;
        writeln!(out, "id        {}", self.id)?;
        writeln!(
            out,
            "scheme    {name}: n = {n}, log2 q = {log2_q:.1}, log2 QP = {log2_qp:.1}, sigma = {error_sigma}"
        )?;
        writeln!(out, "weights   {}", self.weights())?;
        writeln!(out)?;
        writeln!(
            out,
            "{:<28} {:>14} {:>10} {:>12} {:>11} {:>13} {:>9} {:>9}",
            "matrix", "shape", "t", "range bound", "noise log2", "failure log2", "request", "response"
        )?;
        for (name, info, lengths) in &self.matrices {
            writeln!(
                out,
                "{name:<28} {:>14} {:>10} {:>12} {:>11.2} {:>13.1} {:>9} {:>9}",
                format!("{} -> {}", info.inputs, info.outputs),
                info.t,
                info.range_bound,
                info.noise_log2,
                info.failure_log2,
                lengths.request,
                lengths.response
            )?;
        }
        Ok(())
    }
}
