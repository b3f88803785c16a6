//! Tables that make requests of many rows fast: built after the server has begun to serve, for as many matrices as there
//! is memory for, when nobody asks for anything: building one takes all processors for a while.
//!
//! A request of many rows is answered without such a table too, which is then made for it and forgotten. The matrices of
//! a model are used in turn, so that giving one's table up for another's would gain nothing: the first ones have it.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::{backend::Backend, free_memory::free_memory, pack::Pack};

/// Memory where the system does not say how much is free, in bytes.
const DEFAULT_MEMORY: usize = 1 << 30;
/// The part of the free memory that tables may take unless the command line says how much.
const SHARE: usize = 4;

/// Memory that tables may take by default, in bytes: a part of what can be taken without swapping.
pub fn default_memory() -> usize {
    free_memory().map_or(DEFAULT_MEMORY, |free| free / SHARE)
}

/// When tables are built.
pub struct Pause {
    /// So long there was no request: longer than a client takes between two products of an answer.
    pub quiet: Duration,
    /// A table waits no longer for that: a server that is never quiet needs tables most.
    pub most: Duration,
}

/// How often [`Pause::wait`] looks.
const LOOK: Duration = Duration::from_millis(20);

impl Default for Pause {
    fn default() -> Self {
        Self { quiet: Duration::from_millis(150), most: Duration::from_secs(2) }
    }
}

impl Pause {
    /// Waits for a pause between requests, which `quiet` measures, or for `stopping`.
    fn wait(&self, quiet: impl Fn() -> Option<Duration>, stopping: &CancellationToken) {
        let end = Instant::now() + self.most;
        while quiet().is_none_or(|quiet| quiet < self.quiet)
            && !stopping.is_cancelled()
            && Instant::now() < end
        {
            thread::sleep(LOOK);
        }
    }
}

/// Builds tables in `memory` bytes until `stopping`, in pauses between requests, which `quiet` measures
/// ([`Scheduler::quiet`](crate::schedule::Scheduler::quiet)); to be called on a thread that may block.
pub fn hold<B: Backend>(
    packs: &[Arc<Pack<B>>],
    backend: &B,
    memory: usize,
    quiet: impl Fn() -> Option<Duration>,
    stopping: &CancellationToken,
) {
    let pause = Pause::default();
    let mut left = memory;
    for pack in packs {
        let matrices = pack.matrices.iter().map(|matrix| &matrix.encoded);
        let paused = matrices.inspect(|_| pause.wait(&quiet, stopping));
        let taken = hold_in(paused, backend, left, stopping);
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
    fn a_pause_is_waited_for_and_not_for_ever() {
        let stopping = CancellationToken::new();
        let never = Duration::from_secs(3600);
        // Quiet for long enough, or not in time: each returns, the second when it has waited.
        Pause { quiet: never, most: never }.wait(|| Some(never), &stopping);
        let began = Instant::now();
        let most = Duration::from_millis(50);
        Pause { quiet: never, most }.wait(|| None, &stopping);
        assert!(began.elapsed() >= most);
        let looks = std::cell::Cell::new(0);
        let quiet_later = || {
            looks.set(looks.get() + 1);
            (looks.get() > 2).then_some(never)
        };
        Pause { quiet: never, most: never }.wait(quiet_later, &stopping);
        assert_eq!(looks.get(), 3);
        stopping.cancel();
        Pause { quiet: never, most: never }.wait(|| None, &stopping);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn the_default_is_a_part_of_the_free_memory() {
        let free = free_memory().unwrap();
        assert!(free > 1 << 20 && default_memory() < free);
    }
}
