//! Checks a pack against its manifests: every hash, every reference, every bound.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use lattice::{Rlwe, Scheme, Shape};
use prost::Message;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::blobs::{hex, sha256};
use crate::error::Error;
use crate::manifest::{
    CLIENT_DIR, CLIENT_FORMAT, ClientManifest, INPUT_MAJOR, MANIFEST_FILE, Matrix, SERVER_DIR, SERVER_FORMAT,
    ServerManifest, Step, WEIGHTS_FILE, Weights,
};
use crate::onnx::blocks::ZERO_POINT;
use crate::onnx::proto;

/// Longest manifest that is read.
const LONGEST_MANIFEST: u64 = 64 << 20;

/// What a sound pack has.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verified {
    /// Name of the pack.
    pub name: String,
    /// SHA-256 of the server bundle's manifest.
    pub pack: String,
    /// Files of the client bundle, without the manifest.
    pub client_files: usize,
    /// Matrices whose bounds were computed from their weights.
    pub matrices: usize,
    /// Whether the server bundle is there too.
    pub server: bool,
}

/// Both manifests of a pack; a client bundle alone is a pack as well (one that was fetched from a server).
#[derive(Clone, Debug)]
pub struct Manifests {
    /// The client bundle's.
    pub client: ClientManifest,
    /// The server bundle's, and its SHA-256.
    pub server: Option<(ServerManifest, String)>,
}

/// Reads the manifests of the pack at `dir` and checks that they belong together.
pub fn read_manifests(dir: &Path) -> Result<Manifests, Error> {
    let (client, _) = read_manifest::<ClientManifest>(&dir.join(CLIENT_DIR).join(MANIFEST_FILE))?;
    check(client.format == CLIENT_FORMAT, || {
        format!("the client bundle's format is {:?}, not {CLIENT_FORMAT:?}", client.format)
    })?;
    let server_dir = dir.join(SERVER_DIR);
    if !server_dir.exists() {
        return Ok(Manifests { client, server: None });
    }
    let (server, hash) = read_manifest::<ServerManifest>(&server_dir.join(MANIFEST_FILE))?;
    check(server.format == SERVER_FORMAT, || {
        format!("the server bundle's format is {:?}, not {SERVER_FORMAT:?}", server.format)
    })?;
    check(hash == client.pack && server.name == client.name, || {
        "the client and the server bundle are of different packs".to_owned()
    })?;
    Ok(Manifests { client, server: Some((server, hash)) })
}

/// Checks everything that a pack says about itself.
pub fn verify(dir: &Path) -> Result<Verified, Error> {
    let Manifests { client, server } = read_manifests(dir)?;
    let client_dir = dir.join(CLIENT_DIR);
    let files = check_files(&client_dir, &client)?;
    check_program(&client, &files)?;
    check_graphs(&client_dir, &files)?;
    let mut matrices = 0;
    for (index, matrix) in client.matrices.iter().enumerate() {
        check(matrix.index == index, || format!("matrix {} has index {}", index, matrix.index))?;
        let weights = client_weights(&client_dir, matrix, &files)?;
        if let Some(weights) = weights.filter(|_| server.is_none()) {
            check_bounds(matrix, &weights)?;
            matrices += 1;
        }
    }
    if let Some((manifest, _)) = &server {
        matrices = check_server(dir, &client, manifest)?;
    }
    Ok(Verified {
        name: client.name,
        pack: client.pack,
        client_files: files.len(),
        matrices,
        server: server.is_some(),
    })
}

fn check(holds: bool, problem: impl FnOnce() -> String) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Damaged(problem())) }
}

fn read_manifest<M: DeserializeOwned>(path: &Path) -> Result<(M, String), Error> {
    let read = || {
        let mut bytes = Vec::new();
        File::open(path)?.take(LONGEST_MANIFEST + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().map_err(|error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => Error::Missing { path: path.to_owned(), next: "the folder is not a pack" },
        _ => Error::Read { path: path.to_owned(), source: error },
    })?;
    check(bytes.len() as u64 <= LONGEST_MANIFEST, || format!("{} is too long", path.display()))?;
    let manifest = serde_json::from_slice(&bytes)
        .map_err(|error| Error::Content { path: path.to_owned(), problem: error.to_string() })?;
    Ok((manifest, sha256(&bytes)))
}

/// Sizes of the client bundle's files by path, after checking that they are those of the manifest and no others.
fn check_files(dir: &Path, client: &ClientManifest) -> Result<BTreeMap<String, u64>, Error> {
    let mut sizes = BTreeMap::new();
    for entry in &client.files {
        check(is_plain_name(&entry.path), || format!("{:?} is not a file name", entry.path))?;
        let twice = sizes.insert(entry.path.clone(), entry.bytes).is_some();
        check(!twice, || format!("{} is listed twice", entry.path))?;
        check_file(&dir.join(&entry.path), entry.bytes, &entry.sha256)?;
    }
    let failed = |source| Error::Read { path: dir.to_owned(), source };
    for entry in fs::read_dir(dir).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let known = name.to_str().is_some_and(|name| name == MANIFEST_FILE || sizes.contains_key(name));
        check(known, || format!("{} is not in the manifest", dir.join(&name).display()))?;
    }
    Ok(sizes)
}

