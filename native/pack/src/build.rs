//! From a checkpoint to a pack.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::architecture::{self, Remote};
use crate::assembler::{Assembler, write_file};
use crate::blobs::sha256;
use crate::checkpoint::Checkpoint;
use crate::error::Error;
use crate::manifest::{
    CLIENT_DIR, CLIENT_FORMAT, ClientManifest, MANIFEST_FILE, SERVER_DIR, SERVER_FORMAT, ServerManifest,
    TOKENIZER_FILE, encode,
};
use crate::staging::Staging;
use crate::tokenizer;
use crate::watch::Watch;

/// What to build.
#[derive(Clone, Debug)]
pub struct Options {
    /// The Hugging Face model directory.
    pub from: PathBuf,
    /// The folder to make.
    pub out: PathBuf,
    /// Which matrices the server applies.
    pub remote: Remote,
    /// Leave the remote matrices out of the client bundle.
    pub private: bool,
    /// The pack's name; by default that of `from`.
    pub name: Option<String>,
    /// Replace a pack at `out`.
    pub force: bool,
}

/// What was built.
#[derive(Clone, Debug, Serialize)]
pub struct Built {
    /// Name of the pack.
    pub name: String,
    /// Where it lies.
    pub out: PathBuf,
    /// SHA-256 of the server bundle's manifest.
    pub pack: String,
    /// Whether the client bundle is without the remote matrices.
    pub private: bool,
    /// Number of remote matrices.
    pub matrices: usize,
    /// Bytes of the client bundle's files, without the manifest.
    pub client_bytes: u64,
    /// Bytes of the server bundle's matrices.
    pub server_bytes: u64,
    /// Largest bound on the probability that one output decrypts wrongly.
    pub failure_log2: f64,
}

/// Builds a pack. On failure nothing is left behind, and what lay at `out` is untouched.
pub fn build(options: &Options, watch: &mut dyn Watch) -> Result<Built, Error> {
    let checkpoint = Checkpoint::open(&options.from)?;
    let architecture = architecture::of(&checkpoint)?;
    let model = architecture.model();
    let name = pack_name(options)?;
    let tokenizer = tokenizer::read(&checkpoint, model.vocabulary)?;

    let staging = Staging::begin(&options.out, options.force)?;
    let (client, server) = (staging.pack().join(CLIENT_DIR), staging.pack().join(SERVER_DIR));
    for dir in [&client, &server] {
        fs::create_dir(dir).map_err(|error| Error::write(dir, error))?;
    }
    let parts = architecture.parts(options.remote);
    let mut assembler = Assembler::new(&client, &server, options.private, parts, watch)?;
    let program = architecture.assemble(&checkpoint, options.remote, &mut assembler)?;
    let assembled = assembler.finish()?;
    let mut files = assembled.files;
    files.push(write_file(&client, TOKENIZER_FILE, &tokenizer.file)?);
    files.sort_by(|a, b| a.path.cmp(&b.path));

    let built = Built {
        name: name.clone(),
        out: options.out.clone(),
        pack: String::new(),
        private: options.private,
        matrices: assembled.matrices.len(),
        client_bytes: files.iter().map(|file| file.bytes).sum(),
        server_bytes: assembled.data.bytes,
        failure_log2: assembled
            .matrices
            .iter()
            .map(|matrix| matrix.info.failure_log2)
            .fold(f64::MIN, f64::max),
    };
    let server_manifest = ServerManifest {
        format: SERVER_FORMAT.to_owned(),
        name: name.clone(),
        private: options.private,
        matrices: assembled.server_matrices,
        data: assembled.data,
    };
    let server_manifest = write_manifest(&server, &server_manifest)?;
    let pack = sha256(&server_manifest);
    let client_manifest = ClientManifest {
        format: CLIENT_FORMAT.to_owned(),
        name,
        pack: pack.clone(),
        model,
        tokenizer: tokenizer.entry,
        padding: architecture.padding(),
        matrices: assembled.matrices,
        program,
        files,
    };
    write_manifest(&client, &client_manifest)?;
    if watch.interrupted() {
        return Err(Error::Interrupted);
    }
    staging.publish()?;
    Ok(Built { pack, ..built })
}

fn write_manifest(dir: &Path, manifest: &impl Serialize) -> Result<Vec<u8>, Error> {
    let bytes = encode(manifest).map_err(|error| Error::write(dir.join(MANIFEST_FILE), error.into()))?;
    write_file(dir, MANIFEST_FILE, &bytes)?;
    Ok(bytes)
}

/// The given name, or that of the model's folder. Installed packs lie in folders of their name, so letters are small.
fn pack_name(options: &Options) -> Result<String, Error> {
    let name = match &options.name {
        Some(name) => name.clone(),
        None => {
            let path = fs::canonicalize(&options.from)
                .map_err(|source| Error::Read { path: options.from.clone(), source })?;
            path.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default()
        }
    };
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let begins_well = name.starts_with(plain);
    if !begins_well || name.len() > 64 || !name.chars().all(|c| plain(c) || "._-".contains(c)) {
        return Err(Error::Name { name });
    }
    Ok(name)
}
