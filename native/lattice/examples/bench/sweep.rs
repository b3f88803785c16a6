//! Times of one matrix over its inputs and outputs, with enough distinct copies that its weights come from memory.

use crate::data::Weights;
use crate::floor::Speeds;
use crate::model::Held;
use crate::token::{Party, median, work};
use lattice::Shape;
use rayon::ThreadPool;
use serde_json::{Value, json};
use std::error::Error;

/// Input lengths, with [`OUTPUTS`]`[2]` outputs.
pub const INPUTS: [usize; 7] = [256, 512, 768, 1024, 2048, 3072, 4096];
/// Output lengths, with [`INPUTS`]`[2]` inputs.
pub const OUTPUTS: [usize; 7] = [256, 512, 768, 1536, 2304, 3072, 4096];

/// Bytes of weights that the copies of a matrix hold: several times the last-level cache of a desktop.
const BYTES: usize = 96 << 20;

/// One row through a matrix of `shape`: median, least and greatest milliseconds over `runs` rounds through the copies.
pub fn measure(
    party: &mut Party,
    weights: &Weights,
    shape: Shape,
    runs: usize,
    pools: (&ThreadPool, &ThreadPool),
    speeds: &Speeds,
) -> Result<Value, Box<dyn Error>> {
    let mut held = vec![Held::new(weights, "sweep", 0, shape, 1)?];
    let copies = (BYTES / held.iter().map(|one| one.memory).sum::<usize>()).clamp(2, 48);
    for copy in 1..copies {
        held.push(Held::new(weights, "sweep", 0, shape, 1 + copy as u64)?);
    }
    party.run(&held, &[], 1, pools.0, pools.1)?;
    let mut times = Vec::with_capacity(runs);
    for _ in 0..runs {
        times.push(party.run(&held, &[], 1, pools.0, pools.1)?.server.iter().sum::<f64>() / copies as f64);
    }
    let floor = work(held.iter().take(1), 1).map(|work| 1e3 * speeds.floor(work));
    let memory: usize = held.iter().take(1).map(|one| one.memory).sum();
    Ok(json!({
        "inputs": shape.inputs, "outputs": shape.outputs, "rows": 1, "threads": speeds.threads,
        "copies": copies, "memory_bytes": memory, "median": median(times.iter().copied()),
        "min": times.iter().copied().fold(f64::INFINITY, f64::min),
        "max": times.iter().copied().fold(0.0, f64::max),
        "runs": runs, "floor": floor,
    }))
}
