//! The listening socket and its connections: TLS handshakes, HTTP/2 settings, the end.
//!
//! hyper is driven directly and not through `tonic::transport`, for three reasons: TLS 1.3 alone is allowed, the
//! `date` header is left out (its compressed length varies with the time, and the lengths on the wire must depend on
//! the matrix and the number of rows alone), and connections are bounded.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Weak},
    time::{Duration, Instant},
};

use hyper::{server::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use socket2::{SockRef, TcpKeepalive};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};
use tracing::{debug, warn};

use crate::{calls::Calls, limits::Limits, metrics, visit::Visit};

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// Pause after the system refused to accept, for instance for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long what has been answered may take to leave the sockets.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(2);
/// How long a connection without an account that was sent away may take to leave its place, before the next one is.
const LEAVING: Duration = Duration::from_millis(100);
/// When TCP asks whether a silent client is still there. Below TLS, so that no byte of the stream depends on it.
const KEEPALIVE: Duration = Duration::from_secs(60);
const STREAM_WINDOW: u32 = 4 << 20;
const CONNECTION_WINDOW: u32 = 16 << 20;
const MAX_HEADER_BYTES: u32 = 16 << 10;
const SEND_BUFFER: usize = 1 << 20;

/// Serves connections.
pub struct Connections {
    /// Where they come from.
    pub listener: TcpListener,
    /// How they are encrypted; `None` for clear text.
    pub tls: Option<TlsAcceptor>,
    /// What they ask.
    pub calls: Calls,
    /// How many there may be.
    pub limits: Limits,
    /// Cancelled when no more are wanted.
    pub stopping: CancellationToken,
    /// How long open calls may take to end after that.
    pub grace: Duration,
}

