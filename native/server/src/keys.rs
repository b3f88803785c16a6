//! The evaluation keys of all clients: expanded ones in memory up to a limit, all of them in an object store.
//!
//! An object is `accounts/<SHA-256 of the account's name>/<key id>`, both in hexadecimal digits, so that nothing that a
//! client chooses becomes a path. Its content is the SHA-256 of the serialized keys followed by the keys; it appears
//! whole or not at all, and one that was damaged later is removed when it is read back. Evaluation keys are public by
//! construction: who steals the store learns which accounts exist, and no secret.

use std::{
    error::Error as _,
    fmt, fs,
    io::{self, ErrorKind},
    iter,
    path::Path as FilePath,
    sync::{Arc, Mutex as SyncMutex, MutexGuard as SyncGuard, PoisonError},
};

use bytes::Bytes;
use lru::LruCache;
use object_store::{
    ObjectStore, ObjectStoreExt as _, PutPayload, local::LocalFileSystem, memory::InMemory, path::Path,
};
use sha2::{Digest, Sha256};
use tokio::{
    sync::{Mutex, MutexGuard},
    task,
};
use tonic::{Status, metadata::MetadataValue};
use tracing::{error, info, warn};

use crate::{
    auth::Account,
    backend::Backend,
    failure::Failure,
    files, hex,
    limits::Limits,
    metrics::{self, KeyEvent},
};

const HASH: usize = 32;
/// Accounts share this many locks.
const LOCKS: usize = 64;

/// Names the keys of one secret key within an account: 16 bytes that the client chose.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId([u8; 16]);

impl KeyId {
    /// Reads the field `key_id` of a message.
    pub fn read(bytes: &[u8]) -> Result<Self, Status> {
        let id = bytes.try_into().map_err(|_| {
            Status::invalid_argument(format!("key_id has {} bytes instead of 16", bytes.len()))
        })?;
        Ok(Self(id))
    }
}

impl fmt::Display for KeyId {
    /// The first four bytes: enough to follow a key through the log.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(&self.0[..4]))
    }
}

/// Keys of one account.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    account: [u8; HASH],
    id: KeyId,
}

impl Place {
    fn new(account: &Account, id: KeyId) -> Self {
        Self { account: Sha256::digest(account.name()).into(), id }
    }

    fn folder(&self) -> Path {
        Path::from(format!("accounts/{}", hex::encode(&self.account)))
    }

    fn path(&self) -> Path {
        self.folder().join(hex::encode(&self.id.0))
    }
}

/// Uploaded keys that are fit to be stored.
struct Prepared<K> {
    keys: Arc<K>,
    memory: usize,
    hash: [u8; HASH],
    bytes: Bytes,
}

/// The head of a stored object.
struct Stored {
    size: u64,
    hash: Bytes,
}

/// Expanded keys with the memory that they take.
struct Held<K> {
    keys: Arc<K>,
    memory: usize,
}

struct Cache<K> {
    held: LruCache<Place, Held<K>>,
    memory: usize,
}

impl<K> Cache<K> {
    /// Adds keys and drops the least recently used others until the limit holds. Keys in use live on until their
    /// last product is done.
    fn insert(&mut self, place: Place, keys: Arc<K>, memory: usize, limit: usize) {
        self.remove(&place);
        self.memory += memory;
        self.held.push(place, Held { keys, memory });
        while self.memory > limit && self.held.len() > 1 {
            let Some((_, evicted)) = self.held.pop_lru() else { break };
            self.memory -= evicted.memory;
            metrics::keys(KeyEvent::Evicted);
        }
        metrics::key_memory(self.memory);
    }

    fn remove(&mut self, place: &Place) {
        if let Some(removed) = self.held.pop(place) {
            self.memory -= removed.memory;
        }
        metrics::key_memory(self.memory);
    }
}

/// The evaluation keys of all clients.
pub struct KeyStore<B: Backend> {
    backend: Arc<B>,
    store: Arc<dyn ObjectStore>,
    max_per_account: usize,
    memory_limit: usize,
    cache: SyncMutex<Cache<B::Keys>>,
    /// Held while keys move between memory and store, so that an account's changes follow each other.
    moving: [Mutex<()>; LOCKS],
}

impl<B: Backend> KeyStore<B> {
    /// Keys below `directory`, or in memory alone when there is none.
    pub fn open(backend: Arc<B>, directory: Option<&FilePath>, limits: &Limits) -> Result<Self, Failure> {
        let store: Arc<dyn ObjectStore> = match directory {
            None => Arc::new(InMemory::new()),
            Some(directory) => Arc::new(open_directory(directory).map_err(|error| {
                Failure::Data(format!(
                    "cannot keep keys in {}: {error}; give a directory that this user can write to with --data",
                    directory.display()
                ))
            })?),
        };
        Ok(Self {
            backend,
            store,
            max_per_account: limits.max_keys_per_account,
            memory_limit: limits.key_memory,
            cache: SyncMutex::new(Cache { held: LruCache::unbounded(), memory: 0 }),
            moving: std::array::from_fn(|_| Mutex::new(())),
        })
    }

