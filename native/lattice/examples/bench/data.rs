//! Weights and rows to multiply, and the integer products that they must give.

use lattice::Shape;
use rand_core::{Rng, SeedableRng};
use rayon::prelude::*;

/// The generator of everything random here. Its seeds are fixed: two runs measure the same matrices.
pub type Random = chacha20::ChaCha20Rng;

/// The generator number `seed`.
pub fn random(seed: u64) -> Random {
    Random::seed_from_u64(seed)
}

/// Standard deviation of the weights: typical of scaling by the largest absolute value of a channel.
pub const WEIGHT_SIGMA: f64 = 32.0;

/// Draws rounded normal weights of standard deviation [`WEIGHT_SIGMA`], clipped to -127..=127.
pub struct Weights {
    /// The weight of every quantile, in steps of 2^-16.
    quantiles: Vec<i8>,
}

impl Weights {
    /// Tabulates the distribution.
    pub fn new() -> Self {
        // The density summed over 16 points of the interval that rounds to each weight.
        let density = |k: f64| -> f64 {
            (0..16)
                .map(|i| k + (f64::from(i) - 7.5) / 16.0)
                .map(|x| (-(x / WEIGHT_SIGMA).powi(2) / 2.0).exp())
                .sum()
        };
        let masses: Vec<f64> = (-512..=512).map(|k| density(f64::from(k))).collect();
        let total: f64 = masses.iter().sum();
        let mut quantiles = Vec::with_capacity(1 << 16);
        let mut sum = 0.0;
        for (k, mass) in (-512i32..=512).zip(masses) {
            sum += mass;
            let end = (sum / total * 65536.0).round() as usize;
            quantiles.resize(end.max(quantiles.len()), k.clamp(-127, 127) as i8);
        }
        quantiles.resize(1 << 16, 127);
        Self { quantiles }
    }

    /// A matrix, `[outputs][inputs]`, that `seed` determines.
    pub fn draw(&self, shape: Shape, seed: u64) -> Vec<i8> {
        let mut bytes = vec![0; 2 * shape.inputs * shape.outputs];
        random(seed).fill_bytes(&mut bytes);
        let (pairs, _) = bytes.as_chunks();
        pairs.iter().map(|&pair| self.quantiles[usize::from(u16::from_le_bytes(pair))]).collect()
    }
}

/// `count` values uniform in -127..=127.
pub fn activations(random: &mut Random, count: usize) -> Vec<i8> {
    (0..count).map(|_| ((random.next_u32() % 255) as i32 - 127) as i8).collect()
}

/// How many of the outputs `y` (`[rows][outputs]`) are not the products of `x` (`[rows][inputs]`) with `weights`.
pub fn wrong(shape: Shape, weights: &[i8], x: &[i8], y: &[i32]) -> usize {
    let dot = |w: &[i8], x: &[i8]| w.iter().zip(x).map(|(&w, &x)| i32::from(w) * i32::from(x)).sum::<i32>();
    weights
        .par_chunks_exact(shape.inputs)
        .enumerate()
        .map(|(o, w)| {
            let rows = x.chunks_exact(shape.inputs).zip(y.chunks_exact(shape.outputs));
            rows.filter(|(x, y)| dot(w, x) != y[o]).count()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_have_the_stated_moments() {
        let shape = Shape { inputs: 1000, outputs: 1000 };
        let weights = Weights::new().draw(shape, 1);
        let mean = |f: fn(f64) -> f64| weights.iter().map(|&w| f(w.into())).sum::<f64>() / 1e6;
        assert!(mean(|w| w).abs() < 0.2);
        assert!((mean(|w| w * w).sqrt() - WEIGHT_SIGMA).abs() < 0.2);
        assert!(weights.iter().all(|&w| w >= -127));
    }

    #[test]
    fn a_wrong_output_is_counted() {
        let shape = Shape { inputs: 2, outputs: 2 };
        let (weights, x) = ([1, 2, 3, -127], [5, -6, 0, 127]);
        assert_eq!(wrong(shape, &weights, &x, &[-7, 777, 254, -16129]), 0);
        assert_eq!(wrong(shape, &weights, &x, &[-7, 778, 254, 0]), 2);
    }
}
