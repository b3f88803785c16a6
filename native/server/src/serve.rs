//! Puts the parts of a server together.

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use sotto_wire::v1::{self, sotto_server::SottoServer};
use tokio::{net::TcpListener, task, task::JoinHandle};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tonic::service::{Routes, interceptor::InterceptedService};
use tonic_health::{ServingStatus, server::HealthReporter};
use tracing::{info, warn};

use crate::{
    auth::{Authority, TokenFile},
    backend::Backend,
    calls::Calls,
    connections::Connections,
    failure::Failure,
    keys::KeyStore,
    limits::Limits,
    many_rows,
    pack::Pack,
    schedule::Scheduler,
    service::{Service, Shared, authenticate},
    tls::{self, Fingerprint, Identity},
    weights_cache::WeightsCache,
};

const SERVICE: &str = "sotto.v1.Sotto";
/// So many accounts must come together to fill the queue.
const QUEUE_SHARES: usize = 4;
/// Longest message of a call that needs no token, in bytes: a name. A message that is announced is waited for in memory.
const MAX_OPEN_MESSAGE: usize = 4096;

/// How a server is to be run.
#[derive(Clone, Debug)]
pub struct Config {
    /// Folders of the packs.
    pub packs: Vec<PathBuf>,
    /// `HOST:PORT`; port 0 takes a free one.
    pub listen: String,
    /// How connections are encrypted.
    pub tls: Tls,
    /// The token file; without one, a server on loopback needs no token.
    pub tokens: Option<PathBuf>,
    /// Where keys and a self-made certificate are kept; without it they are forgotten at the end.
    pub data: Option<PathBuf>,
    /// Where encoded matrices are kept; without it they are encoded at every start.
    pub weights_cache: Option<PathBuf>,
    /// Bytes that they may take there.
    pub weights_cache_bytes: u64,
    /// What clients may ask.
    pub limits: Limits,
    /// Memory for tables that make requests of many rows fast, in bytes; without it, a part of what is free when the packs
    /// are loaded.
    pub many_rows_memory: Option<usize>,
    /// How long open calls may take to end when the server shuts down.
    pub grace: Duration,
}

/// How connections are encrypted.
#[derive(Clone, Debug)]
pub enum Tls {
    /// With the server's own self-signed certificate.
    SelfSigned,
    /// With a certificate and key in PEM files.
    Files {
        /// The certificate, with its chain.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// Not at all, which loopback addresses alone allow.
    None,
}

/// A server that accepts connections.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What clients pin; `None` without TLS.
    pub identity: Option<Fingerprint>,
    stopping: CancellationToken,
    served: JoinHandle<()>,
}

impl Running {
    /// Tells the server to finish what is in flight, and waits until it has.
    pub async fn stop(self) -> Result<(), Failure> {
        self.stopping.cancel();
        self.served.await.map_err(|error| Failure::Network(format!("the server failed: {error}")))
    }
}

