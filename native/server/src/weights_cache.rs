//! Encoded matrices on disk: a pack opens sooner the next time, and servers on one machine share the memory of its tables.
//!
//! A file is named by the SHA-256 of its weights, which `pack` has compared, and by the shape. Whether its content is what
//! these weights give, the backend checks with every opening (`lattice`, module `stored`, states the argument). That
//! argument needs files that nobody else can write, so here the folder and each file must belong to the user of this
//! process, without leave to write for others; where the system has no such bits, the folder's place has to see to it. A
//! file that fails any check is removed, and its matrix is encoded anew.
//!
//! Files are written after the server has begun to serve. They appear whole, by renaming, since other servers may use the
//! same folder; they are not forced to the disk, since what a power cut leaves of one does not have its hash. Nothing here
//! keeps a server from serving: what goes wrong is a line in the log.
//!
//! The tables for requests of many rows are not kept: they are twelve times as large, and nobody waits for them
//! (`docs/adr/0016-encoded-matrices-on-disk.md`).

#[cfg(unix)]
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use lattice::{OpenError, Shape};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{backend::Backend, files, hex, pack::Pack};

/// Bytes that the files may take, unless the command line says otherwise.
pub const DEFAULT_BYTES: u64 = 16 << 30;

/// The part of the disk's free space that one file may take, so that the disk is never filled.
const SHARE: u64 = 8;

/// How names of whole files end.
const WHOLE: &str = ".table";
/// How names of files end that are being written.
const STAGED: &str = ".new";

/// A folder of encoded matrices, which other servers of the same user may use as well.
pub struct WeightsCache {
    folder: PathBuf,
    limit: u64,
    owner: Owner,
}

/// The name of the file of the matrix whose weights have this hash.
pub fn name(sha256: &[u8; 32], Shape { inputs, outputs }: Shape) -> String {
    format!("{}-{outputs}x{inputs}{WHOLE}", hex::encode(sha256))
}

impl WeightsCache {
    /// Makes the folder if need be, removes what interrupted writes left there, and sees that it is this user's alone.
    pub fn open(folder: &Path, limit: u64) -> io::Result<Self> {
        files::create_private_directory(folder)?;
        let owner = Owner::of(&Staged::create(folder, "probe")?.file)?;
        owner.check(&fs::metadata(folder)?)?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().ends_with(STAGED) {
                remove_abandoned(&entry.path());
            }
        }
        Ok(Self { folder: folder.into(), limit, owner })
    }

    /// The matrix of these weights from the file of this name, if there is one that holds it.
    pub fn open_matrix<B: Backend>(
        &self,
        backend: &B,
        file_name: &str,
        matrix: &str,
        shape: Shape,
        weights: &[i8],
    ) -> Option<B::Matrix> {
        let path = self.folder.join(file_name);
        let open = || -> Result<B::Matrix, OpenError> {
            let file = File::open(&path)?;
            self.owner.check(&file.metadata()?)?;
            let opened = backend.open_matrix(matrix, shape, weights, &file)?;
            // The last use, by which files leave; where it cannot be set, they leave by their age.
            let _ = file.set_modified(SystemTime::now());
            Ok(opened)
        };
        match open() {
            Ok(opened) => Some(opened),
            Err(OpenError::Read(error)) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => {
                warn!(file = %path.display(), matrix, %error, "stored matrix refused; it is encoded anew");
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    /// Writes the matrices that have no file yet, as far as there is room; to be called on a thread that may block.
    pub fn store<B: Backend>(&self, packs: &[Arc<Pack<B>>], backend: &B, stopping: &CancellationToken) {
        let matrices = || packs.iter().flat_map(|pack| &pack.matrices);
        let served: HashSet<&str> = matrices().map(|matrix| matrix.file_name.as_str()).collect();
        let (mut stored, mut bytes, mut left_out) = (0usize, 0, 0usize);
        for matrix in matrices() {
            let length = backend.stored_len(&matrix.info) as u64;
            let path = self.folder.join(&matrix.file_name);
            if stopping.is_cancelled() {
                return;
            }
            if length == 0 || path.exists() {
                continue;
            }
            let write = || -> io::Result<bool> {
                if !self.make_room(length, &served)? {
                    return Ok(false);
                }
                let mut staged = Staged::create(&self.folder, &matrix.file_name)?;
                backend.store_matrix(&matrix.encoded, &mut staged.file)?;
                staged.keep_as(&path)?;
                Ok(true)
            };
            match write() {
                Ok(true) => (stored, bytes) = (stored + 1, bytes + length),
                Ok(false) => left_out += 1,
                Err(error) => {
                    warn!(
                        folder = %self.folder.display(), %error,
                        "encoded matrices cannot be stored; they are encoded anew at the next start"
                    );
                    return;
                }
            }
        }
        info!(folder = %self.folder.display(), stored, bytes, left_out, limit = self.limit, "matrices stored");
    }

    /// Removes the least recently used files but those of `served` until `length` more bytes are within the limit; `false`
    /// if that cannot be, or if the disk has too little space.
    fn make_room(&self, length: u64, served: &HashSet<&str>) -> io::Result<bool> {
        let (mut total, mut others) = (length, Vec::new());
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            // A file that another server has just removed takes no room.
            let Ok(data) = entry.metadata() else { continue };
            if !name.to_string_lossy().ends_with(WHOLE) {
                continue;
            }
            total += data.len();
            if !name.to_str().is_some_and(|name| served.contains(name)) {
                others.push((data.modified()?, data.len(), entry.path()));
            }
        }
        let removable: u64 = others.iter().map(|(_, length, _)| length).sum();
        if total.saturating_sub(removable) > self.limit {
            return Ok(false);
        }
        others.sort();
        for (_, length, path) in others {
            if total <= self.limit {
                break;
            }
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => total -= length,
            }
        }
        Ok(length <= free_space(&self.folder)? / SHARE)
    }
}

