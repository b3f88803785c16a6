//! Encoded matrices on disk, with the program itself and the scheme that encrypts: what opens, what is refused, and that
//! nothing of it keeps a server from serving.
#![cfg(unix)]

mod support;

use std::{
    fs::{self, Permissions},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant, SystemTime},
};

use lattice::Rlwe;
use support::{
    client::{self, KEY_ID},
    pack::TestPack,
    process::{Folder, PROGRAM, Process, run},
};

/// Packs served from one cache.
struct Scene {
    folder: Folder,
    keys: client::Keys<Rlwe>,
}

/// One server, seen by its log.
struct Serving {
    process: Process,
    log: PathBuf,
}

impl Scene {
    fn new() -> Self {
        Self { folder: Folder::new(), keys: client::Keys::new() }
    }

    fn cache(&self) -> PathBuf {
        self.folder.path("cache")
    }

    /// A server that stores in the cache, with a log of its own.
    fn serve(&self, name: &str, arguments: &[&str]) -> Serving {
        self.start(Command::new(PROGRAM), name, &self.folder.pack, arguments)
    }

    fn start(&self, command: Command, name: &str, pack: &TestPack, arguments: &[&str]) -> Serving {
        let (log, cache, data) = (self.folder.path(name), self.folder.text("cache"), self.folder.text(name));
        let data = format!("{data}.data");
        let arguments = [&["--weights-cache", &cache, "--data", &data][..], arguments].concat();
        Serving { process: Process::start(command, &pack.directory, &log, &arguments), log }
    }

    /// A server that has stored all, stopped.
    fn stored(&self) -> Vec<PathBuf> {
        let server = self.serve("first", &[]);
        server.wait_for("matrices stored");
        assert_eq!(server.process.terminate(), Some(0));
        let files = files(&self.cache());
        assert_eq!(files.len(), self.folder.pack.matrices.len());
        files
    }

    async fn product(&mut self, server: &Serving) {
        let data = server.log.with_extension("data");
        let mut client = server.process.client(&data, None).await;
        client.put_keys(&KEY_ID, &self.keys.evaluation).await.unwrap();
        client.product(&mut self.keys, &self.folder.pack).await.unwrap();
    }
}

impl Serving {
    fn count(&self, message: &str) -> usize {
        fs::read_to_string(&self.log).unwrap().matches(message).count()
    }