/// One part, no separator: bundles have no folders, and a path may not lead out of them.
fn is_plain_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    !name.is_empty() && !name.starts_with('.') && name.chars().all(plain)
}

fn check_file(path: &Path, bytes: u64, expected: &str) -> Result<(), Error> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => Error::Damaged(format!("{} is missing", path.display())),
        _ => Error::Read { path: path.to_owned(), source },
    };
    let mut file = File::open(path).map_err(failed)?;
    let found = file.metadata().map_err(failed)?.len();
    check(found == bytes, || format!("{} has {found} bytes instead of {bytes}", path.display()))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => break,
            count => hash.update(&buffer[..count]),
        }
    }
    check(hex(&hash.finalize()) == expected, || {
        format!("{} is not the file that was packed (its SHA-256 differs)", path.display())
    })
}

fn check_program(client: &ClientManifest, files: &BTreeMap<String, u64>) -> Result<(), Error> {
    let program = &client.program;
    let exists = |file: &str| {
        check(files.contains_key(file), || format!("the manifest refers to {file}, which it does not list"))
    };
    exists(&client.tokenizer.file)?;
    exists(&program.embed)?;
    exists(&program.head)?;
    check(program.layers.len() == client.model.layers, || {
        format!("the program has {} layers, the model {}", program.layers.len(), client.model.layers)
    })?;
    let mut used = BTreeSet::new();
    for (layer, steps) in program.layers.iter().enumerate() {
        for step in steps {
            match step {
                Step::Run(file) | Step::Attend(file) => exists(file)?,
                Step::Multiply(index) => {
                    let belongs = client.matrices.get(*index).is_some_and(|matrix| matrix.layer == layer);
                    check(belongs, || {
                        format!("layer {layer} multiplies by {index}, which is not its matrix")
                    })?;
                    used.insert(*index);
                }
            }
        }
    }
    check(used.len() == client.matrices.len(), || "some matrix is in no layer's program".to_owned())
}

/// Every graph can be read, and takes its constants from within the weights file.
fn check_graphs(dir: &Path, files: &BTreeMap<String, u64>) -> Result<(), Error> {
    for name in files.keys().filter(|name| name.ends_with(".onnx")) {
        let path = dir.join(name);
        let bytes = fs::read(&path).map_err(|source| Error::Read { path: path.clone(), source })?;
        let graph = proto::Model::decode(bytes.as_slice()).ok().and_then(|model| model.graph);
        let Some(graph) = graph else {
            return Err(Error::Damaged(format!("{} is not an ONNX file", path.display())));
        };
        for tensor in graph.initializer {
            if tensor.data_location() != proto::DataLocation::External {
                continue;
            }
            let entry = |key: &str| tensor.external_data.iter().find(|entry| entry.key() == key);
            let number = |key| entry(key).and_then(|entry| entry.value().parse::<u64>().ok());
            let end =
                number("offset").zip(number("length")).and_then(|(begin, length)| begin.checked_add(length));
            let inside = entry("location").is_some_and(|entry| entry.value() == WEIGHTS_FILE)
                && end.zip(files.get(WEIGHTS_FILE)).is_some_and(|(end, &size)| end <= size);
            check(inside, || format!("{name}: {} does not lie in {WEIGHTS_FILE}", tensor.name()))?;
        }
    }
    Ok(())
}

