//! GPT-2's attention matrices in a checkpoint in safetensors form with Hugging Face's names.

use lattice::Shape;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::error::Error;

/// Layers of GPT-2 small.
pub const LAYERS: usize = 12;

/// Name, shape and int8 weights (row-major, `[outputs][inputs]`) of every attention matrix, layer after layer.
///
/// Weights are rounded with one scale for every output: the largest absolute value becomes 127.
pub fn attention(
    model: &SafeTensors,
) -> impl Iterator<Item = Result<(String, Shape, Vec<i8>), Box<dyn Error>>> {
    let parts = |layer| ["c_attn", "c_proj"].map(|part| format!("h.{layer}.attn.{part}"));
    (0..LAYERS).flat_map(parts).map(|name| {
        let suffix = format!("{name}.weight");
        let found = model.names().into_iter().find(|tensor| tensor.ends_with(&suffix));
        let (shape, weights) = quantise(&model.tensor(found.ok_or("a matrix is missing")?)?)?;
        Ok((name, shape, weights))
    })
}

/// Int8 weights `[outputs][inputs]` of a matrix that is stored as `[inputs][outputs]`.
fn quantise(tensor: &TensorView) -> Result<(Shape, Vec<i8>), Box<dyn Error>> {
    let &[inputs, outputs] = tensor.shape() else { return Err("a weight is not a matrix".into()) };
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::F16 => {
            tensor.data().as_chunks().0.iter().map(|&b| half::f16::from_le_bytes(b).to_f32()).collect()
        }
        Dtype::F32 => tensor.data().as_chunks().0.iter().map(|&b| f32::from_le_bytes(b)).collect(),
        _ => return Err("weights are neither float16 nor float32".into()),
    };
    let mut weights = vec![0; inputs * outputs];
    for (o, row) in weights.chunks_exact_mut(inputs).enumerate() {
        let column = || values.iter().skip(o).step_by(outputs);
        let scale = 127.0 / column().fold(f32::MIN_POSITIVE, |largest, x| largest.max(x.abs()));
        for (w, x) in row.iter_mut().zip(column()) {
            *w = (x * scale).round() as i8;
        }
    }
    Ok((Shape { inputs, outputs }, weights))
}
