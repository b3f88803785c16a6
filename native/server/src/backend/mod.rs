//! What holds encoded matrices and multiplies encrypted rows with them.
//!
//! The service knows this trait alone, so another backend (a GPU, a farm) is one more file beside [`cpu`].

mod cpu;

use std::{
    fs::File,
    io::{self, Write},
};

use lattice::{
    FormatError, MatrixError, MatrixInfo, MultiplyError, OpenError, RequestKind, SchemeInfo, Shape,
};

pub use cpu::CpuBackend;

/// Work that a backend runs on threads of its own.
pub type Task = Box<dyn FnOnce() + Send>;

/// A scheme on some hardware.
pub trait Backend: Send + Sync + 'static {
    /// Evaluation keys as this backend keeps them.
    type Keys: Send + Sync + 'static;
    /// A matrix as this backend keeps it.
    type Matrix: Send + Sync + 'static;

    /// The scheme's parameters.
    fn scheme(&self) -> SchemeInfo;

    /// Most rows of one request.
    fn max_rows(&self) -> usize;

    /// Encodes a matrix (`weights` row-major, `[outputs][inputs]`), or says which bound it breaks.
    fn encode_matrix(&self, name: &str, shape: Shape, weights: &[i8]) -> Result<Self::Matrix, MatrixError>;

    /// Keeps what makes requests of many rows fast, if that takes at most `budget` bytes; returns the bytes that it takes.
    fn hold_for_many_rows(&self, matrix: &Self::Matrix, budget: usize) -> usize;

    /// Bytes that `store_matrix` writes for the matrix of `info`; 0 where encoding is as good.
    fn stored_len(&self, info: &MatrixInfo) -> usize;

    /// Writes an encoded matrix, for `open_matrix`.
    fn store_matrix(&self, matrix: &Self::Matrix, to: &mut dyn Write) -> io::Result<()>;

    /// The matrix that `encode_matrix` makes, from a file that holds what `store_matrix` wrote: nobody may change it while
    /// the matrix lives, and nobody else may be able to. Fails on any other file.
    fn open_matrix(
        &self,
        name: &str,
        shape: Shape,
        weights: &[i8],
        file: &File,
    ) -> Result<Self::Matrix, OpenError>;

    /// The facts of an encoded matrix.
    fn matrix_info<'a>(&self, matrix: &'a Self::Matrix) -> &'a MatrixInfo;

    /// What a message asks for, and for how many rows, as its first bytes say.
    fn asked(&self, message: &[u8]) -> Option<(RequestKind, u32)>;

    /// Bytes of a message that asks for `rows` rows of the matrix of `info`.
    fn request_len(&self, info: &MatrixInfo, kind: RequestKind, rows: usize) -> usize;

    /// Checks evaluation keys and makes them ready for use.
    fn parse_keys(&self, bytes: &[u8]) -> Result<Self::Keys, FormatError>;

    /// Memory that `keys` take, in bytes.
    fn keys_memory(&self, keys: &Self::Keys) -> usize;

    /// The product of a matrix and the encrypted rows of `request`, or what a preparation asks for. To be called within a
    /// [`Task`].
    fn multiply(
        &self,
        keys: &Self::Keys,
        matrix: &Self::Matrix,
        request: &[u8],
    ) -> Result<Vec<u8>, MultiplyError>;

    /// The product of a matrix and the rows of an online request, without encryption and so in a small part of the time. To be
    /// called within a [`Task`].
    fn multiply_online(&self, matrix: &Self::Matrix, request: &[u8]) -> Result<Vec<u8>, MultiplyError>;

    /// How many tasks the backend runs at once without gaining latency.
    fn slots(&self) -> usize;

    /// Runs a task soon, on the backend's threads.
    fn spawn(&self, task: Task);

    /// Runs a task of an online request soon, beside those that are under way.
    fn spawn_online(&self, task: Task);
}