/// A remote matrix as the client bundle has it, `[outputs][inputs]`; none in a private pack.
fn client_weights(
    dir: &Path,
    matrix: &Matrix,
    files: &BTreeMap<String, u64>,
) -> Result<Option<Vec<i8>>, Error> {
    let name = &matrix.name;
    check(matrix.weights.is_some() == matrix.graph.is_some(), || {
        format!("matrix {name} has weights or a graph, but not both")
    })?;
    let Some(Weights { file, offset, length, layout, zero_point }) = &matrix.weights else {
        return Ok(None);
    };
    check(layout == INPUT_MAJOR && *zero_point == ZERO_POINT, || {
        format!("matrix {name} is stored {layout} with zero point {zero_point}")
    })?;
    let graph_exists = matrix.graph.as_ref().is_some_and(|graph| files.contains_key(graph));
    check(graph_exists, || format!("the graph of matrix {name} is not listed"))?;
    let (inputs, outputs) = (matrix.info.inputs as usize, matrix.info.outputs as usize);
    let end = offset.checked_add(*length);
    let inside = end.zip(files.get(file)).is_some_and(|(end, &size)| end <= size);
    check(inside && *length == (inputs as u64) * (outputs as u64), || {
        format!("matrix {name} does not lie in {file}")
    })?;
    let stored = read_range(&dir.join(file), *offset, *length)?;
    let at = |index: usize| (stored[index % inputs * outputs + index / inputs] ^ 0x80).cast_signed();
    Ok(Some((0..stored.len()).map(at).collect()))
}

/// The numbers in the manifest are those of the weights.
fn check_bounds(matrix: &Matrix, weights: &[i8]) -> Result<(), Error> {
    let shape = Shape { inputs: matrix.info.inputs as usize, outputs: matrix.info.outputs as usize };
    check(!weights.contains(&i8::MIN), || format!("matrix {} has a weight of -128", matrix.name))?;
    let info = Rlwe::assess(&matrix.name, shape, weights)?;
    // Another machine's logarithm may round differently.
    let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
    let same = info.t == matrix.info.t
        && info.range_bound == matrix.info.range_bound
        && close(info.noise_log2, matrix.info.noise_log2)
        && close(info.failure_log2, matrix.info.failure_log2);
    check(same, || format!("matrix {}: the manifest's bounds are not those of its weights", matrix.name))
}

/// Checks the server bundle; returns the number of its matrices.
fn check_server(dir: &Path, client: &ClientManifest, manifest: &ServerManifest) -> Result<usize, Error> {
    let data = &manifest.data;
    check(is_plain_name(&data.file), || format!("{:?} is not a file name", data.file))?;
    let path = dir.join(SERVER_DIR).join(&data.file);
    check_file(&path, data.bytes, &data.sha256)?;
    check(manifest.matrices.len() == client.matrices.len(), || {
        format!(
            "{} matrices for the server, {} for the client",
            manifest.matrices.len(),
            client.matrices.len()
        )
    })?;
    let mut end = 0;
    for (ours, theirs) in client.matrices.iter().zip(&manifest.matrices) {
        let name = &ours.name;
        let same = (theirs.index, &theirs.name, &theirs.info) == (ours.index, name, &ours.info);
        check(same, || format!("matrix {name} differs between the bundles' manifests"))?;
        check(manifest.private == ours.weights.is_none(), || {
            format!("matrix {name} is private for one bundle and not for the other")
        })?;
        let size = u64::from(theirs.info.inputs) * u64::from(theirs.info.outputs);
        let placed = theirs.offset == end && theirs.length == size && size <= data.bytes - end;
        check(placed, || format!("matrix {name} does not lie in {} where it should", data.file))?;
        end += size;
        let bytes = read_range(&path, theirs.offset, theirs.length)?;
        check(sha256(&bytes) == theirs.sha256, || format!("matrix {name} is not the one that was packed"))?;
        let weights: Vec<i8> = bytes.iter().map(|byte| byte.cast_signed()).collect();
        check_bounds(ours, &weights)?;
        if let Some(Weights { file, offset, length, .. }) = &ours.weights {
            let stored = read_range(&dir.join(CLIENT_DIR).join(file), *offset, *length)?;
            let (inputs, outputs) = (theirs.info.inputs as usize, theirs.info.outputs as usize);
            let same = bytes
                .iter()
                .enumerate()
                .all(|(index, &byte)| stored[index % inputs * outputs + index / inputs] == byte ^ 0x80);
            check(same, || format!("matrix {name} differs between the bundles"))?;
        }
    }
    check(end == data.bytes, || format!("{} holds more than the matrices", data.file))?;
    Ok(manifest.matrices.len())
}

fn read_range(path: &Path, offset: u64, length: u64) -> Result<Vec<u8>, Error> {
    use std::io::{Seek, SeekFrom};
    let read = || {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(length).read_to_end(&mut bytes)?;
        if bytes.len() as u64 == length { Ok(bytes) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    };
    read().map_err(|source| Error::Read { path: path.to_owned(), source })
}
