//! A pack on disk: the matrices that the server applies and the bundle that clients fetch.
//!
//! Nothing of a pack is believed: every file is compared with its hash, every matrix is encoded from its weights (or
//! opened as this server stored it when it had encoded these very weights, see `weights_cache`), and the facts that the
//! manifest tells clients must be those that the weights have.

use std::{
    collections::HashMap,
    fmt::Display,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};

use lattice::{MatrixInfo, RequestKind, Shape};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use sotto_wire::v1;
use tonic::Status;
use tracing::info;

use crate::{
    backend::Backend,
    failure::Failure,
    hex,
    weights_cache::{self, WeightsCache},
};

const SERVER_FORMAT: &str = "sotto-server-pack/1";
const CLIENT_FORMAT: &str = "sotto-pack/1";
const MANIFEST: &str = "manifest.json";
/// Longest manifest that is read, in bytes.
const MAX_MANIFEST: u64 = 16 << 20;
/// Longest side of a matrix.
const MAX_SIDE: usize = 1 << 20;
/// How far the floating-point facts of a manifest may be from those computed here.
const FACT_TOLERANCE: f64 = 1e-6;

/// Names a pack: SHA-256 of the bytes of `server/manifest.json`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PackId(pub [u8; 32]);

impl PackId {
    /// Reads the field `pack` of a message.
    pub fn read(bytes: &[u8]) -> Result<Self, Status> {
        let id = bytes
            .try_into()
            .map_err(|_| Status::invalid_argument(format!("pack has {} bytes instead of 32", bytes.len())))?;
        Ok(Self(id))
    }
}

/// A pack whose matrices a backend holds.
pub struct Pack<B: Backend> {
    /// Its name on the wire.
    pub id: PackId,
    /// Its name for people.
    pub name: String,
    /// Whether the remote matrices are absent from the client's bundle.
    pub private: bool,
    /// The remote matrices, by index.
    pub matrices: Vec<Matrix<B>>,
    /// What clients fetch.
    pub bundle: Bundle,
}

/// One remote matrix.
pub struct Matrix<B: Backend> {
    /// Its name in the manifest.
    pub name: String,
    /// Its facts.
    pub info: MatrixInfo,
    /// Its weights, as the backend keeps them.
    pub encoded: B::Matrix,
    /// Its file's name in a [`WeightsCache`].
    pub file_name: String,
}

impl<B: Backend> Pack<B> {
    /// Reads and checks the pack in `directory`, and encodes the matrices that `cache` does not have.
    pub fn load(directory: &Path, backend: &B, cache: Option<&WeightsCache>) -> Result<Self, Failure> {
        let source = Source::open(directory)?;
        let total = source.manifest.matrices.len();
        let mut matrices = Vec::with_capacity(total);
        for entry in &source.manifest.matrices {
            let weights = source.weights(entry)?;
            let (shape, file_name) = (entry.shape(), weights_cache::name(&entry.sha256, entry.shape()));
            let opened =
                cache.and_then(|cache| cache.open_matrix(backend, &file_name, &entry.name, shape, &weights));
            let done = if opened.is_some() { "matrix opened" } else { "matrix encoded" };
            let encode = || backend.encode_matrix(&entry.name, shape, &weights);
            let encoded = opened
                .map_or_else(encode, Ok)
                .map_err(|error| refuse(directory, format!("{error}; the pack cannot be served")))?;
            let info = backend.matrix_info(&encoded).clone();
            entry.compare(&info).map_err(|error| refuse(directory, error))?;
            info!(
                pack = source.manifest.name,
                matrix = entry.name,
                done = entry.index + 1,
                total,
                t = info.t,
                failure_log2 = info.failure_log2,
                "{done}"
            );
            matrices.push(Matrix { name: entry.name.clone(), info, encoded, file_name });
        }
        let bundle = Bundle::open(directory, source.id)?;
        let Manifest { name, private, .. } = source.manifest;
        Ok(Self { id: source.id, name, private, matrices, bundle })
    }

    /// Bytes of the longest ciphertext that a client may send for this pack.
    pub fn longest_request(&self, backend: &B) -> usize {
        let lengths = self.matrices.iter().flat_map(|matrix| {
            (1..=backend.max_rows()).map(|rows| backend.request_len(&matrix.info, RequestKind::Whole, rows))
        });
        lengths.max().unwrap_or(0)
    }

    /// The pack as `ListPacks` tells it.
    pub fn describe(&self) -> v1::Pack {
        let matrices = (0..).zip(&self.matrices).map(|(index, matrix)| v1::Matrix {
            index,
            name: matrix.name.clone(),
            inputs: matrix.info.inputs,
            outputs: matrix.info.outputs,
            t: matrix.info.t,
            failure_log2: matrix.info.failure_log2,
        });
        let files = self.bundle.files.iter().map(|file| v1::BundleFile {
            path: file.path.clone(),
            bytes: file.bytes,
            sha256: file.sha256.to_vec().into(),
        });
        v1::Pack {
            id: self.id.0.to_vec().into(),
            name: self.name.clone(),
            private_weights: self.private,
            matrices: matrices.collect(),
            files: files.collect(),
        }
    }
}

