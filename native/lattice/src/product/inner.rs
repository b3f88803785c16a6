//! Step 3: for every row and giant step the inner product of the matrix with the babies.

use super::COMPONENTS;
use super::babies::Babies;
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

/// Babies in the order in which inner products read them.
pub(crate) struct Tiles {
    /// Words of a tile of all babies of all rows.
    words: usize,
    /// `[limb][run]` of `[tile][row][ciphertext][baby][component][lane]`.
    runs: Arc<Results<Scratch>>,
}

impl Tiles {
    pub(super) fn new(member: &mut Member, babies: &Babies) -> Self {
        let words = babies.len() * TILE;
        let runs = member.map(LIMBS_Q * RUNS, |task| gather(babies, task / RUNS, task % RUNS));
        Self { words, runs }
    }

    /// One tile of a run.
    fn tile(&self, limb: usize, run: usize, tile: usize) -> &[u32] {
        &self.runs[limb * RUNS + run][tile * self.words..][..self.words]
    }
}

/// The inner products of all rows and giant steps.
pub(super) struct InnerProducts {
    giants: usize,
    /// `[limb][run]` of `[row][giant][component][word]`.
    runs: Arc<Results<Scratch>>,
}

/// The inner products of a table with the babies of `rows` rows.
pub(super) fn products(member: &mut Member, table: &Table, tiles: &Tiles, rows: usize) -> InnerProducts {
    let giants = table.giants;
    let inputs = table.ciphertexts * table.babies();
    let runs = member.map(LIMBS_Q * RUNS, |task| {
        let (i, run) = (task / RUNS, task % RUNS);
        let mut out = Scratch::take(rows * giants * COMPONENTS * RUN_STRIDE);
        for tile in 0..RUN_TILES {
            kernel::tile_products(
                &mut out[tile * LANES..],
                RUN_STRIDE,
                table.tile(i, run * RUN_TILES + tile),
                tiles.tile(i, run, tile),
                inputs,
                &MODULI[i],
            );
        }
        out
    });
    InnerProducts { giants, runs }
}

/// A run of limb i of all babies: `[tile][baby][component][lane]`.
fn gather(babies: &Babies, i: usize, run: usize) -> Scratch {
    let stride = babies.len() * TILE;
    let mut tiles = Scratch::take(RUN_TILES * stride);
    for baby in 0..babies.len() {
        let limbs = babies.limbs(baby);
        for component in 0..COMPONENTS {
            let source = &limbs[component * LIMBS_Q + i][run * RUN..][..RUN];
            let targets = tiles[baby * TILE + component * LANES..].chunks_mut(stride);
            for (target, source) in targets.zip(source.as_chunks::<LANES>().0) {
                target[..LANES].copy_from_slice(source);
            }
        }
    }
    tiles
}

impl InnerProducts {
    /// One run of a component of a row's inner product.
    pub(super) fn run(&self, i: usize, run: usize, row: usize, giant: usize, component: usize) -> &[u32] {
        let at = (row * self.giants + giant) * COMPONENTS + component;
        &self.runs[i * RUNS + run][at * RUN_STRIDE..][..RUN]
    }
}
