//! The linear layers of two models, encoded and held at once, so that a product's weights come from memory.

use crate::data::Weights;
use lattice::{MatrixError, OpenError, Rlwe, Scheme, Shape};
use std::fs::File;
use std::path::Path;
use std::time::Instant;

/// The linear layers of one transformer layer, and how often they occur.
pub struct Model {
    /// The prefix of its rows.
    pub name: &'static str,
    /// Layers.
    pub layers: usize,
    /// Matrices of a layer in the order of their use; the first two are the attention's.
    pub matrices: [(&'static str, Shape); 4],
}

/// GPT-2 small.
pub const GPT2: Model = Model {
    name: "gpt2",
    layers: 12,
    matrices: [
        ("qkv", Shape { inputs: 768, outputs: 2304 }),
        ("out", Shape { inputs: 768, outputs: 768 }),
        ("fc", Shape { inputs: 768, outputs: 3072 }),
        ("proj", Shape { inputs: 3072, outputs: 768 }),
    ],
};

/// Llama 3.2 1B: query, key and value with grouped heads; gate and up in one matrix.
pub const LLAMA1B: Model = Model {
    name: "llama1b",
    layers: 16,
    matrices: [
        ("qkv", Shape { inputs: 2048, outputs: 3072 }),
        ("out", Shape { inputs: 2048, outputs: 2048 }),
        ("gate-up", Shape { inputs: 2048, outputs: 16384 }),
        ("down", Shape { inputs: 8192, outputs: 2048 }),
    ],
};

/// Matrices of a layer that belong to the attention.
pub const ATTENTION: usize = 2;

/// One encoded matrix.
pub struct Held {
    /// Its place in the layer.
    pub part: usize,
    /// Its shape.
    pub shape: Shape,
    /// Row-major, `[outputs][inputs]`.
    pub weights: Vec<i8>,
    /// The weights in evaluation form.
    pub matrix: <Rlwe as Scheme>::Matrix,
    /// Bytes that it holds, tables for many rows aside.
    pub memory: usize,
    /// Milliseconds that the encoding or opening took.
    pub encode_ms: f64,
}

impl Held {
    /// Draws and encodes a matrix.
    pub fn new(
        weights: &Weights,
        name: &str,
        part: usize,
        shape: Shape,
        seed: u64,
    ) -> Result<Self, MatrixError> {
        let weights = weights.draw(shape, seed);
        let start = Instant::now();
        let matrix = Rlwe::encode_matrix(name, shape, &weights)?;
        let encode_ms = start.elapsed().as_secs_f64() * 1e3;
        let memory = Rlwe::matrix_memory(&matrix);
        Ok(Self { part, shape, weights, matrix, memory, encode_ms })
    }

    /// The same matrix, from the file in which it is stored.
    pub fn open(one: &Self, file: &Path) -> Result<Self, OpenError> {
        let start = Instant::now();
        let matrix = Rlwe::open_matrix("", one.shape, &one.weights, &File::open(file)?)?;
        let encode_ms = start.elapsed().as_secs_f64() * 1e3;
        let weights = one.weights.clone();
        Ok(Self { matrix, encode_ms, weights, ..*one })
    }
}

/// The matrices of one layer of `model`; `layer` makes them distinct.
pub fn hold_layer(model: &Model, weights: &Weights, layer: usize) -> Result<Vec<Held>, MatrixError> {
    let parts = model.matrices.iter().enumerate();
    parts
        .map(|(part, &(name, shape))| {
            let name = format!("{}.{layer}.{name}", model.name);
            Held::new(weights, &name, part, shape, (1000 * (1 + layer) + 10 * part + model.layers) as u64)
        })
        .collect()
}