    fn wait_for(&self, message: &str) {
        let start = Instant::now();
        while self.count(message) == 0 {
            assert!(start.elapsed() < Duration::from_secs(60), "no {message:?} in {}", self.log.display());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// How many matrices were opened, encoded, and refused.
    fn began(&self) -> [usize; 3] {
        ["matrix opened", "matrix encoded", "stored matrix refused"].map(|message| self.count(message))
    }
}

/// All files of a folder, by name.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    files.sort();
    files
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn the_second_start_opens_what_the_first_stored() {
    let mut scene = Scene::new();
    let first = scene.serve("first", &[]);
    assert_eq!(first.began(), [0, 2, 0]);
    first.wait_for("matrices stored");
    scene.product(&first).await;
    drop(first);
    assert_eq!(mode(&scene.cache()), 0o700);
    let files = files(&scene.cache());
    assert_eq!(files.iter().map(|file| mode(file)).collect::<Vec<_>>(), [0o600; 2]);

    let second = scene.serve("second", &[]);
    assert_eq!(second.began(), [2, 0, 0]);
    scene.product(&second).await;
    // Files that disappear are not missed by a server that has opened them.
    fs::remove_dir_all(scene.cache()).unwrap();
    scene.product(&second).await;
}

#[tokio::test]
async fn damaged_files_are_refused_and_replaced() {
    let mut scene = Scene::new();
    let files = scene.stored();
    let [file, other] = &files[..] else { panic!("{files:?}") };
    let (good, of_other) = (fs::read(file).unwrap(), fs::read(other).unwrap());
    let changed = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 0x10;
        bytes
    };
    let truncated = good[..good.len() - 4096].to_vec();
    for (name, bytes) in [
        ("flipped", changed(good.len() / 3)),
        ("last", changed(good.len() - 1)),
        ("version", changed(4)),
        ("hash", changed(100)),
        ("truncated", truncated),
        ("empty", Vec::new()),
        ("zeros", vec![0; good.len()]),
        ("other", of_other),
    ] {
        fs::write(file, bytes).unwrap();
        let server = scene.serve(name, &[]);
        assert_eq!(server.began(), [1, 1, 1], "{name}");
        scene.product(&server).await;
        server.wait_for("matrices stored");
        assert!(fs::read(file).unwrap() == good, "{name}");
    }
    fs::set_permissions(file, Permissions::from_mode(0o622)).unwrap();
    assert_eq!(scene.serve("writable", &[]).began(), [1, 1, 1]);
}

#[test]
fn what_interrupted_writes_left_is_removed_unless_it_is_being_written() {
    let scene = Scene::new();
    fs::create_dir(scene.cache()).unwrap();
    fs::set_permissions(scene.cache(), Permissions::from_mode(0o700)).unwrap();
    let [left, written, strange] = ["a.new", "b.new", "notes.txt"].map(|name| scene.cache().join(name));
    for path in [&left, &written, &strange] {
        fs::write(path, [0; 100]).unwrap();
    }
    let lock = fs::File::open(&written).unwrap();
    lock.lock().unwrap();
    scene.serve("server", &[]).wait_for("matrices stored");
    let files = files(&scene.cache());
    assert_eq!(files.len(), 2 + 2);
    assert!(!left.exists() && written.exists() && strange.exists());
}

#[tokio::test]
async fn a_folder_that_cannot_be_used_is_done_without() {
    let mut scene = Scene::new();
    // In turn: no folder, one that others may write to, and one that cannot be made.
    fs::write(scene.cache(), []).unwrap();
    let server = scene.serve("file", &[]);
    assert_eq!([server.count("encoded matrices are not stored"), server.count("matrix encoded")], [1, 2]);
    scene.product(&server).await;
    fs::remove_file(scene.cache()).unwrap();

    fs::create_dir(scene.cache()).unwrap();
    fs::set_permissions(scene.cache(), Permissions::from_mode(0o777)).unwrap();
    let server = scene.serve("shared", &[]);
    assert_eq!(server.count("other users may write to it"), 1);
    scene.product(&server).await;
    assert!(files(&scene.cache()).is_empty());

    let server = scene.serve("nowhere", &["--weights-cache-bytes", "1000"]);
    assert_eq!(server.began(), [0, 2, 0]);
    let log = scene.folder.path("proc");
    let process = Process::serve(&scene.folder.pack.directory, &log, &["--weights-cache", "/proc/none"]);
    let server = Serving { process, log };
    assert_eq!(server.count("encoded matrices are not stored"), 1);
}

#[tokio::test]
async fn a_full_disk_leaves_nothing_behind() {
    let mut scene = Scene::new();
    let [cache, certificate, log] =
        ["cache", "server.data/tls", "server"].map(|name| scene.folder.text(name));
    assert!(run(&["cert", "--out", &certificate]).status.success());
    // No file of this process can grow beyond 512 or 1024 times as many bytes, and the signal is an error of the write. Keys
    // are kept in memory.
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 1000; exec \"$0\" \"$@\"", PROGRAM]);
    let [certificate, key] = ["cert.pem", "key.pem"].map(|name| format!("{certificate}/{name}"));
    let arguments = ["--weights-cache", &cache, "--tls-cert", &certificate, "--tls-key", &key];
    let process = Process::start(limited, &scene.folder.pack.directory, log.as_ref(), &arguments);
    let server = Serving { process, log: log.into() };
    server.wait_for("encoded matrices cannot be stored");
    assert!(files(&scene.cache()).is_empty());
    scene.product(&server).await;
}

