//! What surrounds every call: it is counted and logged when it ends, and the server waits for it when it shuts down.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Instant,
};

use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use tokio_util::task::TaskTracker;
use tonic::{Code, Status, service::Routes};
use tower::ServiceExt as _;
use tracing::info;

use crate::{
    metrics,
    visit::{OpenCall, Piece, Visit, Waiting},
};

/// The calls by which metrics are labelled; all others are `other`.
const METHODS: [&str; 7] =
    ["GetInfo", "ListPacks", "FetchBundle", "PutKeys", "HasKeys", "DeleteKeys", "Multiply"];

/// Answers calls and knows which are open.
#[derive(Clone)]
pub struct Calls {
    routes: Routes,
    open: TaskTracker,
}

impl Calls {
    /// Answers with `routes`.
    pub fn new(routes: Routes) -> Self {
        Self { routes: routes.prepare(), open: TaskTracker::new() }
    }

    /// Answers one call of a connection.
    pub async fn answer(
        self,
        mut request: Request<Incoming>,
        visit: Arc<Visit>,
    ) -> Result<Response<CallBody>, std::convert::Infallible> {
        let method = request.uri().path().strip_prefix("/sotto.v1.Sotto/");
        // Health watches stay open for ever; nobody waits for them.
        let token = method.map(|_| self.open.token());
        let call = Call {
            method: method
                .and_then(|method| METHODS.into_iter().find(|known| *known == method))
                .unwrap_or("other"),
            started: Instant::now(),
            code: None,
            open: visit.open_call(token),
        };
        request.extensions_mut().insert(visit);
        let (head, body) = self.routes.oneshot(request).await?.into_parts();
        let mut body = CallBody { body, call, offered: None };
        body.call.look_at(&head.headers);
        Ok(Response::from_parts(head, body))
    }

    /// Waits until no call of `sotto.v1` is open.
    pub async fn ended(&self) {
        self.open.close();
        self.open.wait().await;
    }
}

struct Call {
    method: &'static str,
    started: Instant,
    code: Option<Code>,
    open: Arc<OpenCall>,
}

impl Call {
    /// The status is in the trailers, or in the headers when nothing else follows.
    fn look_at(&mut self, headers: &HeaderMap) {
        if let Some(code) = headers.get(Status::GRPC_STATUS) {
            self.code = Some(Code::from_bytes(code.as_bytes()));
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        // A body that is dropped before its trailers belongs to a client that went away.
        let code = self.code.unwrap_or(Code::Cancelled) as i32;
        metrics::call(self.method, code);
        let milliseconds = self.started.elapsed().as_millis() as u64;
        info!(method = self.method, code, milliseconds, "call ended");
    }
}

/// The answer to a call, watched until its end.
pub struct CallBody {
    body: tonic::body::Body,
    call: Call,
    /// From a piece on until the next one is asked for, which is when the client has room: an answer may wait, although
    /// nothing of it lies with HTTP/2.
    offered: Option<Waiting>,
}

impl Body for CallBody {
    type Data = Piece;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Piece>, Status>>> {
        self.offered = None;
        let frame = Pin::new(&mut self.body).poll_frame(context);
        frame.map_ok(|frame| {
            if let Some(trailers) = frame.trailers_ref() {
                self.call.look_at(trailers);
            }
            let open = self.call.open.clone();
            self.offered = Some(Waiting::new(open.clone()));
            frame.map_data(|bytes| Piece::new(bytes, open))
        })
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
