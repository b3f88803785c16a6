//! Prints security estimates of the parameters in use as JSON.
//!
//! `cargo run -p lattice --release --example security`. The formulas and their sources are in the module
//! `lattice::security`.

use serde_json::json;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let round = |x: f64| (x * 100.0).round() / 100.0;
    let estimates: Vec<_> = lattice::security::estimates()
        .iter()
        .map(|e| {
            json!({
                "samples": e.samples,
                "dimension": e.dimension,
                "log2_modulus": round(e.log2_modulus),
                "sigma": round(e.sigma),
                "secret": "uniform ternary",
                "standard_128_bit_log2_modulus": round(e.standard_log2_modulus),
                "primal_attack": {
                    "block_size": e.block_size,
                    "lattice_dimension": e.lattice_dimension,
                    "core_svp_classical_bits": round(e.core_svp_classical),
                    "core_svp_quantum_bits": round(e.core_svp_quantum),
                    "standard_model_bits": round(e.standard_model),
                },
                "dual_attack": {
                    "block_size": e.dual.block_size,
                    "lattice_dimension": e.dual.lattice_dimension,
                    "core_svp_classical_bits": round(e.dual.core_svp_classical),
                    "core_svp_quantum_bits": round(e.dual.core_svp_quantum),
                    "standard_model_bits": round(e.dual.standard_model),
                },
            })
        })
        .collect();
    println!("{}", serde_json::to_string_pretty(&estimates)?);
    Ok(())
}
