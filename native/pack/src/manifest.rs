//! The manifests of a pack, as they lie on disk.

use serde::{Deserialize, Serialize};

/// `format` of a client bundle's manifest.
pub const CLIENT_FORMAT: &str = "sotto-pack/1";
/// `format` of a server bundle's manifest.
pub const SERVER_FORMAT: &str = "sotto-server-pack/1";
/// Folder of the client bundle, in the pack.
pub const CLIENT_DIR: &str = "client";
/// Folder of the server bundle, in the pack.
pub const SERVER_DIR: &str = "server";
/// Name of each bundle's manifest.
pub const MANIFEST_FILE: &str = "manifest.json";
/// Constants of all graphs, in the client bundle.
pub const WEIGHTS_FILE: &str = "weights.bin";
/// Remote matrices, in the server bundle.
pub const MATRICES_FILE: &str = "matrices.bin";
/// The tokenizer, in the client bundle.
pub const TOKENIZER_FILE: &str = "tokenizer.json";
/// Alignment of constants in the weights file: a cache line, and the widest vector.
pub const WEIGHTS_ALIGNMENT: u64 = 64;

/// Manifest of the client bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClientManifest {
    /// [`CLIENT_FORMAT`]
    pub format: String,
    /// Name of the pack.
    pub name: String,
    /// SHA-256 of the server bundle's manifest: identifies the pack to the server.
    pub pack: String,
    /// Facts of the model.
    pub model: Model,
    /// The tokenizer and its special tokens.
    pub tokenizer: Tokenizer,
    /// What rows and caches are padded to.
    pub padding: Padding,
    /// The remote matrices.
    pub matrices: Vec<Matrix>,
    /// What to run for a row.
    pub program: Program,
    /// Every file of the bundle but this one, sorted by path.
    pub files: Vec<FileEntry>,
}

/// Facts of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Model {
    /// Name of the architecture, as `model_type` in `config.json`.
    pub architecture: String,
    /// Number of layers.
    pub layers: usize,
    /// Length of a row between layers.
    pub hidden: usize,
    /// Heads of queries.
    pub heads: usize,
    /// Heads of keys and values.
    pub kv_heads: usize,
    /// Size of a head.
    pub head_size: usize,
    /// Most positions.
    pub context: usize,
    /// Number of token ids.
    pub vocabulary: usize,
}

/// The tokenizer and its special tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tokenizer {
    /// File in the bundle.
    pub file: String,
    /// Ids put before a prompt.
    pub begin: Vec<u32>,
    /// Ids that end an answer.
    pub end: Vec<u32>,
    /// Markers of a conversation's turns, for a model that was trained on conversations.
    pub turn: Option<Turn>,
}

/// Markers of a conversation's turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Before what the user says.
    pub user: String,
    /// Before what the model says.
    pub assistant: String,
}

/// What makes a row's bits independent of the other rows (see [`crate::onnx::blocks`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Padding {
    /// Least number of rows in a step.
    pub rows: usize,
    /// The number of slots in a cache is padded to a multiple of this, with masked zeros.
    pub cache: usize,
}

/// A remote matrix, as the client knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Matrix {
    /// Index in both manifests.
    pub index: usize,
    /// Name, as in the checkpoint without `.weight`.
    pub name: String,
    /// The layer that it is part of.
    pub layer: usize,
    /// Size and bounds.
    #[serde(flatten)]
    pub info: lattice::MatrixInfo,
    /// The weights, unless they are private.
    pub weights: Option<Weights>,
    /// A graph that multiplies by it on this machine, unless the weights are private.
    pub graph: Option<String>,
}

/// Weights of a remote matrix in the client bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// File in the bundle.
    pub file: String,
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
    /// `input-major`: `[inputs][outputs]`.
    pub layout: String,
    /// A byte `b` means `b - zero_point`.
    pub zero_point: u8,
}

/// `layout` of [`Weights`].
pub const INPUT_MAJOR: &str = "input-major";

/// What to run for a row. Graphs are files of the bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// From `ids` and `positions` to `x`.
    pub embed: String,
    /// The steps of each layer.
    pub layers: Vec<Vec<Step>>,
    /// From `x` to `logits`.
    pub head: String,
}

/// One step of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Run a graph on the registers that its inputs name.
    Run(String),
    /// Multiply register `q` by a remote matrix, to register `y`.
    Multiply(usize),
    /// Append registers `key` and `value` to the layer's cache, then run a graph on `query`, `keys`, `values`, `mask`.
    Attend(String),
}

/// A file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    /// Path, relative to the bundle, with forward slashes.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// Manifest of the server bundle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerManifest {
    /// [`SERVER_FORMAT`]
    pub format: String,
    /// Name of the pack.
    pub name: String,
    /// Whether the client bundle is without the matrices.
    pub private: bool,
    /// The matrices.
    pub matrices: Vec<ServerMatrix>,
    /// The file that holds them.
    pub data: DataFile,
}

/// A matrix, as the server knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServerMatrix {
    /// Index in both manifests.
    pub index: usize,
    /// Name, as in the checkpoint without `.weight`.
    pub name: String,
    /// Size and bounds.
    #[serde(flatten)]
    pub info: lattice::MatrixInfo,
    /// First byte in the data file.
    pub offset: u64,
    /// Number of bytes: int8, `[outputs][inputs]`.
    pub length: u64,
    /// SHA-256 of those bytes, in hexadecimal.
    pub sha256: String,
}

/// The file of a server bundle's matrices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DataFile {
    /// File in the bundle.
    pub file: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 in hexadecimal.
    pub sha256: String,
}

/// A manifest's bytes: indented JSON and a line feed. The same value gives the same bytes.
pub fn encode(manifest: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(manifest)?;
    bytes.push(b'\n');
    Ok(bytes)
}