/// Bytes that this user may still write to the disk of a folder.
#[cfg(unix)]
fn free_space(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Not asked for here.
#[cfg(not(unix))]
fn free_space(_folder: &Path) -> io::Result<u64> {
    Ok(u64::MAX)
}

/// A file that is being written: locked, and removed unless it is kept.
struct Staged {
    file: File,
    path: PathBuf,
    kept: bool,
}

impl Staged {
    fn create(folder: &Path, name: &str) -> io::Result<Self> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let path = folder.join(format!("{name}.{}{STAGED}", hex::encode(&random)));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        options.mode(0o600);
        let file = options.open(&path)?;
        let staged = Self { file, path, kept: false };
        // A file system without locks lets nobody else take one either, and then nobody removes the file.
        let _ = staged.file.try_lock();
        Ok(staged)
    }

    fn keep_as(mut self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Removes a staged file if no process writes it any more.
fn remove_abandoned(path: &Path) {
    if File::open(path).is_ok_and(|file| file.try_lock().is_ok()) {
        let _ = fs::remove_file(path);
    }
}

/// The user of this process, as the system names it on files.
#[cfg(unix)]
struct Owner(u32);

#[cfg(unix)]
impl Owner {
    /// The owner of a file that this process has made.
    fn of(file: &File) -> io::Result<Self> {
        Ok(Self(file.metadata()?.uid()))
    }

    /// Fails if somebody else owns a file or folder, or may write to it.
    fn check(&self, found: &fs::Metadata) -> io::Result<()> {
        let refuse = |why| Err(io::Error::new(ErrorKind::PermissionDenied, why));
        if found.uid() != self.0 {
            return refuse("it belongs to another user");
        }
        if found.mode() & 0o022 != 0 {
            return refuse("other users may write to it");
        }
        Ok(())
    }
}

/// Files have no such marks here.
#[cfg(not(unix))]
struct Owner;

#[cfg(not(unix))]
impl Owner {
    fn of(_file: &File) -> io::Result<Self> {
        Ok(Self)
    }

    fn check(&self, _found: &fs::Metadata) -> io::Result<()> {
        Ok(())
    }
}
