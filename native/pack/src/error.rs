//! Everything that can go wrong, as one closed set. Messages say what to do where there is something to do.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::checkpoint::safetensors::HeaderError;

/// Why a pack was not built or is not valid.
#[derive(Debug, Error)]
pub enum Error {
    /// A file or folder is not there.
    #[error("{} is missing: {next}", path.display())]
    Missing {
        /// What is missing.
        path: PathBuf,
        /// What to do.
        next: &'static str,
    },
    /// A file or folder could not be read.
    #[error("{} cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// A file or folder could not be written.
    #[error("{} cannot be written: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// There is no room for the pack.
    #[error("the disk is full: {} could not be written; free some space and build again", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The output exists.
    #[error("{} exists; --force replaces it", path.display())]
    Exists {
        /// The output.
        path: PathBuf,
    },
    /// The output exists and is something else than a pack.
    #[error("{} exists and is not a pack, so --force does not replace it; remove it or choose another --out", path.display())]
    NotAPack {
        /// The output.
        path: PathBuf,
    },
    /// The name of a pack has characters that names may not have.
    #[error(
        "{name:?} cannot be a pack's name (1 to 64 of a-z 0-9 . _ -, a letter or digit first); give one with --name"
    )]
    Name {
        /// The name.
        name: String,
    },
    /// A file's content is not what it should be.
    #[error("{}: {problem}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// The model is of a kind that packs are not made of.
    #[error("the architecture is {found}; packs are made of: {supported}")]
    Architecture {
        /// The architecture.
        found: String,
        /// Those that would do.
        supported: String,
    },
    /// A safetensors file is damaged.
    #[error("{} is not a sound safetensors file: {source}", path.display())]
    Safetensors {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: HeaderError,
    },
    /// Two files of a model have a tensor of the same name.
    #[error("tensor {name} is both in {} and in {}", first.display(), second.display())]
    TwiceStored {
        /// The tensor.
        name: String,
        /// One file.
        first: PathBuf,
        /// The other file.
        second: PathBuf,
    },
    /// A tensor is not in any file.
    #[error("tensor {name} is missing from the files in {}", dir.display())]
    NoTensor {
        /// The tensor.
        name: String,
        /// The model's folder.
        dir: PathBuf,
    },
    /// A tensor has another shape than the configuration implies.
    #[error("tensor {name} has shape {found:?} instead of {expected:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// The shape that `config.json` implies.
        expected: Vec<usize>,
        /// The shape found.
        found: Vec<usize>,
    },
    /// A tensor has elements of a type that packs are not made of.
    #[error(
        "tensor {name} has elements of type {dtype}; packs are made of F32, F16, BF16 and I8 with scales"
    )]
    Dtype {
        /// The tensor.
        name: String,
        /// The type.
        dtype: String,
    },
    /// A weight is NaN or infinite.
    #[error("tensor {name} holds {value} at [{row}, {column}]")]
    NotFinite {
        /// The tensor.
        name: String,
        /// Index of the row.
        row: usize,
        /// Index in the row.
        column: usize,
        /// The value.
        value: f32,
    },
    /// An 8-bit weight is -128.
    #[error("tensor {name}: output {row} has a weight of -128; 8-bit weights are in -127..=127")]
    Int8Range {
        /// The tensor.
        name: String,
        /// The output.
        row: usize,
    },
    /// The scale of an output is negative.
    #[error("tensor {name} holds the scale {value} at {row}; scales are not negative")]
    Scale {
        /// The tensor.
        name: String,
        /// The output.
        row: usize,
        /// The scale.
        value: f32,
    },
    /// A remote matrix cannot be served under encryption.
    #[error(transparent)]
    Matrix(#[from] lattice::MatrixError),
    /// A pack is not sound.
    #[error("the pack is damaged: {0}")]
    Damaged(String),
    /// The user interrupted the build.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

impl Error {
    /// The error of a failed write.
    pub fn write(path: impl Into<PathBuf>, source: io::Error) -> Error {
        let path = path.into();
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::DiskFull { path },
            _ => Error::Write { path, source },
        }
    }

    /// The process's exit code: 2 wrong usage, 5 wrong data, 130 interrupted.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Exists { .. } | Error::NotAPack { .. } | Error::Name { .. } => 2,
            Error::Interrupted => 130,
            _ => 5,
        }
    }
}
