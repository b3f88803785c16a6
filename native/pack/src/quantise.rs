//! Quantisation of matrices: 8 bits, one scale for each output.

use crate::checkpoint::{Channels, Checkpoint, Elements, Tensor};
use crate::error::Error;

/// Largest absolute value of a quantised weight.
const LARGEST: f32 = 127.0;

/// A matrix in 8 bits: `W[o][i] = weights[o * inputs + i] * scales[o]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Int8Matrix {
    /// Length of an input row.
    pub inputs: usize,
    /// Length of an output row.
    pub outputs: usize,
    /// `[outputs][inputs]`, each in -127..=127.
    pub weights: Vec<i8>,
    /// `[outputs]`
    pub scales: Vec<f32>,
}

impl Int8Matrix {
    /// The weights as ONNX's `MatMulInteger` wants them: `[inputs][outputs]`, zero point 128.
    pub fn input_major_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.weights.len()];
        for (output, row) in self.weights.chunks_exact(self.inputs.max(1)).enumerate() {
            for (input, &weight) in row.iter().enumerate() {
                bytes[input * self.outputs + output] = to_byte(weight);
            }
        }
        bytes
    }

    /// The weights as the server wants them: `[outputs][inputs]`, two's complement.
    pub fn output_major_bytes(&self) -> Vec<u8> {
        self.weights.iter().map(|&weight| weight.cast_unsigned()).collect()
    }
}

/// A weight with zero point 128.
fn to_byte(weight: i8) -> u8 {
    weight.cast_unsigned() ^ 0x80
}

/// Reads a matrix of a checkpoint, whatever its shape, and quantises it.
pub fn quantise_stored(checkpoint: &Checkpoint, name: &str, channels: Channels) -> Result<Int8Matrix, Error> {
    let shape = match checkpoint.shape(name) {
        Some(&[rows, columns]) => [rows, columns],
        // Reading fails, and says what is there instead.
        _ => [0, 0],
    };
    Ok(quantise(&checkpoint.matrix(name, shape, channels)?, channels))
}

/// Quantises a stored matrix. One that is stored in 8 bits stays as it is.
pub fn quantise(tensor: &Tensor, channels: Channels) -> Int8Matrix {
    let (rows, columns) = match tensor.shape[..] {
        [rows, columns] => (rows, columns),
        _ => (1, tensor.shape.iter().product()),
    };
    let (outputs, inputs) = match channels {
        Channels::First => (rows, columns),
        Channels::Last => (columns, rows),
    };
    match &tensor.elements {
        Elements::F32(values) => per_output(&output_major(values, inputs, outputs, channels), inputs),
        Elements::F16(values) => {
            let values: Vec<f32> = values.iter().map(|&value| value.into()).collect();
            per_output(&output_major(&values, inputs, outputs, channels), inputs)
        }
        Elements::Int8 { values, scales } => Int8Matrix {
            inputs,
            outputs,
            weights: output_major(values, inputs, outputs, channels),
            scales: scales.clone(),
        },
    }
}

/// Quantises finite weights `[outputs][inputs]`: `scale = max |w| / 127` of each output,
/// `round_half_even(w / scale)`.
pub fn per_output(weights: &[f32], inputs: usize) -> Int8Matrix {
    let rows = weights.chunks_exact(inputs.max(1));
    let outputs = rows.len();
    let mut quantised = Int8Matrix {
        inputs,
        outputs,
        weights: Vec::with_capacity(weights.len()),
        scales: Vec::with_capacity(outputs),
    };
    for row in rows {
        let scale = row.iter().fold(0.0, |largest: f32, weight| largest.max(weight.abs())) / LARGEST;
        quantised.scales.push(scale);
        // A row of zeros, or of numbers too small to divide, has no scale, and is zero.
        let step = |&weight: &f32| match scale {
            0.0 => 0,
            _ => (weight / scale).round_ties_even().clamp(-LARGEST, LARGEST) as i8,
        };
        quantised.weights.extend(row.iter().map(step));
    }
    quantised
}

fn output_major<T: Copy>(values: &[T], inputs: usize, outputs: usize, channels: Channels) -> Vec<T> {
    match channels {
        Channels::First => values.to_vec(),
        Channels::Last => (0..outputs)
            .flat_map(|output| (0..inputs).map(move |input| values[input * outputs + output]))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// No weight moves by more than half a step (and a rounding), and the largest uses the whole range.
        #[test]
        fn weights_stay_within_half_a_step(
            rows in proptest::collection::vec(proptest::collection::vec(-1e3f32..1e3, 7), 1..6),
            exponent in -20i32..20,
        ) {
            let factor = 2f32.powi(exponent);
            let weights: Vec<f32> = rows.iter().flatten().map(|weight| weight * factor).collect();
            let matrix = per_output(&weights, 7);
            prop_assert_eq!(matrix.outputs, rows.len());
            for (o, row) in weights.chunks(7).enumerate() {
                let steps = &matrix.weights[o * 7..][..7];
                let scale = matrix.scales[o];
                prop_assert!(steps.iter().all(|&step| step >= -127));
                if scale > 0.0 {
                    prop_assert!(steps.iter().any(|&step| step.abs() == 127));
                }
                for (&weight, &step) in row.iter().zip(steps) {
                    prop_assert!((weight - f32::from(step) * scale).abs() <= scale * 0.50002);
                }
            }
        }

        /// Quantising what was quantised changes nothing.
        #[test]
        fn quantising_twice_is_quantising_once(
            steps in proptest::collection::vec(-127i8..=127, 12),
            scale in 1e-6f32..1e3,
        ) {
            let mut steps = steps;
            steps[0] = 127;
            steps[6] = -127;
            let weights: Vec<f32> = steps.iter().map(|&step| f32::from(step) * scale).collect();
            prop_assert_eq!(per_output(&weights, 6).weights, steps);
        }

        /// Both stored forms of a matrix give the same result, and both outgoing ones hold the same numbers.
        #[test]
        fn orientation_does_not_matter(weights in proptest::collection::vec(-10f32..10.0, 15)) {
            let (inputs, outputs) = (5, 3);
            let transposed: Vec<f32> =
                (0..15).map(|index| weights[index % outputs * inputs + index / outputs]).collect();
            let tensor = |shape: [usize; 2], values: &[f32]| Tensor {
                name: "w".into(),
                shape: shape.to_vec(),
                elements: Elements::F32(values.to_vec()),
            };
            let first = quantise(&tensor([outputs, inputs], &weights), Channels::First);
            let last = quantise(&tensor([inputs, outputs], &transposed), Channels::Last);
            prop_assert_eq!(&first, &last);
            let (output_major, input_major) = (first.output_major_bytes(), first.input_major_bytes());
            for o in 0..outputs {
                for i in 0..inputs {
                    let weight = output_major[o * inputs + i].cast_signed();
                    prop_assert_eq!(i32::from(input_major[i * outputs + o]) - 128, i32::from(weight));
                }
            }
        }
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        let matrix = per_output(&[127.0, 0.5, 1.5, 2.5, -0.5, -1.5], 6);
        assert_eq!(matrix.weights, [127, 0, 2, 2, 0, -2]);
    }

    #[test]
    fn tiny_rows_are_zero() {
        let matrix = per_output(&[0.0, 0.0, 1e-45, -1e-45, f32::MAX, f32::MIN], 2);
        assert_eq!(matrix.weights, [0, 0, 0, 0, 127, -127]);
        assert_eq!(matrix.scales[0], 0.0);
    }
}
