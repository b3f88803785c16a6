//! What is known of a connection while it is open, to tell when it has to go. Connections are counted, so one that nobody
//! with an account uses, or that nobody uses any more, would keep others out for as long as it likes. And answers that
//! nobody takes would lie in memory: only the end of their connection frees what HTTP/2 has of them.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::time::sleep;

use crate::limits::Limits;

/// How often a connection is looked at within the shorter of its times.
const LOOKS: u32 = 4;

/// When a call handed a piece of its answer to the connection, in milliseconds after the connection's begin and one more; 0
/// once the piece has been taken.
type Handed = AtomicU64;

/// One connection, as its calls see it.
pub struct Visit {
    began: Instant,
    /// Whether a call on it has been found to belong to an account.
    known: AtomicBool,
    calls: Mutex<Calls>,
}

struct Calls {
    open: Vec<Arc<Handed>>,
    /// When the last call ended, or the connection began.
    ended: Instant,
}

impl Visit {
    /// A connection that begins now.
    pub fn begin() -> Arc<Self> {
        let began = Instant::now();
        let calls = Calls { open: Vec::new(), ended: began };
        Arc::new(Self { began, known: AtomicBool::new(false), calls: Mutex::new(calls) })
    }

    /// A call on the connection belongs to an account.
    pub fn belongs_to_an_account(&self) {
        self.known.store(true, Ordering::Relaxed);
    }

    /// A call was opened; it is open until what is returned is dropped.
    pub fn open_call(self: &Arc<Self>) -> OpenCall {
        let handed = Arc::<Handed>::default();
        self.calls().open.push(handed.clone());
        OpenCall { visit: self.clone(), handed }
    }

    /// Whether the connection may stay although its time was over: an account's call came in the meantime.
    pub fn is_wanted(&self, limits: &Limits) -> bool {
        let known = self.known.load(Ordering::Relaxed);
        known && !self.calls().open.is_empty() && self.untaken() < limits.untaken_answer
    }

    /// Waits until the connection has to go.
    pub async fn over(&self, limits: &Limits) {
        sleep(limits.first_call).await;
        if !self.known.load(Ordering::Relaxed) {
            return;
        }
        let look = limits.idle_connection.min(limits.untaken_answer) / LOOKS;
        while self.idle() < limits.idle_connection && self.untaken() < limits.untaken_answer {
            sleep(look).await;
        }
    }

    /// How long no call has been open.
    fn idle(&self) -> Duration {
        let calls = self.calls();
        if calls.open.is_empty() { calls.ended.elapsed() } else { Duration::ZERO }
    }

    /// How long a piece of an answer has not been taken, of the call that has waited longest.
    fn untaken(&self) -> Duration {
        let handed =
            self.calls().open.iter().map(|call| call.load(Ordering::Relaxed)).filter(|at| *at > 0).min();
        handed.map_or(Duration::ZERO, |at| Duration::from_millis(self.now().saturating_sub(at)))
    }

    fn now(&self) -> u64 {
        self.began.elapsed().as_millis() as u64 + 1
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        // Nothing under this lock can panic between two changes that belong together.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open call of a connection.
pub struct OpenCall {
    visit: Arc<Visit>,
    handed: Arc<Handed>,
}

impl OpenCall {
    /// A piece of the answer was handed to the connection, which takes it when the client has room.
    pub fn handed(&self) {
        self.handed.store(self.visit.now(), Ordering::Relaxed);
    }

    /// The piece was taken, so the connection asks for the next.
    pub fn taken(&self) {
        self.handed.store(0, Ordering::Relaxed);
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        let mut calls = self.visit.calls();
        calls.open.retain(|call| !Arc::ptr_eq(call, &self.handed));
        calls.ended = Instant::now();
    }
}
