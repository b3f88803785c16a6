//! What is known of a connection while it is open, to tell when it has to go. Connections are counted, so one that nobody
//! with an account uses, or that nobody uses any more, would keep others out for as long as it likes.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::time::sleep;

use crate::limits::Limits;

/// One connection, as its calls see it.
pub struct Visit {
    /// Whether a call on it has been found to belong to an account.
    known: AtomicBool,
    calls: Mutex<Calls>,
}

struct Calls {
    open: usize,
    /// When the last call ended, or the connection began.
    ended: Instant,
}

impl Visit {
    /// A connection that begins now.
    pub fn begin() -> Arc<Self> {
        let calls = Calls { open: 0, ended: Instant::now() };
        Arc::new(Self { known: AtomicBool::new(false), calls: Mutex::new(calls) })
    }

    /// A call on the connection belongs to an account.
    pub fn belongs_to_an_account(&self) {
        self.known.store(true, Ordering::Relaxed);
    }

    /// A call was opened; it is open until what is returned is dropped.
    pub fn open_call(self: &Arc<Self>) -> OpenCall {
        self.calls().open += 1;
        OpenCall(self.clone())
    }

    /// Whether the connection may stay although its time was over: an account's call came in the meantime.
    pub fn is_wanted(&self) -> bool {
        self.known.load(Ordering::Relaxed) && self.calls().open > 0
    }

    /// Waits until the connection has to go.
    pub async fn over(&self, limits: &Limits) {
        sleep(limits.first_call).await;
        if !self.known.load(Ordering::Relaxed) {
            return;
        }
        loop {
            let left = {
                let calls = self.calls();
                let idle = if calls.open > 0 { Duration::ZERO } else { calls.ended.elapsed() };
                limits.idle_connection.saturating_sub(idle)
            };
            if left.is_zero() {
                return;
            }
            sleep(left).await;
        }
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        // Numbers alone are changed under this lock, so a poisoned one is whole.
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An open call of a connection.
pub struct OpenCall(Arc<Visit>);

impl Drop for OpenCall {
    fn drop(&mut self) {
        let mut calls = self.0.calls();
        calls.open -= 1;
        calls.ended = Instant::now();
    }
}