/// Starts a server: checks the configuration, takes the address, loads the packs, accepts.
pub async fn start<B: Backend>(config: Config, backend: Arc<B>) -> Result<Running, Failure> {
    let wanted = resolve(&config.listen)?;
    let loopback = wanted.ip().is_loopback();
    if matches!(config.tls, Tls::None) && !loopback {
        return Err(Failure::Usage(format!(
            "--insecure-no-tls is allowed on loopback addresses only, and {wanted} is none"
        )));
    }
    let authority = match &config.tokens {
        Some(path) => Authority::Tokens(TokenFile::open(path)?),
        None if loopback => Authority::Local,
        None => {
            return Err(Failure::Usage(format!(
                "{wanted} is not a loopback address, so tokens are needed: \
                 `sotto-server token add NAME --tokens FILE`, then serve with --tokens FILE"
            )));
        }
    };
    let listener =
        TcpListener::bind(wanted).await.and_then(|listener| Ok((listener.local_addr()?, listener)));
    let (address, listener) = listener.map_err(|error| {
        Failure::Network(format!(
            "cannot listen on {wanted}: {error}; stop what listens there, or choose another --listen address"
        ))
    })?;
    let data = config.data.as_deref();
    let (identity, tls) = match identity(&config.tls, data, address)? {
        Some(identity) => (Some(identity.fingerprint()), Some(TlsAcceptor::from(identity.server_config()?))),
        None => (None, None),
    };
    if data.is_none() {
        warn!("without --data, clients must upload their keys again after a restart");
    }
    let keys =
        KeyStore::open(backend.clone(), data.map(|data| data.join("keys")).as_deref(), &config.limits)?;
    let cache = config.weights_cache.and_then(|folder| open_cache(&folder, config.weights_cache_bytes));
    let packs = load(config.packs, backend.clone(), cache.clone(), &config.limits).await?;

    let max_queue = config.limits.max_queue;
    let share = if authority.has_accounts() { max_queue.div_ceil(QUEUE_SHARES) } else { max_queue };
    let stopping = CancellationToken::new();
    let authority = Arc::new(authority);
    let shared = Arc::new(Shared {
        scheduler: Scheduler::new(backend.clone(), max_queue, share),
        backend,
        packs,
        keys,
        authority: authority.clone(),
        limits: config.limits.clone(),
        stopping: stopping.clone(),
    });
    let service = SottoServer::new(Service::new(shared.clone()))
        .max_decoding_message_size(config.limits.max_message_bytes)
        .max_encoding_message_size(usize::MAX);
    let (health, health_service) = tonic_health::server::health_reporter();
    health.set_service_status(SERVICE, ServingStatus::Serving).await;
    let health_service = health_service.max_decoding_message_size(MAX_OPEN_MESSAGE);
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(v1::FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()
        .map_err(|error| Failure::Network(format!("the service cannot describe itself: {error}")))?
        .max_decoding_message_size(MAX_OPEN_MESSAGE);
    let routes = Routes::new(InterceptedService::new(service, authenticate(authority, &config.limits)))
        .add_service(health_service)
        .add_service(reflection);
    let connections = Connections {
        listener,
        tls,
        calls: Calls::new(routes),
        limits: config.limits,
        stopping: stopping.clone(),
        grace: config.grace,
    };
    tokio::spawn(unhealthy_when(stopping.clone(), health));
    if let Some(cache) = cache {
        let shared = shared.clone();
        task::spawn_blocking(move || cache.store(&shared.packs, &*shared.backend, &shared.stopping));
    }
    let hold = move || {
        let quiet = || shared.scheduler.quiet();
        let memory = config.many_rows_memory.unwrap_or_else(many_rows::default_memory);
        many_rows::hold(&shared.packs, &*shared.backend, memory, quiet, &shared.stopping);
    };
    task::spawn_blocking(hold);
    let served = tokio::spawn(connections.serve());
    info!(%address, identity = identity.map(|identity| identity.to_string()), "listening");
    Ok(Running { address, identity, stopping, served })
}

async fn unhealthy_when(stopping: CancellationToken, health: HealthReporter) {
    stopping.cancelled().await;
    health.set_service_status(SERVICE, ServingStatus::NotServing).await;
    health.set_service_status("", ServingStatus::NotServing).await;
}

fn resolve(listen: &str) -> Result<SocketAddr, Failure> {
    let refuse = |why: String| Failure::Usage(format!("--listen {listen} is no address HOST:PORT: {why}"));
    let mut addresses = listen.to_socket_addrs().map_err(|error| refuse(error.to_string()))?;
    addresses.next().ok_or_else(|| refuse("the host has no address".into()))
}

fn identity(tls: &Tls, data: Option<&Path>, address: SocketAddr) -> Result<Option<Identity>, Failure> {
    let names = tls::names_of(address.ip());
    match (tls, data) {
        (Tls::None, _) => Ok(None),
        (Tls::Files { certificate, key }, _) => Identity::read(certificate, key).map(Some),
        (Tls::SelfSigned, Some(data)) => Identity::kept_in(&data.join("tls"), &names).map(Some),
        (Tls::SelfSigned, None) => Identity::fleeting(&names).map(Some),
    }
}

/// The folder of encoded matrices; a server without one starts more slowly, and serves as well.
fn open_cache(folder: &Path, bytes: u64) -> Option<Arc<WeightsCache>> {
    match WeightsCache::open(folder, bytes) {
        Ok(cache) => Some(Arc::new(cache)),
        Err(error) => {
            warn!(
                folder = %folder.display(), %error,
                "encoded matrices are not stored: give a folder of this user alone with --weights-cache"
            );
            None
        }
    }
}

async fn load<B: Backend>(
    directories: Vec<PathBuf>,
    backend: Arc<B>,
    cache: Option<Arc<WeightsCache>>,
    limits: &Limits,
) -> Result<Vec<Arc<Pack<B>>>, Failure> {
    let max_message_bytes = limits.max_message_bytes;
    let load = move || {
        let mut packs: Vec<Arc<Pack<B>>> = Vec::with_capacity(directories.len());
        for directory in &directories {
            info!(directory = %directory.display(), "loading a pack");
            let pack = Pack::load(directory, &*backend, cache.as_deref())?;
            if packs.iter().any(|other| other.id == pack.id) {
                return Err(Failure::Usage(format!("--pack {} is given twice", directory.display())));
            }
            let longest = pack.longest_request(&*backend) + REQUEST_HEAD;
            if longest > max_message_bytes {
                return Err(Failure::Usage(format!(
                    "the longest request of pack {} has {longest} bytes; give --max-message-bytes {longest} or more",
                    directory.display()
                )));
            }
            info!(pack = pack.name, matrices = pack.matrices.len(), "pack loaded");
            packs.push(Arc::new(pack));
        }
        Ok(packs)
    };
    task::spawn_blocking(load)
        .await
        .map_err(|error| Failure::Data(format!("a pack could not be loaded: {error}")))?
}

/// More than the bytes of a `MultiplyRequest` around its ciphertext.
const REQUEST_HEAD: usize = 128;
