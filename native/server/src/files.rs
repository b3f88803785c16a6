//! Files that hold secrets of the operator.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Replaces `path` by `bytes` in one step. The new file has the owner and the permissions of the one that it replaces,
/// as far as this user may give them; where there is none, only its owner can read it.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let staged = beside(path, ".new");
    match fs::remove_file(&staged) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = private();
    let mut file = options.write(true).create_new(true).open(&staged)?;
    file.write_all(bytes)?;
    #[cfg(unix)]
    if let Some(replaced) = existing(path)? {
        let same_group = give(&file, &replaced).is_ok();
        let mode = std::os::unix::fs::PermissionsExt::mode(&replaced.permissions());
        // Another group than before is given nothing.
        let mode = if same_group { mode & 0o777 } else { mode & 0o707 };
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode))?;
    }
    file.sync_all()?;
    fs::rename(&staged, path)?;
    sync_folder_of(path)
}

/// Waits until nobody else holds the lock on `path`, and takes it until what is returned is dropped. The lock is on a file
/// beside `path`, which stays there, since `path` itself is replaced.
pub fn lock(path: &Path) -> io::Result<File> {
    let mut options = private();
    let file = options.read(true).write(true).create(true).truncate(false).open(beside(path, ".lock"))?;
    #[cfg(unix)]
    if let Some(locked) = existing(path)? {
        let _ = give(&file, &locked); // it locks all the same
    }
    file.lock()?;
    Ok(file)
}

/// `path` with more at the end of its name.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

/// Options for files that only their owner can read.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

#[cfg(unix)]
fn existing(path: &Path) -> io::Result<Option<fs::Metadata>> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        metadata => metadata.map(Some),
    }
}

/// Gives a file the group, and the owner where that is allowed, of another one. Fails if it has another group in the end.
#[cfg(unix)]
fn give(file: &File, like: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    fchown(file, Some(like.uid()), Some(like.gid())).or_else(|_| fchown(file, None, Some(like.gid())))
}

/// Makes a rename to `path` outlast a power cut.
#[cfg(unix)]
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder_of(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes a directory, with its parents, that only its owner can enter.
pub fn create_private_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};

    #[test]
    fn a_file_that_is_replaced_keeps_its_owner_and_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        write_private(&path, b"one").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let given_away = chown(&path, Some(12345), Some(12346)).is_ok(); // by root alone
        let before = fs::metadata(&path).unwrap();
        write_private(&path, b"two").unwrap();
        let after = fs::metadata(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!((after.mode(), after.uid(), after.gid()), (before.mode(), before.uid(), before.gid()));
        assert_eq!(after.uid() == 12345, given_away);
    }
}
