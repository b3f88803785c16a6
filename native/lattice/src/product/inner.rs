//! Step 3: for every row and giant step the inner product of the matrix with the babies.

use super::COMPONENTS;
use super::babies::Babies;
use crate::automorphism::BABIES;
use crate::buffer::Scratch;
use crate::kernel::{self, LANES, TILE, TILES};
use crate::matrix::Table;
use crate::params::{LIMBS_Q, MODULI};
use crate::team::{Member, Results};
use std::sync::Arc;

/// Tiles of a task.
const RUN_TILES: usize = 16;
/// Words of a polynomial that a task computes, one after the other.
pub(super) const RUN: usize = RUN_TILES * LANES;
/// Runs of a limb.
pub(super) const RUNS: usize = TILES / RUN_TILES;
/// Words from one run to the next in what a task makes: not a power of two.
const RUN_STRIDE: usize = RUN + LANES;

/// Words of inputs that a task brings into order at a time: half of a second-level cache.
const GATHERED: usize = 1 << 16;

/// The inner products of all rows and giant steps.
pub(super) struct InnerProducts {
    giants: usize,
    /// `[limb][run]` of `[row][giant][component][word]`.
    runs: Arc<Results<Scratch>>,
}

/// The inner products of a table with the babies of `rows` rows.
pub(super) fn products(member: &mut Member, table: &Table, babies: &Babies, rows: usize) -> InnerProducts {
    let giants = table.giants;
    let inputs = table.ciphertexts * BABIES;
    let gathered = (GATHERED / (rows * inputs * TILE)).clamp(1, RUN_TILES);
    let runs = member.map(LIMBS_Q * RUNS, |task| {
        let (i, run) = (task / RUNS, task % RUNS);
        let mut out = Scratch::take(rows * giants * COMPONENTS * RUN_STRIDE);
        let mut tiles = Scratch::take(gathered * rows * inputs * TILE);
        for first in (0..RUN_TILES).step_by(gathered) {
            let count = gathered.min(RUN_TILES - first);
            gather(&mut tiles, babies, i, run * RUN_TILES + first, count);
            for (tile, inputs_of_rows) in tiles.chunks_exact(rows * inputs * TILE).take(count).enumerate() {
                let tile = first + tile;
                let factors = table.tile(i, run * RUN_TILES + tile);
                kernel::tile_products(
                    &mut out[tile * LANES..],
                    RUN_STRIDE,
                    factors,
                    inputs_of_rows,
                    inputs,
                    &MODULI[i],
                );
            }
        }
        out
    });
    InnerProducts { giants, runs }
}

/// Writes `count` tiles of limb i of all babies, from tile `first` on: `[tile][baby][component][lane]`.
fn gather(tiles: &mut [u32], babies: &Babies, i: usize, first: usize, count: usize) {
    let stride = babies.len() * TILE;
    for baby in 0..babies.len() {
        let limbs = babies.limbs(baby);
        for component in 0..COMPONENTS {
            let source = &limbs[component * LIMBS_Q + i][first * LANES..][..count * LANES];
            let targets = tiles[baby * TILE + component * LANES..].chunks_mut(stride);
            for (target, source) in targets.zip(source.as_chunks::<LANES>().0) {
                target[..LANES].copy_from_slice(source);
            }
        }
    }
}

impl InnerProducts {
    /// One run of a component of a row's inner product.
    pub(super) fn run(&self, i: usize, run: usize, row: usize, giant: usize, component: usize) -> &[u32] {
        let at = (row * self.giants + giant) * COMPONENTS + component;
        &self.runs[i * RUNS + run][at * RUN_STRIDE..][..RUN]
    }
}
