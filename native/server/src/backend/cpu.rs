//! Any scheme of `lattice` on a pool of threads.

use std::{
    fs::File,
    io::{self, Write},
    marker::PhantomData,
    num::NonZeroUsize,
};

use lattice::{
    FormatError, MatrixError, MatrixInfo, MultiplyError, OpenError, RequestKind, Scheme, SchemeInfo, Shape,
};
use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

use super::{Backend, Task};

/// Threads that one product keeps busy; more of them run products side by side.
const THREADS_PER_PRODUCT: usize = 4;

/// The scheme `S` on rayon pools.
pub struct CpuBackend<S> {
    pool: ThreadPool,
    /// For online requests, so that they wait for nothing that takes longer. Idle otherwise.
    online: ThreadPool,
    /// For keys, whose owner waits: products that follow each other would keep them out of a pool for as long as they come.
    keys: ThreadPool,
    scheme: PhantomData<fn() -> S>,
}

impl<S: Scheme> CpuBackend<S> {
    /// Pools of `threads` threads.
    pub fn new(threads: NonZeroUsize) -> Result<Self, ThreadPoolBuildError> {
        let pool = |name: &'static str| {
            let threads = ThreadPoolBuilder::new().num_threads(threads.get());
            threads.thread_name(move |index| format!("{name}-{index}")).build()
        };
        Ok(Self {
            pool: pool("multiply")?,
            online: pool("online")?,
            keys: pool("keys")?,
            scheme: PhantomData,
        })
    }
}

impl<S> Backend for CpuBackend<S>
where
    S: Scheme,
    S::EvaluationKeys: 'static,
    S::Matrix: 'static,
{
    type Keys = S::EvaluationKeys;
    type Matrix = S::Matrix;

    fn scheme(&self) -> SchemeInfo {
        S::info()
    }

    fn max_rows(&self) -> usize {
        S::MAX_ROWS
    }

    fn encode_matrix(&self, name: &str, shape: Shape, weights: &[i8]) -> Result<S::Matrix, MatrixError> {
        self.pool.install(|| S::encode_matrix(name, shape, weights))
    }

    fn hold_for_many_rows(&self, matrix: &S::Matrix, budget: usize) -> usize {
        self.pool.install(|| S::hold_for_many_rows(matrix, budget))
    }

    fn stored_len(&self, info: &MatrixInfo) -> usize {
        S::stored_len(info)
    }

    fn store_matrix(&self, matrix: &S::Matrix, to: &mut dyn Write) -> io::Result<()> {
        S::store_matrix(matrix, to)
    }

    fn open_matrix(
        &self,
        name: &str,
        shape: Shape,
        weights: &[i8],
        file: &File,
    ) -> Result<S::Matrix, OpenError> {
        self.pool.install(|| S::open_matrix(name, shape, weights, file))
    }

    fn matrix_info<'a>(&self, matrix: &'a S::Matrix) -> &'a MatrixInfo {
        S::matrix_info(matrix)
    }

    fn asked(&self, message: &[u8]) -> Option<(RequestKind, u32)> {
        S::asked(message)
    }

    fn request_len(&self, info: &MatrixInfo, kind: RequestKind, rows: usize) -> usize {
        S::request_len(info, kind, rows)
    }

    fn parse_keys(&self, bytes: &[u8]) -> Result<S::EvaluationKeys, FormatError> {
        self.keys.install(|| S::parse_evaluation_keys(bytes))
    }

    fn keys_memory(&self, keys: &S::EvaluationKeys) -> usize {
        S::evaluation_keys_memory(keys)
    }

    fn multiply(
        &self,
        keys: &S::EvaluationKeys,
        matrix: &S::Matrix,
        request: &[u8],
    ) -> Result<Vec<u8>, MultiplyError> {
        S::multiply(keys, matrix, request)
    }

    fn multiply_online(&self, matrix: &S::Matrix, request: &[u8]) -> Result<Vec<u8>, MultiplyError> {
        S::multiply_online(matrix, request)
    }

    fn slots(&self) -> usize {
        self.pool.current_num_threads().div_ceil(THREADS_PER_PRODUCT)
    }

    fn spawn(&self, task: Task) {
        self.pool.spawn(task);
    }

    fn spawn_online(&self, task: Task) {
        self.online.spawn(task);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lattice::InsecurePlaintext;
    use std::{
        sync::{Arc, mpsc},
        thread,
        time::Duration,
    };

    #[test]
    fn keys_are_read_while_products_take_every_thread() {
        let backend = Arc::new(CpuBackend::<InsecurePlaintext>::new(1.try_into().unwrap()).unwrap());
        let (go_on, wait) = mpsc::channel::<()>();
        backend.spawn(Box::new(move || wait.recv().unwrap_or(())));
        let keys = InsecurePlaintext::evaluation_keys(&InsecurePlaintext::secret_key(&[1; 32]));
        let (to, read) = mpsc::channel();
        let reader = backend.clone();
        thread::spawn(move || to.send(reader.parse_keys(&keys).is_ok()));
        assert_eq!(read.recv_timeout(Duration::from_secs(10)), Ok(true));
        drop(go_on);
    }
}