/// The server's half of a pack on disk, its data compared with their hash.
pub struct Source {
    /// The pack's id.
    pub id: PackId,
    /// The manifest.
    pub manifest: Manifest,
    directory: PathBuf,
    data: PathBuf,
}

impl Source {
    /// Reads the manifest and hashes the matrices.
    pub fn open(directory: &Path) -> Result<Self, Failure> {
        let bytes = read_manifest(directory, "server")?;
        let manifest: Manifest = serde_json::from_slice(&bytes)
            .map_err(|error| refuse(directory, format!("server/{MANIFEST} is not readable: {error}")))?;
        manifest.check().map_err(|error| refuse(directory, error))?;
        let data = directory.join("server").join(&manifest.data.file);
        check_file(&data, manifest.data.bytes, &manifest.data.sha256)
            .map_err(|error| refuse(directory, format!("server/{}: {error}", manifest.data.file)))?;
        let id = PackId(Sha256::digest(&bytes).into());
        Ok(Self { id, manifest, directory: directory.into(), data })
    }

    /// The weights of one matrix, row-major `[outputs][inputs]`.
    pub fn weights(&self, entry: &MatrixEntry) -> Result<Vec<i8>, Failure> {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(&self.data)?;
            file.seek(SeekFrom::Start(entry.offset))?;
            let mut bytes = vec![0; entry.shape().inputs * entry.shape().outputs];
            file.read_exact(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = read().map_err(|error| {
            refuse(&self.directory, format!("matrix {} is not readable: {error}", entry.name))
        })?;
        if Sha256::digest(&bytes)[..] != entry.sha256 {
            return Err(refuse(&self.directory, format!("matrix {} does not have its hash", entry.name)));
        }
        Ok(bytes.into_iter().map(|byte| i8::from_ne_bytes([byte])).collect())
    }
}

/// `server/manifest.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: String,
    /// The pack's name for people.
    pub name: String,
    /// Whether the remote matrices are absent from the client's bundle.
    pub private: bool,
    /// The remote matrices, by index.
    pub matrices: Vec<MatrixEntry>,
    data: DataEntry,
}

impl Manifest {
    fn check(&self) -> Result<(), String> {
        if self.format != SERVER_FORMAT {
            return Err(format!("its server half has format {} instead of {SERVER_FORMAT}", self.format));
        }
        if !is_plain(&self.data.file) {
            return Err(format!("data.file {:?} is not a plain name", self.data.file));
        }
        for (position, entry) in self.matrices.iter().enumerate() {
            if usize::try_from(entry.index) != Ok(position) {
                return Err(format!(
                    "matrix {} has index {} at position {position}",
                    entry.name, entry.index
                ));
            }
            let Shape { inputs, outputs } = entry.shape();
            if !(1..=MAX_SIDE).contains(&inputs) || !(1..=MAX_SIDE).contains(&outputs) {
                return Err(format!("matrix {} has the shape {outputs} x {inputs}", entry.name));
            }
            let length = u64::from(entry.inputs) * u64::from(entry.outputs);
            if entry.length != length {
                return Err(format!("matrix {} has {} bytes instead of {length}", entry.name, entry.length));
            }
            if entry.offset.checked_add(length).is_none_or(|end| end > self.data.bytes) {
                return Err(format!("matrix {} reaches over the end of {}", entry.name, self.data.file));
            }
        }
        Ok(())
    }
}

/// One matrix of `server/manifest.json`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixEntry {
    /// Position in the list.
    pub index: u32,
    /// Name of the matrix.
    pub name: String,
    inputs: u32,
    outputs: u32,
    t: u32,
    range_bound: u64,
    noise_log2: f64,
    failure_log2: f64,
    offset: u64,
    length: u64,
    #[serde(with = "hex::array")]
    sha256: [u8; 32],
}

impl MatrixEntry {
    /// The matrix's size.
    pub fn shape(&self) -> Shape {
        Shape { inputs: self.inputs as usize, outputs: self.outputs as usize }
    }

