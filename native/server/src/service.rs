//! The calls of `sotto.v1.Sotto`.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use futures_util::Stream;
use sotto_wire::v1::{
    BundleChunk, DeleteKeysRequest, DeleteKeysResponse, FetchBundleRequest, GetInfoRequest, GetInfoResponse,
    HasKeysRequest, HasKeysResponse, KeyChunk, Limits as WireLimits, ListPacksRequest, ListPacksResponse,
    MultiplyRequest, MultiplyResponse, PutKeysResponse, Scheme, sotto_server::Sotto,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    task,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, Streaming};

use crate::{
    auth::{Account, Authority},
    backend::Backend,
    bundle,
    keys::{KeyId, KeyStore},
    limits::Limits,
    multiply::{self, blame_client},
    pack::{Pack, PackId},
    schedule::Scheduler,
    shares::Shares,
    visit::Visit,
};

/// How long the next chunk of an upload may take.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(30);
/// Uploads that may be held in memory together, in units of the longest keys.
const UPLOADS: usize = 8;
/// Uploads of one account that are received at once.
const UPLOADS_PER_ACCOUNT: usize = 2;
/// Unit in which the memory of uploads is counted.
const KIB: usize = 1024;

/// What all calls work with.
pub struct Shared<B: Backend> {
    /// Multiplies.
    pub backend: Arc<B>,
    /// Every pack served, in the order of the command line.
    pub packs: Vec<Arc<Pack<B>>>,
    /// Evaluation keys.
    pub keys: KeyStore<B>,
    /// What waits for the backend.
    pub scheduler: Arc<Scheduler<B>>,
    /// Who may call.
    pub authority: Arc<Authority>,
    /// What a client may ask.
    pub limits: Limits,
    /// Cancelled when the server begins to shut down.
    pub stopping: CancellationToken,
}

impl<B: Backend> Shared<B> {
    /// The pack that a message names.
    pub fn pack(&self, id: &[u8]) -> Result<Arc<Pack<B>>, Status> {
        let id = PackId::read(id)?;
        let found = self.packs.iter().find(|pack| pack.id == id);
        found.cloned().ok_or_else(|| Status::not_found("pack names no pack of this server; see ListPacks"))
    }
}

/// The service.
pub struct Service<B: Backend> {
    shared: Arc<Shared<B>>,
    upload_memory: Arc<Semaphore>,
    uploads: Shares,
}

impl<B: Backend> Service<B> {
    /// A service on `shared`.
    pub fn new(shared: Arc<Shared<B>>) -> Self {
        let memory = UPLOADS * shared.limits.max_key_bytes.div_ceil(KIB);
        let upload_memory = Arc::new(Semaphore::new(memory));
        Self { upload_memory, uploads: Shares::new(UPLOADS_PER_ACCOUNT), shared }
    }

    /// Receives one upload, when its turn has come, into memory that is reserved only after its length has been checked.
    /// Flow control holds back a client that waits.
    async fn receive(&self, account: &Account, chunks: &mut Streaming<KeyChunk>) -> Result<Upload, Status> {
        let turn = acquired(self.uploads.of(account).acquire_owned().await)?;
        let first =
            next_chunk(chunks).await?.ok_or_else(|| Status::invalid_argument("the upload is empty"))?;
        let id = KeyId::read(&first.key_id)?;
        let limit = self.shared.limits.max_key_bytes;
        let total = usize::try_from(first.total_bytes).ok().filter(|total| (1..=limit).contains(total));
        let total = total.ok_or_else(|| {
            Status::invalid_argument(format!(
                "total_bytes is {}; allowed are 1 to {limit}",
                first.total_bytes
            ))
        })?;
        let memory = u32::try_from(total.div_ceil(KIB)).unwrap_or(u32::MAX);
        let memory = acquired(self.upload_memory.clone().acquire_many_owned(memory).await)?;
        let mut bytes = Vec::with_capacity(total);
        let mut data = first.data;
        loop {
            if data.len() > total - bytes.len() {
                return Err(Status::invalid_argument(format!("data is longer than total_bytes, {total}")));
            }
            bytes.extend_from_slice(&data);
            let Some(chunk) = next_chunk(chunks).await? else { break };
            if !chunk.key_id.is_empty() || chunk.total_bytes != 0 {
                return Err(Status::invalid_argument(
                    "key_id and total_bytes belong to the first chunk only",
                ));
            }
            // They could keep an upload open without end.
            if chunk.data.is_empty() {
                return Err(Status::invalid_argument(
                    "data is empty, which only that of the first chunk may be",
                ));
            }
            data = chunk.data;
        }
        if bytes.len() < total {
            let found = bytes.len();
            return Err(Status::invalid_argument(format!("data ended after {found} of {total} bytes")));
        }
        Ok(Upload { id, bytes, held: [turn, memory] })
    }
}

/// Keys as a client sent them.
struct Upload {
    id: KeyId,
    bytes: Vec<u8>,
    held: [OwnedSemaphorePermit; 2],
}

fn acquired<P>(permit: Result<P, tokio::sync::AcquireError>) -> Result<P, Status> {
    permit.map_err(|_| Status::unavailable("the server is shutting down; connect again"))
}

/// Changes keys to the end, also when the client leaves meanwhile and its call is dropped: work on other threads could not
/// be called back, and would go on without the locks and permits that it needs.
async fn to_its_end<T: Send + 'static>(
    change: impl Future<Output = Result<T, Status>> + Send + 'static,
) -> Result<T, Status> {
    let failed = |_| Status::internal("the keys could not be changed; this is a defect of the server");
    task::spawn(change).await.map_err(failed)?
}