    /// Checks and stores uploaded keys.
    pub async fn put(&self, account: &Account, id: KeyId, bytes: Vec<u8>) -> Result<(), Status> {
        let place = Place::new(account, id);
        // From the beginning on, so that a deletion that comes later finds the keys.
        let _moving = self.moving(&place).await;
        let Prepared { keys, memory, hash, bytes } = self.prepare(bytes).await?;
        if let Some(stored) = self.stored(&place).await? {
            if stored.hash[..] != hash {
                return Err(Status::already_exists(
                    "key_id names other keys already; delete them first, or choose another key_id",
                ));
            }
            if stored.size == (HASH + bytes.len()) as u64 {
                self.cache().insert(place, keys, memory, self.memory_limit);
                return Ok(());
            }
            self.remove_damaged(&place).await?;
        }
        let count = self
            .store
            .list_with_delimiter(Some(&place.folder()))
            .await
            .map_err(unreadable(&place))?
            .objects
            .len();
        if count >= self.max_per_account {
            return Err(exhausted(
                Limit::Keys,
                format!("this account has {count} keys, as many as it may have; delete one with DeleteKeys"),
            ));
        }
        let object: PutPayload = [Bytes::copy_from_slice(&hash), bytes].into_iter().collect();
        self.store.put(&place.path(), object).await.map_err(unwritable(&place))?;
        self.cache().insert(place, keys, memory, self.memory_limit);
        metrics::keys(KeyEvent::Stored);
        info!(account = account.name(), key = %id, memory, "keys stored");
        Ok(())
    }

    /// Keys that are ready for use, read back from the store if need be; `None` when there are none.
    pub async fn get(&self, account: &Account, id: KeyId) -> Result<Option<Arc<B::Keys>>, Status> {
        let place = Place::new(account, id);
        if let Some(keys) = self.held(&place) {
            return Ok(Some(keys));
        }
        let _moving = self.moving(&place).await;
        if let Some(keys) = self.held(&place) {
            return Ok(Some(keys));
        }
        let object = match self.store.get(&place.path()).await {
            Ok(found) => found.bytes().await.map_err(unreadable(&place))?,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(unreadable(&place)(error)),
        };
        let Some((keys, memory)) = self.expand(object).await? else {
            self.remove_damaged(&place).await?;
            return Ok(None);
        };
        self.cache().insert(place, keys.clone(), memory, self.memory_limit);
        metrics::keys(KeyEvent::ReadBack);
        Ok(Some(keys))
    }

    /// Whether there are keys of this id.
    pub async fn has(&self, account: &Account, id: KeyId) -> Result<bool, Status> {
        let place = Place::new(account, id);
        if self.held(&place).is_some() {
            return Ok(true);
        }
        let _moving = self.moving(&place).await;
        Ok(self.stored(&place).await?.is_some())
    }

    /// Forgets keys, in memory and in the store. Returns whether there were any.
    pub async fn delete(&self, account: &Account, id: KeyId) -> Result<bool, Status> {
        let place = Place::new(account, id);
        let _moving = self.moving(&place).await;
        self.cache().remove(&place);
        let existed = self.stored(&place).await?.is_some();
        if existed {
            self.store.delete(&place.path()).await.map_err(unwritable(&place))?;
            metrics::keys(KeyEvent::Deleted);
            info!(account = account.name(), key = %id, "keys deleted");
        }
        Ok(existed)
    }

