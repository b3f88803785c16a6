//! A pack appears at its place whole or not at all.
//!
//! It is written to a hidden folder beside its place, `.NAME.building-PID`, and renamed when all of it is on the
//! disk. A lock in that folder is held while the builder lives, so a folder whose builder was killed is
//! recognised by the next build of the same pack, and removed.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::manifest::{CLIENT_DIR, CLIENT_FORMAT, MANIFEST_FILE};

const LOCK: &str = "lock";
const PACK: &str = "pack";
/// The replaced pack, while both are being renamed.
const REPLACED: &str = "replaced";

/// A folder in which a pack is being built. Dropping it removes it.
#[derive(Debug)]
pub struct Staging {
    dir: PathBuf,
    target: PathBuf,
    replace: bool,
    _lock: File,
}

impl Staging {
    /// Begins a pack that will lie at `target`. Refuses if something lies there, unless it is a pack and
    /// `force` is set.
    pub fn begin(target: &Path, force: bool) -> Result<Staging, Error> {
        let target = std::path::absolute(target).map_err(|error| Error::write(target, error))?;
        let Some((parent, name)) = target.parent().zip(target.file_name()) else {
            return Err(Error::NotAPack { path: target });
        };
        fs::create_dir_all(parent).map_err(|error| Error::write(parent, error))?;
        remove_stale(parent, name, &target);
        let replace = match fs::symlink_metadata(&target) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(source) => return Err(Error::Read { path: target, source }),
            Ok(_) if !force => return Err(Error::Exists { path: target }),
            Ok(_) if !is_replaceable(&target) => return Err(Error::NotAPack { path: target }),
            Ok(_) => true,
        };
        let mut staging = prefix(name);
        staging.push(std::process::id().to_string());
        let dir = parent.join(staging);
        let begin = || {
            fs::create_dir(&dir)?;
            let lock = File::create_new(dir.join(LOCK))?;
            lock.try_lock()?;
            fs::create_dir(dir.join(PACK))?;
            Ok(lock)
        };
        let lock = begin().map_err(|error: io::Error| Error::write(&dir, error))?;
        Ok(Staging { dir, target, replace, _lock: lock })
    }

    /// Where to write the pack.
    pub fn pack(&self) -> PathBuf {
        self.dir.join(PACK)
    }

    /// Puts the pack at its place, whose content it replaces in one step. Files must be synced already.
    pub fn publish(self) -> Result<(), Error> {
        let pack = self.pack();
        let publish = || {
            sync_folders(&pack)?;
            if self.replace {
                self.exchange(&pack)?
            } else {
                rename_to_absent(&pack, &self.target)?
            }
            match self.target.parent() {
                Some(parent) => sync_folder(parent),
                None => Ok(()),
            }
        };
        publish().map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => {
                Error::Exists { path: self.target.clone() }
            }
            _ => Error::write(&self.target, error),
        })
    }

    /// Puts the pack in the place of the one that it replaces, which ends up in the staging folder.
    fn exchange(&self, pack: &Path) -> io::Result<()> {
        match exchange(pack, &self.target) {
            Err(error) if error.kind() == io::ErrorKind::Unsupported => {
                let replaced = self.dir.join(REPLACED);
                fs::rename(&self.target, &replaced)?;
                fs::rename(pack, &self.target).inspect_err(|_| {
                    // The old pack goes back; the error that is reported is the first one.
                    let _ = fs::rename(&replaced, &self.target);
                })
            }
            done => done,
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next build.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn prefix(name: &std::ffi::OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".building-");
    prefix
}

/// Removes staging folders whose builder is gone. A pack that was being replaced goes back to its place.
fn remove_stale(parent: &Path, name: &std::ffi::OsStr, target: &Path) {
    let prefix = prefix(name);
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().as_encoded_bytes().starts_with(prefix.as_encoded_bytes()) {
            continue;
        }
        let dir = entry.path();
        match File::open(dir.join(LOCK)) {
            Ok(lock) if lock.try_lock().is_ok() => {
                let replaced = dir.join(REPLACED);
                if replaced.exists() && !target.exists() && fs::rename(&replaced, target).is_err() {
                    continue;
                }
                let _ = fs::remove_dir_all(&dir);
            }
            // Its builder lives.
            Ok(_) => {}
            // Killed before it had a lock: the folder is empty, or not of our making.
            Err(_) => drop(fs::remove_dir(&dir)),
        }
    }
}

/// Whether `path` is a pack, or an empty folder.
fn is_replaceable(path: &Path) -> bool {
    let is_pack = || {
        let manifest: serde_json::Value =
            serde_json::from_slice(&fs::read(path.join(CLIENT_DIR).join(MANIFEST_FILE)).ok()?).ok()?;
        (manifest.get("format")?.as_str()? == CLIENT_FORMAT).then_some(())
    };
    let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    let is_empty = || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
    is_folder && (is_pack().is_some() || is_empty())
}

fn sync_folders(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    sync_folder(dir)
}

#[cfg(unix)]
fn sync_folder(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Windows does not open folders as files.
#[cfg(not(unix))]
fn sync_folder(_dir: &Path) -> io::Result<()> {
    Ok(())
}

/// Renames, and fails if `to` exists by now.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn rename_to_absent(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(error) if is_unsupported(error) => fs::rename(from, to),
        done => Ok(done?),
    }
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn rename_to_absent(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)
}

/// Exchanges two folders in one step. `Unsupported` where the system or the file system cannot.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn exchange(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE) {
        Err(error) if is_unsupported(error) => Err(io::ErrorKind::Unsupported.into()),
        done => Ok(done?),
    }
}

#[cfg(not(any(target_os = "linux", target_vendor = "apple")))]
fn exchange(_a: &Path, _b: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn is_unsupported(error: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    [Errno::NOSYS, Errno::INVAL, Errno::NOTSUP].contains(&error)
}
