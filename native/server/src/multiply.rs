//! One `Multiply` stream: requests in, products or refusals out, in any order.
//!
//! A request holds a permit of its stream from the moment it is read until its answer has been handed to the
//! connection. When a stream has no permit left its requests are not read, and HTTP/2's flow control holds the client
//! back; so no stream can pile up work or answers in the server's memory. How many an account may have is limited where
//! there are several accounts ([`crate::service::authenticate`]).

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use bytes::Bytes;
use futures_util::Stream;
use lattice::RequestKind;
use sotto_wire::v1::{MultiplyRequest, MultiplyResponse, Refusal, multiply_response::Result as Outcome};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};
use tonic::{Code, Status, Streaming};
use tracing::{debug, warn};

use crate::{
    auth::Account,
    backend::Backend,
    keys::KeyId,
    metrics,
    pack::{Matrix, Pack},
    schedule::{Lane, Place},
    service::{Sending, Shared},
};

/// Starts to read requests; the answers come from the stream that is returned. Dropping it forgets what still waits.
pub fn open<B: Backend>(
    shared: Arc<Shared<B>>,
    account: Account,
    sending: Option<Sending>,
    requests: Streaming<MultiplyRequest>,
) -> Answers<B> {
    let limit = shared.limits.max_in_flight;
    let (to, from) = mpsc::channel(limit);
    let lane = Arc::new(shared.scheduler.lane(&account));
    let reader = Reader { shared, account, to, permits: Arc::new(Semaphore::new(limit)), lane: lane.clone() };
    tokio::spawn(async move {
        let _sending = sending;
        reader.read(requests).await;
    });
    Answers { from, _lane: lane }
}

/// The answers of one stream.
pub struct Answers<B: Backend> {
    from: mpsc::Receiver<Answer>,
    _lane: Arc<Lane<B>>,
}

struct Answer {
    content: Result<MultiplyResponse, Status>,
    _permit: Option<OwnedSemaphorePermit>,
}

impl<B: Backend> Stream for Answers<B> {
    type Item = Result<MultiplyResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.from.poll_recv(context).map(|answer| answer.map(|answer| answer.content))
    }
}

struct Reader<B: Backend> {
    shared: Arc<Shared<B>>,
    account: Account,
    to: mpsc::Sender<Answer>,
    permits: Arc<Semaphore>,
    lane: Arc<Lane<B>>,
}

impl<B: Backend> Reader<B> {
    async fn read(self, mut requests: Streaming<MultiplyRequest>) {
        let shared = &self.shared;
        let mut next = async || {
            let permit = self.permits.clone().acquire_owned().await.ok();
            (permit, requests.message().await)
        };
        let end = loop {
            let (permit, request) = tokio::select! {
                biased;
                () = self.to.closed() => return,
                () = shared.stopping.cancelled() => {
                    break Some(Status::unavailable("the server is shutting down; connect again"));
                }
                next = next() => next,
            };
            let request = match request {
                Ok(Some(request)) => request,
                Ok(None) => break None,
                Err(status) => break Some(blame_client(status)),
            };
            if let Err(status) = shared.authority.still_valid(&self.account) {
                break Some(status);
            }
            let reply =
                Reply { id: request.id, arrived: Instant::now(), way: permit.map(|p| (self.to.clone(), p)) };
            match self.check(request).await {
                Ok(work) => self.start(work, reply),
                Err(status) => reply.send(Err(status)),
            }
        };
        // The stream's own status comes last: after the answers to what was read.
        if let Some(status) = end {
            tokio::select! {
                () = self.to.closed() => return,
                _ = self.permits.acquire_many(shared.limits.max_in_flight as u32) => {}
            }
            let last = Answer { content: Err(status), _permit: None };
            drop(self.to.send(last).await); // fails when the client is gone
        }
    }