/// A file system in memory, until it is dropped.
struct Disk(PathBuf);

impl Disk {
    /// `None` where this process may not mount.
    fn mount(folder: PathBuf, bytes: u64) -> Option<Self> {
        fs::create_dir(&folder).unwrap();
        let options = format!("size={bytes},mode=700");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &options, "none"]).arg(&folder).output();
        let mounted = mounted.is_ok_and(|output| output.status.success());
        mounted.then_some(Self(folder))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").args(["-l"]).arg(&self.0).status());
    }
}

#[tokio::test]
async fn a_small_disk_is_not_filled() {
    let mut scene = Scene::new();
    let Some(disk) = Disk::mount(scene.cache(), 10 << 20) else {
        let _ = writeln!(std::io::stderr(), "skipped: mounting a small disk needs root on Linux");
        return;
    };
    let server = scene.serve("server", &[]);
    server.wait_for("\"left_out\":2");
    assert!(files(&disk.0).is_empty());
    scene.product(&server).await;
}

#[tokio::test]
async fn servers_start_together_on_one_cache() {
    let mut scene = Scene::new();
    let servers: Vec<_> = thread::scope(|scope| {
        let scene = &scene;
        let started: Vec<_> =
            ["one", "two", "three"].map(|name| scope.spawn(move || scene.serve(name, &[]))).into();
        started.into_iter().map(|server| server.join().unwrap()).collect()
    });
    for server in &servers {
        server.wait_for("matrices stored");
        assert_eq!(server.count("cannot be stored"), 0);
        scene.product(server).await;
    }
    assert_eq!(files(&scene.cache()).len(), 2);
    assert_eq!(scene.serve("four", &[]).began(), [2, 0, 0]);
}

#[test]
fn the_least_recently_used_leave_when_there_is_no_room() {
    let scene = Scene::new();
    let first = scene.stored();
    let bytes = |path: &PathBuf| fs::metadata(path).unwrap().len();
    let all: u64 = first.iter().map(bytes).sum();
    // The first file was used last: it was opened now, and the other one an hour ago.
    let hour_ago = SystemTime::now() - Duration::from_secs(3600);
    let age = |path: &Path| fs::File::open(path).unwrap().set_modified(hour_ago).unwrap();
    age(&first[1]);
    let others = TestPack::write_other::<Rlwe>(&scene.folder.path("others"), 8);
    let limit = (all + bytes(&first[1])).to_string();
    let limit = ["--weights-cache-bytes", &limit];
    let server = scene.start(Command::new(PROGRAM), "second", &others, &limit);
    server.wait_for("matrices stored");
    assert!(first[0].exists() && !first[1].exists());
    assert_eq!(files(&scene.cache()).len(), 3);
    drop(server);

    // What is served stays, although it is older; the rest finds no room.
    files(&scene.cache()).iter().for_each(|file| age(file));
    let small = (bytes(&first[0]) * 3 / 2).to_string();
    let server = scene.serve("third", &["--weights-cache-bytes", &small]);
    assert_eq!(server.began(), [1, 1, 0]);
    server.wait_for("\"left_out\":1");
    assert!(first[0].exists() && !first[1].exists());
}

#[test]
fn without_a_folder_nothing_is_stored() {
    let scene = Scene::new();
    let (data, log) = (scene.folder.text("data"), scene.folder.path("log"));
    let pack = &scene.folder.pack.directory;
    let stored = scene.folder.path("data/weights");
    drop(Process::serve(pack, &log, &["--data", &data, "--weights-cache", "none"]));
    assert!(!stored.exists());
    let process = Process::serve(pack, &log, &["--data", &data]);
    let server = Serving { process, log };
    server.wait_for("matrices stored");
    assert_eq!(files(&stored).len(), 2);
}
