//! Where the time of a product goes, as the engine tells.

use crate::data::{Random, activations};
use crate::model::Held;
use crate::token::{Party, info};
use lattice::{Rlwe, Scheme, profile};
use rayon::ThreadPool;
use serde_json::{Value, json};
use std::error::Error;

/// Milliseconds that the engine spent in each step since the last call.
fn take() -> Vec<(&'static str, f64)> {
    profile::take().into_iter().map(|(step, ns)| (step.name(), ns as f64 / 1e6)).collect()
}

/// Steps of one row's product with `held` on the one thread of `single`: for each step the mean of `runs` products, in
/// milliseconds.
pub fn measure(
    party: &mut Party,
    held: &Held,
    runs: usize,
    single: &ThreadPool,
    random: &mut Random,
) -> Result<Value, Box<dyn Error>> {
    let mut sums: Vec<(&'static str, f64)> = Vec::new();
    for run in 0..=runs {
        let x = activations(random, held.shape.inputs);
        let counter = party.next_counter();
        let request = Rlwe::encrypt(&party.key, info(held), &x, 1, counter, random)?;
        take();
        single.install(|| Rlwe::multiply(&party.keys, &held.matrix, &request))?;
        let steps = take();
        if run == 0 {
            sums = steps.iter().map(|&(name, _)| (name, 0.0)).collect();
            continue;
        }
        for (sum, (_, ms)) in sums.iter_mut().zip(steps) {
            sum.1 += ms;
        }
    }
    let mean = |(name, ms): (&str, f64)| json!({ "name": name, "ms": ms / runs as f64 });
    Ok(sums.into_iter().map(mean).collect())
}
