//! What is known of a connection while it is open, to tell when it has to go. Connections are counted, so one that nobody
//! with an account uses, or that nobody uses any more, would keep others out for as long as it likes. And answers that
//! nobody takes would lie in memory: only the end of their connection frees what HTTP/2 has of them.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::{Buf, Bytes};
use tokio::time::sleep;
use tokio_util::task::task_tracker::TaskTrackerToken;

use crate::{auth::Account, limits::Limits};

/// How often a connection is looked at within the shorter of its times.
const LOOKS: u32 = 4;

/// What of a call's answer was handed to the connection and is not on its way yet.
#[derive(Default)]
struct Untaken {
    /// Pieces of it.
    pieces: AtomicUsize,
    /// When something of it last left, or there was nothing before it: milliseconds after the connection's begin.
    moved: AtomicU64,
}

/// One connection, as its calls see it.
pub struct Visit {
    began: Instant,
    /// Whose the first of its calls was that belonged to an account.
    account: OnceLock<Account>,
    calls: Mutex<Calls>,
}

struct Calls {
    open: Vec<Arc<Untaken>>,
    /// When the last call ended, or the connection began.
    ended: Instant,
}

impl Visit {
    /// A connection that begins now.
    pub fn begin() -> Arc<Self> {
        let began = Instant::now();
        let calls = Calls { open: Vec::new(), ended: began };
        Arc::new(Self { began, account: OnceLock::new(), calls: Mutex::new(calls) })
    }

    /// A call on the connection belongs to this account.
    pub fn belongs_to(&self, account: &Account) {
        self.account.get_or_init(|| account.clone());
    }

    /// Whose the connection is, as far as its calls have shown.
    pub fn account(&self) -> Option<&Account> {
        self.account.get()
    }

    /// Whether a call on the connection has been found to belong to an account.
    pub fn is_known(&self) -> bool {
        self.account.get().is_some()
    }

    /// A call was opened; it is open until what is returned is dropped, by the call and by every piece of its answer. The
    /// token goes with it.
    pub fn open_call(self: &Arc<Self>, token: Option<TaskTrackerToken>) -> Arc<OpenCall> {
        let untaken = Arc::<Untaken>::default();
        self.calls().open.push(untaken.clone());
        Arc::new(OpenCall { visit: self.clone(), untaken, _token: token })
    }

    /// Whether the connection may stay although its time was over: an account's call came in the meantime.
    pub fn is_wanted(&self, limits: &Limits) -> bool {
        self.is_known() && !self.calls().open.is_empty() && self.untaken() < limits.untaken_answer
    }

    /// Waits until the connection has to go.
    pub async fn over(&self, limits: &Limits) {
        sleep(limits.first_call).await;
        if !self.is_known() {
            return;
        }
        let look = limits.idle_connection.min(limits.untaken_answer) / LOOKS;
        while self.idle() < limits.idle_connection && self.untaken() < limits.untaken_answer {
            sleep(look).await;
        }
    }

    /// How long no call has been open.
    pub fn idle(&self) -> Duration {
        let calls = self.calls();
        if calls.open.is_empty() { calls.ended.elapsed() } else { Duration::ZERO }
    }

    /// How long nothing has been taken of an answer that waits, of the one that has waited longest.
    fn untaken(&self) -> Duration {
        let calls = self.calls();
        let waiting = calls.open.iter().filter(|untaken| untaken.pieces.load(Ordering::Relaxed) > 0);
        let moved = waiting.map(|untaken| untaken.moved.load(Ordering::Relaxed)).min();
        moved.map_or(Duration::ZERO, |at| Duration::from_millis(self.now().saturating_sub(at)))
    }

    fn now(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        // Nothing under this lock can panic between two changes that belong together.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open call of a connection.
pub struct OpenCall {
    visit: Arc<Visit>,
    untaken: Arc<Untaken>,
    _token: Option<TaskTrackerToken>,
}

impl OpenCall {
    fn moved(&self) {
        self.untaken.moved.store(self.visit.now(), Ordering::Relaxed);
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let mut calls = self.visit.calls();
        calls.open.retain(|untaken| !Arc::ptr_eq(untaken, &self.untaken));
        calls.ended = Instant::now();
    }
}

/// Something of an answer that waits for its client: it counts as untaken until it is dropped.
pub struct Waiting(Arc<OpenCall>);

impl Waiting {
    /// Of this call.
    pub fn new(call: Arc<OpenCall>) -> Self {
        if call.untaken.pieces.fetch_add(1, Ordering::Relaxed) == 0 {
            call.moved();
        }
        Self(call)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.moved();
        self.0.untaken.pieces.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Bytes of an answer, which HTTP/2 keeps until their client has room for them.
pub struct Piece {
    bytes: Bytes,
    waiting: Waiting,
}

impl Piece {
    /// Of this call.
    pub fn new(bytes: Bytes, call: Arc<OpenCall>) -> Self {
        Self { bytes, waiting: Waiting::new(call) }
    }
}

impl Buf for Piece {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
        self.waiting.0.moved();
    }
}
