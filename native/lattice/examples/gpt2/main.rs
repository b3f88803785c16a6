//! Bounds of GPT-2's attention matrices, as JSON, from a checkpoint in safetensors form with Hugging Face's names.
//!
//! `cargo run -p lattice --release --example gpt2 -- model.safetensors [--products]`
//!
//! Weights are rounded to int8 with one scale for every output (the largest absolute value becomes 127). With
//! `--products` every matrix also multiplies one random encrypted row, and `wrong` counts outputs that differ from the
//! integer product.

mod checkpoint;

use checkpoint::attention;
use lattice::{RequestKind, Rlwe, Scheme};
use rand_core::{Rng, SeedableRng};
use safetensors::SafeTensors;
use serde_json::json;
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("give the path of a model.safetensors")?;
    let products = std::env::args().any(|a| a == "--products");
    let bytes = std::fs::read(path)?;
    let model = SafeTensors::deserialize(&bytes)?;
    let mut random = chacha20::ChaCha20Rng::seed_from_u64(1);
    let key = Rlwe::secret_key(&[1; 32]);
    let keys = Rlwe::parse_evaluation_keys(&Rlwe::evaluation_keys(&key))?;
    let mut report = Vec::new();
    for matrix in attention(&model) {
        let (name, shape, weights) = matrix?;
        let info = Rlwe::assess(&name, shape, &weights)?;
        let mut line = json!({
            "matrix": name, "inputs": info.inputs, "outputs": info.outputs, "t": info.t,
            "range_bound_log2": (info.range_bound as f64).log2(), "noise_log2": info.noise_log2,
            "failure_log2": info.failure_log2,
            "request_bytes": Rlwe::request_len(&info, RequestKind::Whole, 1), "response_bytes": Rlwe::response_len(&info, RequestKind::Whole, 1),
        });
        if products {
            let x: Vec<i8> =
                (0..shape.inputs).map(|_| ((random.next_u32() % 255) as i32 - 127) as i8).collect();
            let matrix = Rlwe::encode_matrix(&name, shape, &weights)?;
            let request = Rlwe::encrypt(&key, &info, &x, 1, 0, &mut random)?;
            let y = Rlwe::decrypt(&key, &info, &Rlwe::multiply(&keys, &matrix, &request)?, 1)?;
            let dot = |w: &[i8]| w.iter().zip(&x).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum::<i32>();
            let wrong = weights.chunks_exact(shape.inputs).zip(y).filter(|(w, y)| dot(w) != *y).count();
            line["wrong"] = wrong.into();
        }
        report.push(line);
    }
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}