    /// Compares the facts that clients will use with those that the weights have.
    pub fn compare(&self, info: &MatrixInfo) -> Result<(), String> {
        let differs = |field: &str, told: &dyn Display, found: &dyn Display| {
            Err(format!(
                "matrix {} has {field} {found}, but the manifest tells clients {told}; build the pack again with \
                 the `sotto-pack` of this version",
                self.name
            ))
        };
        if self.t != info.t {
            return differs("t", &self.t, &info.t);
        }
        if self.range_bound != info.range_bound {
            return differs("range_bound", &self.range_bound, &info.range_bound);
        }
        let near = |told: f64, found: f64| (told - found).abs() <= FACT_TOLERANCE;
        if !near(self.noise_log2, info.noise_log2) {
            return differs("noise_log2", &self.noise_log2, &info.noise_log2);
        }
        if !near(self.failure_log2, info.failure_log2) {
            return differs("failure_log2", &self.failure_log2, &info.failure_log2);
        }
        Ok(())
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DataEntry {
    file: String,
    bytes: u64,
    #[serde(with = "hex::array")]
    sha256: [u8; 32],
}

/// The files that clients fetch: `client/manifest.json` and those that it lists.
pub struct Bundle {
    /// The manifest first, then the manifest's files in its order.
    pub files: Vec<BundleFile>,
    by_path: HashMap<String, usize>,
}

/// One file of the bundle.
pub struct BundleFile {
    /// Its name on the wire: relative, with `/` between folders.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// Its hash.
    pub sha256: [u8; 32],
    /// Where it lies.
    pub place: PathBuf,
}

#[derive(Deserialize)]
struct ClientManifest {
    format: String,
    #[serde(with = "hex::array")]
    pack: [u8; 32],
    files: Vec<ClientFile>,
}

#[derive(Deserialize)]
struct ClientFile {
    path: String,
    bytes: u64,
    #[serde(with = "hex::array")]
    sha256: [u8; 32],
}

impl Bundle {
    fn open(directory: &Path, id: PackId) -> Result<Self, Failure> {
        let bytes = read_manifest(directory, "client")?;
        let manifest: ClientManifest = serde_json::from_slice(&bytes)
            .map_err(|error| refuse(directory, format!("client/{MANIFEST} is not readable: {error}")))?;
        if manifest.format != CLIENT_FORMAT {
            let found = manifest.format;
            return Err(refuse(
                directory,
                format!("its client half has format {found} instead of {CLIENT_FORMAT}"),
            ));
        }
        if manifest.pack != id.0 {
            return Err(refuse(directory, "its client half belongs to another server half".into()));
        }
        let client = directory.join("client");
        let mut files = vec![BundleFile {
            path: MANIFEST.into(),
            bytes: bytes.len() as u64,
            sha256: Sha256::digest(&bytes).into(),
            place: client.join(MANIFEST),
        }];
        for ClientFile { path, bytes, sha256 } in manifest.files {
            if !is_plain(&path) || path == MANIFEST {
                return Err(refuse(directory, format!("client/{MANIFEST} lists the path {path:?}")));
            }
            let place = client.join(&path);
            check_file(&place, bytes, &sha256)
                .map_err(|error| refuse(directory, format!("client/{path}: {error}")))?;
            files.push(BundleFile { path, bytes, sha256, place });
        }
        let by_path = files.iter().enumerate().map(|(index, file)| (file.path.clone(), index)).collect();
        Ok(Self { files, by_path })
    }

    /// The file of exactly this name.
    pub fn file(&self, path: &str) -> Option<&BundleFile> {
        self.files.get(*self.by_path.get(path)?)
    }
}

fn refuse(directory: &Path, why: String) -> Failure {
    Failure::Data(format!("pack {}: {why}", directory.display()))
}

fn read_manifest(directory: &Path, half: &str) -> Result<Vec<u8>, Failure> {
    let path = directory.join(half).join(MANIFEST);
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(&path)?.take(MAX_MANIFEST + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error| {
        refuse(
            directory,
            format!("cannot read {half}/{MANIFEST}: {error}; make the pack with `sotto-pack build`"),
        )
    })?;
    if bytes.len() as u64 > MAX_MANIFEST {
        return Err(refuse(directory, format!("{half}/{MANIFEST} has more than {MAX_MANIFEST} bytes")));
    }
    Ok(bytes)
}

/// Whether a path stays below the folder that it is joined to, on every system.
fn is_plain(path: &str) -> bool {
    path.len() <= 255
        && path.split('/').all(|part| {
            !matches!(part, "" | "." | "..")
                && !part.contains(|c: char| c.is_control() || matches!(c, '\\' | ':'))
        })
}

/// Compares a file with its length and hash.
fn check_file(path: &Path, bytes: u64, sha256: &[u8; 32]) -> Result<(), String> {
    let hash = || -> io::Result<Result<[u8; 32], u64>> {
        let mut file = File::open(path)?;
        let found = file.metadata()?.len();
        if found != bytes {
            return Ok(Err(found));
        }
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(Ok(hasher.finalize().into())),
                length => hasher.update(&buffer[..length]),
            }
        }
    };
    match hash() {
        Err(error) => Err(format!("not readable: {error}")),
        Ok(Err(found)) => Err(format!("{found} bytes instead of {bytes}; fetch or build the pack again")),
        Ok(Ok(found)) if found != *sha256 => {
            Err("its content does not have the hash in the manifest; fetch or build the pack again".into())
        }
        Ok(Ok(_)) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::is_plain;

    #[test]
    fn plain_paths_stay_below() {
        for path in ["weights.bin", "multiply/h.0.attn.c_attn.onnx", "..."] {
            assert!(is_plain(path), "{path}");
        }
        for path in ["", "/etc/passwd", "a//b", "../a", "a/..", "./a", "a\\b", "C:a", "a\0"] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
