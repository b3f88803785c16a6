//! The program as a process.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

use lattice::Rlwe;
use serde_json::Value;
use tempfile::TempDir;

use super::{
    client::{self, Client},
    pack::TestPack,
};

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_sotto-server");

pub fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).output().unwrap()
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// A process that is killed at the latest when the test ends.
pub struct Process {
    child: Child,
    pub listening: Value,
}

impl Process {
    /// Starts `serve` and waits for its line; the log is appended to `log`.
    pub fn serve(pack: &Path, log: &Path, arguments: &[&str]) -> Self {
        Self::start(Command::new(PROGRAM), pack, log, arguments)
    }

    /// The same with a command of the test's own, which ends in the program.
    pub fn start(mut command: Command, pack: &Path, log: &Path, arguments: &[&str]) -> Self {
        let log = fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--pack"])
            .arg(pack)
            .args(arguments)
            .env("SOTTO_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let listening: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(listening["event"], "listening");
        Self { child, listening }
    }

    pub fn address(&self) -> SocketAddr {
        self.listening["address"].as_str().unwrap().parse().unwrap()
    }

    pub async fn client(&self, data: &Path, token: Option<&str>) -> Client {
        client::connect(self.address(), &fs::read(data.join("tls/cert.pem")).unwrap(), token).await
    }

    /// Asks politely, and returns the exit code.
    pub fn terminate(mut self) -> Option<i32> {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

pub struct Folder {
    folder: TempDir,
    pub pack: TestPack,
}

impl Folder {
    pub fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let pack = TestPack::write::<Rlwe>(&folder.path().join("pack"));
        Self { folder, pack }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().into()
    }
}