async fn next_chunk(chunks: &mut Streaming<KeyChunk>) -> Result<Option<KeyChunk>, Status> {
    let chunk = timeout(CHUNK_TIMEOUT, chunks.message()).await;
    chunk
        .map_err(|_| Status::deadline_exceeded("the next chunk of the upload did not come in time"))?
        .map_err(blame_client)
}

/// The account that [`authenticate`] found.
fn account<T>(request: &Request<T>) -> Result<Account, Status> {
    let account = request.extensions().get::<Account>().cloned();
    account.ok_or_else(|| Status::unauthenticated("the call belongs to no account"))
}

/// Held by a call while its client may still send: what has come of a message waits in memory for the rest.
#[derive(Clone)]
pub struct Sending(#[expect(dead_code, reason = "held, not read")] Arc<OwnedSemaphorePermit>);

impl Sending {
    /// That of a call that goes on after its request has been taken apart.
    fn of<T>(request: &Request<T>) -> Option<Self> {
        request.extensions().get::<Self>().cloned()
    }
}

/// Lets no call reach the service without an account, or beyond the calls that an account may have: with the request goes a
/// [`Sending`], where there are several accounts.
pub fn authenticate(
    authority: Arc<Authority>,
    limits: &Limits,
) -> impl Fn(Request<()>) -> Result<Request<()>, Status> + Clone + Send + Sync + 'static {
    let calls = Arc::new(Shares::new(limits.max_calls_per_account));
    move |mut request| {
        let account = authority.authenticate(request.metadata())?;
        if account.is_one_of_several() {
            let permit = calls.of(&account).try_acquire_owned().map_err(|_| {
                Status::resource_exhausted(
                    "this account has as many open calls as it may have; end one of them",
                )
            })?;
            request.extensions_mut().insert(Sending(Arc::new(permit)));
        }
        if let Some(visit) = request.extensions().get::<Arc<Visit>>() {
            visit.belongs_to(&account);
        }
        request.extensions_mut().insert(account);
        Ok(request)
    }
}

/// A stream of answers.
type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl<B: Backend> Sotto for Service<B> {
    async fn get_info(&self, _request: Request<GetInfoRequest>) -> Result<Response<GetInfoResponse>, Status> {
        let scheme = self.shared.backend.scheme();
        let limits = &self.shared.limits;
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Ok(Response::new(GetInfoResponse {
            version: env!("CARGO_PKG_VERSION").into(),
            scheme: Some(Scheme {
                name: scheme.name.into(),
                n: scheme.n,
                log2_q: scheme.log2_q,
                log2_qp: scheme.log2_qp,
            }),
            limits: Some(WireLimits {
                max_message_bytes: count(limits.max_message_bytes),
                max_rows: count(self.shared.backend.max_rows()),
                max_in_flight: count(limits.max_in_flight),
                max_keys_per_account: count(limits.max_keys_per_account),
                max_key_bytes: count(limits.max_key_bytes),
            }),
        }))
    }

    async fn list_packs(
        &self,
        _request: Request<ListPacksRequest>,
    ) -> Result<Response<ListPacksResponse>, Status> {
        let packs = self.shared.packs.iter().map(|pack| pack.describe()).collect();
        Ok(Response::new(ListPacksResponse { packs }))
    }

    type FetchBundleStream = Answers<BundleChunk>;

    async fn fetch_bundle(
        &self,
        request: Request<FetchBundleRequest>,
    ) -> Result<Response<Self::FetchBundleStream>, Status> {
        let FetchBundleRequest { pack, path, offset } = request.into_inner();
        let pack = self.shared.pack(&pack)?;
        let file = pack.bundle.file(&path);
        let file = file.ok_or_else(|| Status::not_found("path names no file of the pack; see ListPacks"))?;
        Ok(Response::new(Box::pin(bundle::send(file, offset)?)))
    }

    async fn put_keys(
        &self,
        request: Request<Streaming<KeyChunk>>,
    ) -> Result<Response<PutKeysResponse>, Status> {
        let account = account(&request)?;
        let sending = Sending::of(&request);
        let mut chunks = request.into_inner();
        let received = timeout(self.shared.limits.upload, self.receive(&account, &mut chunks)).await;
        let Upload { id, bytes, held } =
            received.map_err(|_| Status::deadline_exceeded("the upload took too long"))??;
        drop(sending);
        let shared = self.shared.clone();
        to_its_end(async move {
            let _held = held;
            shared.keys.put(&account, id, bytes).await
        })
        .await?;
        Ok(Response::new(PutKeysResponse {}))
    }

    async fn has_keys(&self, request: Request<HasKeysRequest>) -> Result<Response<HasKeysResponse>, Status> {
        let account = account(&request)?;
        let id = KeyId::read(&request.into_inner().key_id)?;
        let present = self.shared.keys.has(&account, id).await?;
        Ok(Response::new(HasKeysResponse { present }))
    }

    async fn delete_keys(
        &self,
        request: Request<DeleteKeysRequest>,
    ) -> Result<Response<DeleteKeysResponse>, Status> {
        let account = account(&request)?;
        let id = KeyId::read(&request.into_inner().key_id)?;
        let shared = self.shared.clone();
        let existed = to_its_end(async move { shared.keys.delete(&account, id).await }).await?;
        Ok(Response::new(DeleteKeysResponse { existed }))
    }

    type MultiplyStream = Answers<MultiplyResponse>;

    async fn multiply(
        &self,
        request: Request<Streaming<MultiplyRequest>>,
    ) -> Result<Response<Self::MultiplyStream>, Status> {
        let account = account(&request)?;
        let sending = Sending::of(&request);
        let answers = multiply::open(self.shared.clone(), account, sending, request.into_inner());
        Ok(Response::new(Box::pin(answers)))
    }
}
