//! What a pack asks of the scheme: `sotto-server inspect`.

use std::{fmt, path::Path};

use lattice::{
    MatrixInfo, RequestKind, Rlwe, Scheme as _, SchemeInfo,
    security::{Estimate, estimates},
};
use serde_json::{Value, json};

use crate::{failure::Failure, hex, pack::Source};

/// The facts of a pack under the scheme that encrypts.
pub struct Report {
    scheme: SchemeInfo,
    id: String,
    name: String,
    private: bool,
    matrices: Vec<MatrixReport>,
}

struct MatrixReport {
    name: String,
    info: MatrixInfo,
    /// Bytes of the encoded matrix.
    memory: usize,
    /// Bytes of its table for requests of many rows.
    many_rows: usize,
    /// Bytes of a request and a response of one row.
    request: usize,
    response: usize,
}

/// Checks the server's half of a pack against its hashes, and encodes its matrices one by one.
pub fn inspect(directory: &Path) -> Result<Report, Failure> {
    let source = Source::open(directory)?;
    let mut matrices = Vec::with_capacity(source.manifest.matrices.len());
    for entry in &source.manifest.matrices {
        let weights = source.weights(entry)?;
        let refuse = |why: String| Failure::Data(format!("pack {}: {why}", directory.display()));
        let encoded = Rlwe::encode_matrix(&entry.name, entry.shape(), &weights)
            .map_err(|error| refuse(error.to_string()))?;
        let info = Rlwe::matrix_info(&encoded).clone();
        entry.compare(&info).map_err(refuse)?;
        matrices.push(MatrixReport {
            name: entry.name.clone(),
            memory: Rlwe::matrix_memory(&encoded),
            many_rows: Rlwe::many_rows_bytes(&info),
            request: Rlwe::request_len(&info, RequestKind::Whole, 1),
            response: Rlwe::response_len(&info, RequestKind::Whole, 1),
            info,
        });
    }
    Ok(Report {
        scheme: Rlwe::info(),
        id: hex::encode(&source.id.0),
        name: source.manifest.name,
        private: source.manifest.private,
        matrices,
    })
}

impl Report {
    /// The report as one JSON object.
    pub fn json(&self) -> Value {
        let matrix = |matrix: &MatrixReport| {
            let info = &matrix.info;
            json!({
                "name": matrix.name,
                "inputs": info.inputs,
                "outputs": info.outputs,
                "t": info.t,
                "range_bound": info.range_bound,
                "noise_log2": info.noise_log2,
                "failure_log2": info.failure_log2,
                "memory_bytes": matrix.memory,
                "many_rows_memory_bytes": matrix.many_rows,
                "request_bytes": matrix.request,
                "response_bytes": matrix.response,
            })
        };
        let estimate = |estimate: Estimate| {
            json!({
                "samples": estimate.samples,
                "dimension": estimate.dimension,
                "log2_modulus": estimate.log2_modulus,
                "sigma": estimate.sigma,
                "standard_log2_modulus": estimate.standard_log2_modulus,
                "block_size": estimate.block_size,
                "core_svp_classical": estimate.core_svp_classical,
                "core_svp_quantum": estimate.core_svp_quantum,
                "standard_model": estimate.standard_model,
                "dual": {
                    "block_size": estimate.dual.block_size,
                    "core_svp_classical": estimate.dual.core_svp_classical,
                    "core_svp_quantum": estimate.dual.core_svp_quantum,
                    "standard_model": estimate.dual.standard_model,
                },
            })
        };
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
            "security": estimates().map(estimate),
            "weights": self.weights(),
            "memory_bytes": self.memory(),
            "many_rows_memory_bytes": self.many_rows(),
            "matrices": self.matrices.iter().map(matrix).collect::<Vec<_>>(),
        })
    }

    fn weights(&self) -> u64 {
        let count = |matrix: &MatrixReport| u64::from(matrix.info.inputs) * u64::from(matrix.info.outputs);
        self.matrices.iter().map(count).sum()
    }

    fn memory(&self) -> usize {
        self.matrices.iter().map(|matrix| matrix.memory).sum()
    }

    fn many_rows(&self) -> usize {
        self.matrices.iter().map(|matrix| matrix.many_rows).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MEBIBYTE: f64 = 1048576.0;
        let SchemeInfo { name, n, log2_q, log2_qp, error_sigma } = self.scheme;
        let private = if self.private { ", private weights" } else { "" };
        writeln!(out, "pack      {}{private}", self.name)?;
        writeln!(out, "id        {}", self.id)?;
        writeln!(
            out,
            "scheme    {name}: n = {n}, log2 q = {log2_q:.1}, log2 QP = {log2_qp:.1}, sigma = {error_sigma}"
        )?;
        let (memory, many_rows) = (self.memory() as f64 / MEBIBYTE, self.many_rows() as f64 / MEBIBYTE);
        writeln!(
            out,
            "weights   {}, {memory:.1} MiB in memory, and {many_rows:.1} MiB for fast requests of many rows",
            self.weights()
        )?;
        writeln!(out)?;
        writeln!(
            out,
            "{:<28} {:>9} {:>12} {:>6} {:>6} {:>10} {:>10} {:>10} {:>9}",
            "security of",
            "dimension",
            "log2 modulus",
            "sigma",
            "attack",
            "block size",
            "classical",
            "quantum",
            "standard"
        )?;
        for estimate in estimates() {
            let Estimate { samples, dimension, log2_modulus, sigma, dual, .. } = estimate;
            let Estimate { block_size, core_svp_classical, core_svp_quantum, standard_model, .. } = estimate;
            let primal = (block_size, core_svp_classical, core_svp_quantum, standard_model);
            let dual = (dual.block_size, dual.core_svp_classical, dual.core_svp_quantum, dual.standard_model);
            for (attack, (block_size, classical, quantum, standard)) in [("primal", primal), ("dual", dual)] {
                write!(out, "{samples:<28} {dimension:>9} {log2_modulus:>12.1} {sigma:>6.2} {attack:>6} ")?;
                writeln!(out, "{block_size:>10} {classical:>10.1} {quantum:>10.1} {standard:>9.1}")?;
            }
        }
        writeln!(out)?;
        writeln!(
            out,
            "{:<24} {:>14} {:>9} {:>11} {:>10} {:>12} {:>9} {:>8} {:>8}",
            "matrix", "shape", "t", "range bound", "noise log2", "failure log2", "MiB", "request", "response"
        )?;
        for MatrixReport { name, info, memory, request, response, .. } in &self.matrices {
            writeln!(
                out,
                "{name:<24} {:>14} {:>9} {:>11} {:>10.2} {:>12.1} {:>9.1} {request:>8} {response:>8}",
                format!("{} -> {}", info.inputs, info.outputs),
                info.t,
                info.range_bound,
                info.noise_log2,
                info.failure_log2,
                *memory as f64 / MEBIBYTE
            )?;
        }
        Ok(())
    }
}