    /// Finds what the request names, compares its lengths with the limits, and takes a place in the queue.
    async fn check(&self, request: MultiplyRequest) -> Result<Work<B>, Status> {
        let shared = &self.shared;
        let pack = shared.pack(&request.pack)?;
        let matrix = request.matrix as usize;
        let Some(Matrix { info, .. }) = pack.matrices.get(matrix) else {
            let count = pack.matrices.len();
            return Err(Status::not_found(format!("matrix is {matrix}, but the pack has {count} matrices")));
        };
        let limit = shared.backend.max_rows();
        if !(1..=limit).contains(&(request.rows as usize)) {
            return Err(Status::invalid_argument(format!(
                "rows is {}; allowed are 1 to {limit}",
                request.rows
            )));
        }
        let (kind, rows) =
            shared.backend.asked(&request.ciphertext).unwrap_or((RequestKind::Whole, request.rows));
        let expected = shared.backend.request_len(info, kind, request.rows as usize);
        if request.ciphertext.len() != expected {
            let found = request.ciphertext.len();
            return Err(Status::invalid_argument(format!(
                "ciphertext has {found} bytes instead of {expected}"
            )));
        }
        // The length says so of all but a preparation.
        if rows != request.rows {
            return Err(Status::invalid_argument(format!(
                "ciphertext has {rows} rows, but rows is {}",
                request.rows
            )));
        }
        let key_id = KeyId::read(&request.key_id)?;
        let place = match kind {
            RequestKind::Whole | RequestKind::Preparation => self.lane.place(),
            RequestKind::Online => self.lane.online_place(),
        };
        let place = place.ok_or_else(|| {
            Status::resource_exhausted(
                "too many requests wait, of this account or of all together; try later",
            )
        })?;
        if !shared.keys.has(&self.account, key_id).await? {
            return Err(no_keys());
        }
        Ok(Work { place, pack, matrix, key_id, kind, rows: request.rows, ciphertext: request.ciphertext })
    }

    fn start(&self, work: Work<B>, reply: Reply) {
        let Work { place, pack, matrix, key_id, kind, rows, ciphertext } = work;
        let (shared, account, runtime) = (self.shared.clone(), self.account.clone(), Handle::current());
        let task = move || {
            if reply.is_unwanted() {
                return;
            }
            let Some(matrix) = pack.matrices.get(matrix) else { return };
            let product = match kind {
                RequestKind::Whole | RequestKind::Preparation => {
                    // Only now, so that what waits does not keep expanded keys in memory.
                    match runtime.block_on(shared.keys.get(&account, key_id)) {
                        Ok(Some(keys)) => shared.backend.multiply(&keys, &matrix.encoded, &ciphertext),
                        Ok(None) => return reply.send(Err(no_keys())),
                        Err(status) => return reply.send(Err(status)),
                    }
                }
                RequestKind::Online => shared.backend.multiply_online(&matrix.encoded, &ciphertext),
            };
            if product.is_ok() {
                metrics::product(kind, rows, reply.arrived.elapsed());
            }
            reply.send(
                product
                    .map(Bytes::from)
                    .map_err(|error| Status::invalid_argument(format!("ciphertext is malformed: {error}"))),
            );
        };
        match kind {
            RequestKind::Whole | RequestKind::Preparation => self.lane.push(place, Box::new(task)),
            RequestKind::Online => self.shared.scheduler.run_online(place, Box::new(task)),
        }
    }
}

/// Errors below the messages, such as a broken frame, are the client's; tonic calls them INTERNAL.
pub fn blame_client(status: Status) -> Status {
    match status.code() {
        Code::Internal => Status::invalid_argument(status.message()),
        _ => status,
    }
}

fn no_keys() -> Status {
    Status::failed_precondition("key_id names no keys of this account; upload them with PutKeys")
}

/// A request that can be multiplied.
struct Work<B: Backend> {
    place: Place,
    pack: Arc<Pack<B>>,
    matrix: usize,
    key_id: KeyId,
    kind: RequestKind,
    rows: u32,
    ciphertext: Bytes,
}

/// The duty to answer one request: fulfilled on drop at the latest.
struct Reply {
    id: u32,
    arrived: Instant,
    way: Option<(mpsc::Sender<Answer>, OwnedSemaphorePermit)>,
}

impl Reply {
    fn send(mut self, outcome: Result<Bytes, Status>) {
        self.deliver(outcome);
    }

    /// Whether the client is gone.
    fn is_unwanted(&self) -> bool {
        self.way.as_ref().is_none_or(|(to, _)| to.is_closed())
    }

    fn deliver(&mut self, outcome: Result<Bytes, Status>) {
        let Some((to, permit)) = self.way.take() else { return };
        if to.is_closed() {
            return;
        }
        let result = outcome.map_or_else(
            |status| {
                let code = status.code() as i32;
                metrics::refusal(code);
                debug!(code, message = status.message(), "request refused");
                Outcome::Refusal(Refusal { code: code as u32, message: status.message().into() })
            },
            Outcome::Product,
        );
        let server_us = u32::try_from(self.arrived.elapsed().as_micros()).unwrap_or(u32::MAX);
        let content = Ok(MultiplyResponse { id: self.id, server_us, result: Some(result) });
        // The channel has one place per permit, so it is never full; it is closed when the client is gone.
        if let Err(mpsc::error::TrySendError::Full(_)) =
            to.try_send(Answer { content, _permit: Some(permit) })
        {
            warn!("an answer found no place in its stream");
        }
    }
}

impl Drop for Reply {
    fn drop(&mut self) {
        self.deliver(Err(Status::internal("the product failed; this is a defect of the server")));
    }
}