impl Connections {
    /// Accepts until told to stop, and then waits for open calls to end.
    pub async fn serve(self) {
        let mut places = Places::new(self.limits.max_connections);
        let open = TaskTracker::new();
        loop {
            let accept = async {
                let accepted = self.listener.accept().await;
                (places.next().await, accepted)
            };
            let (place, accepted) = tokio::select! {
                biased;
                () = self.stopping.cancelled() => break,
                accepted = accept => accepted,
            };
            match accepted {
                Ok((stream, _)) => {
                    let visit = Visit::begin();
                    let connection = Connection {
                        tls: self.tls.clone(),
                        calls: self.calls.clone(),
                        limits: self.limits.clone(),
                        stopping: self.stopping.clone(),
                        grace: self.grace,
                        leave: places.enter(&visit),
                        visit,
                        _open: open.token(),
                    };
                    tokio::spawn(async move {
                        let _place = place;
                        connection.serve(stream).await;
                    });
                }
                Err(error) => {
                    warn!(%error, "cannot accept a connection");
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
        drop(self.listener);
        open.close();
        let closed = open.wait();
        tokio::pin!(closed);
        tokio::select! {
            () = &mut closed => return,
            () = self.calls.ended() => {}
            () = sleep(self.grace) => warn!("calls are cut off, because they did not end in time"),
        }
        // Connections without open calls may still hold answers in their buffers, or a watch that never ends.
        drop(timeout(FLUSH_TIMEOUT, closed).await);
    }
}

/// The places for connections, and who is at them. When all are taken one makes room for the next: the oldest connection
/// that has shown no account yet, so that nobody without an account can keep the others out; or one of an account that has
/// more than half of all places, so that no account can.
struct Places {
    all: usize,
    free: Arc<Semaphore>,
    /// The oldest first.
    taken: Vec<(Weak<Visit>, Leave)>,
}

/// Tells a connection to make room.
#[derive(Clone, Default)]
struct Leave {
    /// If it has still shown no account.
    stranger: CancellationToken,
    /// Though it is an account's.
    account: CancellationToken,
}

impl Places {
    fn new(all: usize) -> Self {
        Self { all, free: Arc::new(Semaphore::new(all)), taken: Vec::new() }
    }

    /// A connection that has just begun.
    fn enter(&mut self, visit: &Arc<Visit>) -> Leave {
        self.taken.retain(|(visit, _)| visit.strong_count() > 0);
        let leave = Leave::default();
        self.taken.push((Arc::downgrade(visit), leave.clone()));
        leave
    }

    /// A place for one more connection, when there is one.
    async fn next(&self) -> Option<OwnedSemaphorePermit> {
        if let Ok(place) = self.free.clone().try_acquire_owned() {
            return Some(place);
        }
        let mut place = pin!(self.free.clone().acquire_owned());
        loop {
            let leaving = self.send_one_away();
            if let Ok(place) = timeout(leaving, place.as_mut()).await {
                return place.ok();
            }
        }
    }

    /// How long it may take before another one is sent away, or looked for.
    fn send_one_away(&self) -> Duration {
        let here: Vec<_> =
            self.taken.iter().filter_map(|(visit, leave)| Some((visit.upgrade()?, leave))).collect();
        let stranger = here.iter().find(|(visit, leave)| !visit.is_known() && !leave.stranger.is_cancelled());
        if let Some((_, leave)) = stranger {
            leave.stranger.cancel();
            return LEAVING;
        }
        let mut theirs: HashMap<&str, Vec<_>> = HashMap::new();
        for (visit, leave) in here.iter().filter(|(_, leave)| !leave.account.is_cancelled()) {
            if let Some(account) = visit.account().filter(|account| account.is_one_of_several()) {
                theirs.entry(account.name()).or_default().push((visit.idle(), leave));
            }
        }
        let share = (self.all / 2).max(1);
        let crowd = theirs.into_values().find(|connections| connections.len() > share);
        // The one that has not been used for longest; of those in use, the oldest.
        match crowd.and_then(|connections| connections.into_iter().rev().max_by_key(|(idle, _)| *idle)) {
            Some((_, leave)) => {
                leave.account.cancel();
                FLUSH_TIMEOUT
            }
            None => LEAVING,
        }
    }
}

struct Connection {
    tls: Option<TlsAcceptor>,
    calls: Calls,
    limits: Limits,
    stopping: CancellationToken,
    grace: Duration,
    leave: Leave,
    visit: Arc<Visit>,
    _open: TaskTrackerToken,
}

impl Connection {
    /// Serves until its end, or until it has to make room for others.
    async fn serve(self, stream: TcpStream) {
        let (leave, visit) = (self.leave.clone(), self.visit.clone());
        let mut served = pin!(self.meet(stream));
        tokio::select! {
            () = served.as_mut() => return,
            () = leave.stranger.cancelled() => {}
        }
        if visit.is_known() {
            served.await;
        } else {
            debug!("a connection that showed no account makes room for another");
        }
    }

    async fn meet(self, stream: TcpStream) {
        let _counted = metrics::Connection::open();
        let keepalive = TcpKeepalive::new().with_time(KEEPALIVE).with_interval(KEEPALIVE);
        let set_up =
            stream.set_nodelay(true).and_then(|()| SockRef::from(&stream).set_tcp_keepalive(&keepalive));
        if let Err(error) = set_up {
            debug!(%error, "a connection ended before it was set up");
            return;
        }
        let Some(tls) = self.tls.clone() else { return self.exchange(stream).await };
        match timeout(HANDSHAKE_TIMEOUT, tls.accept(stream)).await {
            Ok(Ok(stream)) => self.exchange(stream).await,
            Ok(Err(error)) => {
                metrics::handshake_failed();
                debug!(%error, "a TLS handshake failed");
            }
            Err(_) => {
                metrics::handshake_failed();
                debug!("a TLS handshake took too long");
            }
        }
    }

    async fn exchange(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let (calls, visit) = (self.calls, self.visit);
        let answer = |request| calls.clone().answer(request, visit.clone());
        let connection = http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .adaptive_window(false)
            .max_concurrent_streams(self.limits.max_calls_per_connection)
            .max_header_list_size(MAX_HEADER_BYTES)
            .max_send_buf_size(SEND_BUFFER)
            .auto_date_header(false)
            .serve_connection(TokioIo::new(stream), service_fn(answer));
        let mut connection = pin!(connection);
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stopping.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
            last_call = has_to_go(&visit, &self.limits, &self.leave, self.grace) => {
                connection.as_mut().graceful_shutdown();
                loop {
                    match timeout(FLUSH_TIMEOUT, connection.as_mut()).await {
                        Ok(ended) => break ended,
                        // A call that was open, or came while the client had not heard of the end, is answered.
                        Err(_) if visit.is_wanted(&self.limits) && last_call.is_none_or(|at| Instant::now() < at) => {}
                        Err(_) => return,
                    }
                }
            }
        };
        if let Err(error) = ended {
            debug!(%error, "a connection ended with an error");
        }
    }
}

/// Waits until a connection has to go, and tells until when its calls may go on where that is limited.
async fn has_to_go(visit: &Visit, limits: &Limits, leave: &Leave, grace: Duration) -> Option<Instant> {
    tokio::select! {
        () = visit.over(limits) => {
            debug!("a connection is closed that nobody uses, or whose answers nobody takes");
            None
        }
        () = leave.account.cancelled() => {
            debug!("an account with most of the connections makes room with one");
            Some(Instant::now() + grace)
        }
    }
}