    fn cache(&self) -> SyncGuard<'_, Cache<B::Keys>> {
        // No code under this lock can panic between two changes that belong together.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn held(&self, place: &Place) -> Option<Arc<B::Keys>> {
        self.cache().held.get(place).map(|held| held.keys.clone())
    }

    async fn moving(&self, place: &Place) -> MutexGuard<'_, ()> {
        self.moving[usize::from(place.account[0]) % LOCKS].lock().await
    }

    /// What is stored, by its head; an object that is too short to hold a hash is removed. To be called while what it
    /// belongs to is [`moving`](Self::moving), so that it removes nothing that is being stored.
    async fn stored(&self, place: &Place) -> Result<Option<Stored>, Status> {
        let path = place.path();
        // Asked for first, because a range of an empty object is an error like any other.
        match self.store.head(&path).await {
            Ok(object) if object.size < HASH as u64 => {
                self.remove_damaged(place).await?;
                Ok(None)
            }
            Ok(object) => {
                let hash = self.store.get_range(&path, 0..HASH as u64).await.map_err(unreadable(place))?;
                Ok(Some(Stored { size: object.size, hash }))
            }
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(unreadable(place)(error)),
        }
    }

    async fn remove_damaged(&self, place: &Place) -> Result<(), Status> {
        warn!(key = %place.id, "stored keys are damaged; the client must upload them again");
        self.store.delete(&place.path()).await.map_err(unwritable(place))
    }

    /// Checks, expands and hashes uploaded keys.
    async fn prepare(&self, bytes: Vec<u8>) -> Result<Prepared<B::Keys>, Status> {
        let backend = self.backend.clone();
        let work = task::spawn_blocking(move || {
            let keys = Arc::new(backend.parse_keys(&bytes)?);
            let memory = backend.keys_memory(&keys);
            let hash = Sha256::digest(&bytes).into();
            Ok::<_, lattice::FormatError>(Prepared { keys, memory, hash, bytes: bytes.into() })
        });
        work.await
            .map_err(|_| Status::internal("the keys could not be read; this is a defect of the server"))?
            .map_err(|error| Status::invalid_argument(format!("data holds no evaluation keys: {error}")))
    }

    /// Expands a stored object; `None` when it is damaged.
    async fn expand(&self, object: Bytes) -> Result<Option<(Arc<B::Keys>, usize)>, Status> {
        let backend = self.backend.clone();
        let work = task::spawn_blocking(move || {
            let (hash, bytes) = object.split_at_checked(HASH)?;
            if Sha256::digest(bytes)[..] != *hash {
                return None;
            }
            let keys = backend.parse_keys(bytes).ok()?;
            let memory = backend.keys_memory(&keys);
            Some((Arc::new(keys), memory))
        });
        work.await
            .map_err(|_| Status::internal("stored keys could not be read; this is a defect of the server"))
    }
}

/// Opens a directory whose writes are atomic and durable, and removes what an interrupted write left there.
fn open_directory(directory: &FilePath) -> Result<LocalFileSystem, Box<dyn std::error::Error>> {
    files::create_private_directory(directory)?;
    let probe = directory.join("probe.new");
    fs::write(&probe, [])?;
    fs::remove_file(&probe)?;
    remove_staged(&directory.join("accounts"))?;
    Ok(LocalFileSystem::new_with_prefix(directory)?.with_fsync(true))
}

/// `LocalFileSystem` writes `NAME#1` and renames it; such a file is left when the process dies in between. What else lies
/// there is nobody's keys, and left alone.
fn remove_staged(accounts: &FilePath) -> io::Result<()> {
    let folders = match fs::read_dir(accounts) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        folders => folders?,
    };
    for folder in folders {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder.path())? {
            let file = file?;
            if file.file_type()?.is_file() && file.file_name().to_string_lossy().contains('#') {
                fs::remove_file(file.path())?;
            }
        }
    }
    Ok(())
}

/// What is exhausted.
enum Limit {
    /// The keys that the account may have.
    Keys,
    /// The disk.
    Disk,
}

/// A status that says for programs, too, which limit was reached.
fn exhausted(limit: Limit, message: String) -> Status {
    let name = match limit {
        Limit::Keys => "keys",
        Limit::Disk => "disk",
    };
    let mut status = Status::resource_exhausted(message);
    status.metadata_mut().insert("sotto-limit", MetadataValue::from_static(name));
    status
}

fn unreadable(place: &Place) -> impl FnOnce(object_store::Error) -> Status {
    move |error| {
        error!(key = %place.id, error = cause(&error).map(display), "cannot read the object store");
        Status::unavailable("the server cannot read its keys; try again later, or tell its operator")
    }
}

fn unwritable(place: &Place) -> impl FnOnce(object_store::Error) -> Status {
    move |error| {
        let cause = cause(&error);
        error!(key = %place.id, error = cause.map(display), "cannot write to the object store");
        let full = [ErrorKind::StorageFull, ErrorKind::QuotaExceeded];
        if cause.is_some_and(|cause| full.contains(&cause.kind())) {
            return exhausted(Limit::Disk, "the server's disk is full; tell its operator".into());
        }
        Status::unavailable("the server cannot store keys; try again later, or tell its operator")
    }
}

/// What the system says. The store's own message holds the path of the object, and so a whole key id.
fn cause(error: &object_store::Error) -> Option<&io::Error> {
    let causes = iter::successors(error.source(), |error| (*error).source());
    causes.filter_map(|cause| cause.downcast_ref()).last()
}
