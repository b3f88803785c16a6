//! Times and sizes of encrypted products with matrices of GPT-2's shapes, as JSON.
//!
//! `cargo run -p lattice --release --example bench -- [--threads N] [--rows N] [--repeat N]`
//!
//! Times are the least of `repeat` runs on one machine, in milliseconds; `wrong` counts outputs that differ from the
//! integer product.

use lattice::{MatrixInfo, Rlwe, Scheme, Shape};
use rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::error::Error;
use std::time::Instant;

type Random = chacha20::ChaCha20Rng;

/// Name, shape, and number in GPT-2's attention.
const SHAPES: [(&str, Shape); 4] = [
    ("attention qkv", Shape { inputs: 768, outputs: 2304 }),
    ("attention out", Shape { inputs: 768, outputs: 768 }),
    ("mlp fc", Shape { inputs: 768, outputs: 3072 }),
    ("mlp proj", Shape { inputs: 3072, outputs: 768 }),
];

/// Layers of GPT-2 small.
const LAYERS: f64 = 12.0;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let option = |name: &str, default: usize| -> Result<usize, Box<dyn Error>> {
        match arguments.iter().position(|a| a == name) {
            Some(i) => Ok(arguments.get(i + 1).ok_or("an option lacks its value")?.parse()?),
            None => Ok(default),
        }
    };
    let (threads, rows, repeat) = (option("--threads", 2)?, option("--rows", 1)?, option("--repeat", 5)?);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global()?;

    let mut random = Random::seed_from_u64(1);
    let (key_ms, key) = least(1, || Rlwe::secret_key(&[1; 32]));
    let (serialize_ms, serialized) = least(1, || Rlwe::evaluation_keys(&key));
    let (parse_ms, keys) = least(1, || Rlwe::parse_evaluation_keys(&serialized));
    let keys = keys?;
    let mut matrices = Vec::new();
    let mut attention = 0.0;
    for (name, shape) in SHAPES {
        let weights = weights(&mut random, shape.inputs * shape.outputs);
        let (encode_ms, matrix) = least(1, || Rlwe::encode_matrix(name, shape, &weights));
        let matrix = matrix?;
        let info: &MatrixInfo = Rlwe::matrix_info(&matrix);
        let x: Vec<i8> = (0..rows * shape.inputs)
            .map(|_| (random.next_u32() % 255) as u8 as i8)
            .map(|x| x.max(-127))
            .collect();
        let (encrypt_ms, request) = least(repeat, || Rlwe::encrypt(&key, info, &x, rows, 0, &mut random));
        let request = request?;
        let _ = lattice::profile::take();
        let (multiply_ms, response) = least(repeat, || Rlwe::multiply(&keys, &matrix, &request));
        let response = response?;
        let steps: serde_json::Map<String, Value> = lattice::profile::take()
            .into_iter()
            .map(|(step, ns)| (step.name().to_owned(), json!(ns as f64 / 1e6 / repeat as f64)))
            .collect();
        let (decrypt_ms, y) = least(repeat, || Rlwe::decrypt(&key, info, &response, rows));
        if name.starts_with("attention") {
            attention += LAYERS * multiply_ms;
        }
        matrices.push(json!({
            "matrix": name, "inputs": shape.inputs, "outputs": shape.outputs, "rows": rows,
            "t": info.t, "noise_log2": info.noise_log2, "failure_log2": info.failure_log2,
            "encode_ms": encode_ms, "encrypt_ms": encrypt_ms, "multiply_ms": multiply_ms, "decrypt_ms": decrypt_ms,
            "step_ms": steps, "matrix_memory": Rlwe::matrix_memory(&matrix), "request_bytes": request.len(), "response_bytes": response.len(),
            "wrong": wrong(shape, &weights, &x, &y?),
        }));
    }
    let report: Value = json!({
        "threads": threads,
        "secret_key_ms": key_ms,
        "evaluation_keys_ms": serialize_ms,
        "evaluation_keys_bytes": serialized.len(),
        "evaluation_keys_memory": Rlwe::evaluation_keys_memory(&keys),
        "parse_evaluation_keys_ms": parse_ms,
        "matrices": matrices,
        "gpt2_attention_multiply_ms": attention,
    });
    println!("{}", serde_json::to_string_pretty(&report)?);
    Ok(())
}

/// The least time of `repeat` runs in milliseconds, and the last result.
fn least<T>(repeat: usize, mut run: impl FnMut() -> T) -> (f64, T) {
    let mut timed = || {
        let start = Instant::now();
        let result = run();
        (start.elapsed().as_secs_f64() * 1e3, result)
    };
    let mut best = timed();
    for _ in 1..repeat {
        let next = timed();
        best = (best.0.min(next.0), next.1);
    }
    ((best.0 * 1e3).round() / 1e3, best.1)
}

/// Rounded normal weights of standard deviation 32, clipped: typical of scaling by the largest of a channel.
fn weights(random: &mut Random, count: usize) -> Vec<i8> {
    (0..count)
        .map(|_| {
            let sum: f64 = (0..12).map(|_| f64::from(random.next_u32()) / f64::from(u32::MAX) - 0.5).sum();
            (32.0 * sum).round().clamp(-127.0, 127.0) as i8
        })
        .collect()
}

/// Outputs that are not the integer products.
fn wrong(shape: Shape, weights: &[i8], x: &[i8], y: &[i32]) -> usize {
    let products = x.chunks_exact(shape.inputs).flat_map(|x| {
        weights
            .chunks_exact(shape.inputs)
            .map(move |w| w.iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum::<i32>())
    });
    products.zip(y).filter(|(a, b)| a != *b).count()
}
