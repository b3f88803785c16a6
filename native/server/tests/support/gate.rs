//! A backend whose products wait until the test lets them pass.

use std::{
    fs::File,
    io::{self, Write},
    sync::{Arc, Condvar, Mutex},
};

use lattice::{
    FormatError, InsecurePlaintext, MatrixError, MatrixInfo, MultiplyError, OpenError, RequestKind, Scheme,
    SchemeInfo, Shape,
};
use sotto_server::backend::{Backend, Task};

use super::{Plain, plain};

pub struct Gated {
    inner: Arc<Plain>,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// Products that may pass.
    passes: usize,
    /// Products that began.
    begun: usize,
    /// Whether the next product panics.
    defect: bool,
    /// Tasks of online requests, while they are held back.
    online: Option<Vec<Task>>,
    /// Online products that began.
    online_begun: usize,
}

impl Gated {
    pub fn closed() -> Arc<Self> {
        Arc::new(Self { inner: plain(), state: Mutex::default(), changed: Condvar::new() })
    }

    /// Lets `count` more products pass.
    pub fn pass(&self, count: usize) {
        self.state.lock().unwrap().passes += count;
        self.changed.notify_all();
    }

    /// Makes the next product panic.
    pub fn break_next(&self) {
        self.state.lock().unwrap().defect = true;
    }

    /// Holds tasks of online requests back.
    pub fn hold_online(&self) {
        self.state.lock().unwrap().online = Some(Vec::new());
    }

    /// How many of them are held.
    pub fn online_held(&self) -> usize {
        self.state.lock().unwrap().online.as_ref().map_or(0, Vec::len)
    }

    /// Lets them go.
    pub fn release_online(&self) {
        let held = self.state.lock().unwrap().online.take();
        held.into_iter().flatten().for_each(|task| self.inner.spawn_online(task));
    }

    pub fn online_begun(&self) -> usize {
        self.state.lock().unwrap().online_begun
    }

    pub fn begun(&self) -> usize {
        self.state.lock().unwrap().begun
    }
}

type S = InsecurePlaintext;

impl Backend for Gated {
    type Keys = <S as Scheme>::EvaluationKeys;
    type Matrix = <S as Scheme>::Matrix;

    fn scheme(&self) -> SchemeInfo {
        self.inner.scheme()
    }

    fn max_rows(&self) -> usize {
        self.inner.max_rows()
    }

    fn encode_matrix(&self, name: &str, shape: Shape, weights: &[i8]) -> Result<Self::Matrix, MatrixError> {
        self.inner.encode_matrix(name, shape, weights)
    }

    fn hold_for_many_rows(&self, matrix: &Self::Matrix, budget: usize) -> usize {
        self.inner.hold_for_many_rows(matrix, budget)
    }

    fn stored_len(&self, info: &MatrixInfo) -> usize {
        self.inner.stored_len(info)
    }

    fn store_matrix(&self, matrix: &Self::Matrix, to: &mut dyn Write) -> io::Result<()> {
        self.inner.store_matrix(matrix, to)
    }

    fn open_matrix(
        &self,
        name: &str,
        shape: Shape,
        weights: &[i8],
        file: &File,
    ) -> Result<Self::Matrix, OpenError> {
        self.inner.open_matrix(name, shape, weights, file)
    }

    fn matrix_info<'a>(&self, matrix: &'a Self::Matrix) -> &'a MatrixInfo {
        self.inner.matrix_info(matrix)
    }

    fn asked(&self, message: &[u8]) -> Option<(RequestKind, u32)> {
        self.inner.asked(message)
    }

    fn request_len(&self, info: &MatrixInfo, kind: RequestKind, rows: usize) -> usize {
        self.inner.request_len(info, kind, rows)
    }

    fn parse_keys(&self, bytes: &[u8]) -> Result<Self::Keys, FormatError> {
        self.inner.parse_keys(bytes)
    }

    fn keys_memory(&self, keys: &Self::Keys) -> usize {
        self.inner.keys_memory(keys)
    }

    fn multiply(
        &self,
        keys: &Self::Keys,
        matrix: &Self::Matrix,
        request: &[u8],
    ) -> Result<Vec<u8>, MultiplyError> {
        let mut state = self.state.lock().unwrap();
        state.begun += 1;
        if std::mem::take(&mut state.defect) {
            drop(state);
            panic!("a defect, as the test wants it");
        }
        let mut state = self.changed.wait_while(state, |state| state.passes == 0).unwrap();
        state.passes -= 1;
        drop(state);
        self.inner.multiply(keys, matrix, request)
    }

    fn multiply_online(&self, matrix: &Self::Matrix, request: &[u8]) -> Result<Vec<u8>, MultiplyError> {
        self.state.lock().unwrap().online_begun += 1;
        self.inner.multiply_online(matrix, request)
    }

    fn slots(&self) -> usize {
        1
    }

    fn spawn(&self, task: Task) {
        self.inner.spawn(task);
    }

    fn spawn_online(&self, task: Task) {
        match &mut self.state.lock().unwrap().online {
            Some(held) => held.push(task),
            None => self.inner.spawn_online(task),
        }
    }
}
