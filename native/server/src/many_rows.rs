//! Tables that make requests of many rows fast: built after the server has begun to serve, for as many matrices as there
//! is memory for.
//!
//! A request of many rows is answered without such a table too, which is then made for it and forgotten. The matrices of
//! a model are used in turn, so that giving one's table up for another's would gain nothing: the first ones have it.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::{backend::Backend, pack::Pack};

/// Memory where the system does not say how much is free, in bytes.
const DEFAULT_MEMORY: usize = 1 << 30;
/// The part of the free memory that tables may take unless the command line says how much.
const SHARE: usize = 4;

/// Memory that tables may take by default, in bytes: a part of what can be used without swapping.
pub fn default_memory() -> usize {
    free_memory().map_or(DEFAULT_MEMORY, |free| free / SHARE)
}

/// What Linux says can be used without swapping, in bytes.
fn free_memory() -> Option<usize> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<usize>().ok()?.checked_mul(1024)
}

/// Builds tables in `memory` bytes until `stopping`; to be called on a thread that may block.
pub fn hold<B: Backend>(packs: &[Arc<Pack<B>>], backend: &B, memory: usize, stopping: &CancellationToken) {
    let mut left = memory;
    for pack in packs {
        let taken = hold_in(pack.matrices.iter().map(|matrix| &matrix.encoded), backend, left, stopping);
        let (matrices, held, bytes) = (pack.matrices.len(), taken.len(), taken.iter().sum::<usize>());
        left -= bytes;
        info!(pack = pack.name, held, matrices, bytes, memory, "tables for requests of many rows");
    }
}

/// Bytes of the tables that were built.
fn hold_in<'a, B: Backend>(
    matrices: impl Iterator<Item = &'a B::Matrix>,
    backend: &B,
    memory: usize,
    stopping: &CancellationToken,
) -> Vec<usize> {
    let mut left = memory;
    let mut taken = Vec::new();
    for matrix in matrices.take_while(|_| !stopping.is_cancelled()) {
        let bytes = backend.hold_for_many_rows(matrix, left);
        if bytes > 0 {
            taken.push(bytes);
            left -= bytes;
        }
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::CpuBackend;
    use lattice::{Rlwe, Shape};

    #[test]
    fn tables_are_built_as_long_as_there_is_memory_and_no_end() {
        let backend = CpuBackend::<Rlwe>::new(2.try_into().unwrap()).unwrap();
        let matrix = |inputs, outputs| {
            let weights = vec![1; inputs * outputs];
            backend.encode_matrix("m", Shape { inputs, outputs }, &weights).unwrap()
        };
        let (large, small) = (matrix(300, 4), matrix(4, 4));
        let bytes = |matrix| Rlwe::many_rows_bytes(backend.matrix_info(matrix));
        let (matrices, both) = ([&large, &small], bytes(&large) + bytes(&small));
        let hold =
            |memory, stopping: &CancellationToken| hold_in(matrices.into_iter(), &backend, memory, stopping);
        let stopping = CancellationToken::new();
        assert!(hold(bytes(&small) - 1, &stopping).is_empty());
        assert_eq!(hold(both - 1, &stopping), [bytes(&large)]);
        assert_eq!(hold(both, &stopping), [bytes(&large), bytes(&small)]);
        stopping.cancel();
        assert!(hold(both, &stopping).is_empty());
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_default_is_a_part_of_the_free_memory() {
        let free = free_memory().unwrap();
        assert!(free > 1 << 20 && default_memory() < free);
    }
}
