//! Small packs, clients and a backend whose products can be held back.
#![allow(dead_code, missing_docs, reason = "every test binary uses a part")]

pub mod client;
pub mod gate;
pub mod pack;
pub mod process;

use std::{path::PathBuf, sync::Arc, time::Duration};

use lattice::InsecurePlaintext;
use sotto_server::{
    backend::{Backend, CpuBackend},
    limits::Limits,
    serve::{self, Config, Running, Tls},
};
use tempfile::TempDir;

pub type Plain = CpuBackend<InsecurePlaintext>;

pub fn plain() -> Arc<Plain> {
    Arc::new(CpuBackend::new(2.try_into().unwrap()).unwrap())
}

/// A server within the test, with its folders.
pub struct Server {
    pub running: Running,
    pub pack: pack::TestPack,
    pub config: Config,
    folder: Arc<TempDir>,
}

impl Server {
    /// One server on loopback with a small pack and real TLS.
    pub async fn start() -> Self {
        Self::with(plain(), |_| {}).await
    }

    /// The same, with another backend and configuration.
    pub async fn with<B: Backend>(backend: Arc<B>, change: impl FnOnce(&mut Config)) -> Self {
        let folder = Arc::new(TempDir::new().unwrap());
        let pack = pack::TestPack::write::<InsecurePlaintext>(&folder.path().join("pack"));
        let mut config = Config {
            packs: vec![pack.directory.clone()],
            listen: "127.0.0.1:0".into(),
            tls: Tls::SelfSigned,
            tokens: None,
            data: Some(folder.path().join("data")),
            weights_cache: Some(folder.path().join("weights")),
            weights_cache_bytes: 1 << 30,
            limits: Limits::default(),
            many_rows_memory: Some(1 << 20),
            grace: Duration::from_secs(10),
        };
        change(&mut config);
        let running = serve::start(config.clone(), backend).await.unwrap();
        Self { running, pack, config, folder }
    }

    /// Stops the server and starts another one on the same folders.
    pub async fn restart<B: Backend>(self, backend: Arc<B>) -> Self {
        let Self { running, pack, config, folder } = self;
        running.stop().await.unwrap();
        let running = serve::start(config.clone(), backend).await.unwrap();
        Self { running, pack, config, folder }
    }

    pub fn data(&self) -> PathBuf {
        self.config.data.clone().unwrap()
    }

    pub fn folder(&self) -> PathBuf {
        self.folder.path().into()
    }

    /// The keys as they lie in the object store.
    pub fn stored(&self) -> Vec<PathBuf> {
        let Ok(accounts) = std::fs::read_dir(self.data().join("keys/accounts")) else { return Vec::new() };
        accounts
            .flat_map(|account| std::fs::read_dir(account.unwrap().path()).unwrap())
            .map(|file| file.unwrap().path())
            .collect()
    }

    pub async fn client(&self) -> client::Client {
        self.client_with_token(None).await
    }

    /// A client that takes a few bytes of an answer, and more only as they are read.
    pub async fn narrow_client(&self) -> client::Client {
        let certificate = std::fs::read(self.data().join("tls/cert.pem")).unwrap();
        let narrow = |endpoint: tonic::transport::Endpoint| endpoint.initial_stream_window_size(1024);
        client::connect_as(self.running.address, &certificate, None, narrow).await
    }

    pub async fn client_with_token(&self, token: Option<&str>) -> client::Client {
        let certificate = std::fs::read(self.data().join("tls/cert.pem")).unwrap();
        client::connect(self.running.address, &certificate, token).await
    }
}
