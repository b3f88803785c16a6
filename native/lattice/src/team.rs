//! Threads that compute one product together.
//!
//! A product is a dozen steps of a few hundred microseconds, each of which needs all of the one before. A pool's threads
//! fall asleep between such steps and are woken too late for the next one; and tasks that wait for tasks of their own
//! are taken up in an order that nobody chose. So the members of a team all run the same function, whose steps are calls
//! of [`Member::map`]: each takes indices until there are none left and then looks, awake, whether the last ones are done.
//!
//! Every member begins with a share of the indices of its own, the same part of every step, and helps the others when that is
//! done. Steps whose indices are in the same order (by prime, by giant step) so read what the same thread has written: what
//! another core wrote last takes several times as long to read.
//!
//! The thread that calls [`together`] is a member from the beginning. Others of its rayon pool join when they have nothing
//! else to do, find the steps that are over with their results, and need not come at all: a pool that is busy with other
//! products loses nothing.

use crate::profile::{Step, timed};
use std::any::Any;
use std::ops::Index;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Looks at a step that is not over, before the thread offers its processor to others: about 20 microseconds.
const PATIENCE: usize = 500;

/// What the members share: the steps so far.
struct Team {
    steps: Mutex<Vec<Arc<dyn Any + Send + Sync>>>,
    /// Whether a member panicked: its results will never come.
    failed: AtomicBool,
}

/// One thread's place in a team.
pub(crate) struct Member<'a> {
    team: &'a Team,
    /// The number of its share.
    share: usize,
    /// The number of the next step.
    step: usize,
    leads: bool,
}

/// Runs `work` on this thread, and on those of the current rayon pool that are idle; returns what it returns here. All must
/// call [`Member::map`] in the same order, with the same counts and functions of the same results.
pub(crate) fn together<T>(work: impl Fn(&mut Member<'_>) -> T + Sync) -> T
where
    T: Send,
{
    rayon::scope(|scope| {
        let team = Arc::new(Team { steps: Mutex::default(), failed: AtomicBool::new(false) });
        let work = &work;
        for _ in 1..rayon::current_num_threads() {
            let team = Arc::clone(&team);
            scope.spawn(move |_| drop(work(&mut Member::new(&team, false))));
        }
        work(&mut Member::new(&team, true))
    })
}

/// A part of a step's indices.
struct Share {
    /// The next one that nobody has taken.
    next: AtomicUsize,
    end: usize,
}

impl Share {
    /// An index that nobody has taken, if there is one left.
    fn take(&self) -> Option<usize> {
        // Looked at first: who finds nothing leaves the cache line to the others.
        if self.next.load(Ordering::Relaxed) >= self.end {
            return None;
        }
        Some(self.next.fetch_add(1, Ordering::Relaxed)).filter(|&i| i < self.end)
    }
}

/// The results of a step: one for every index, of which all are there when a member has them.
pub(crate) struct Results<T> {
    /// One for each thread of the pool.
    shares: Box<[Share]>,
    /// Indices whose results are there.
    done: AtomicUsize,
    values: Box<[OnceLock<T>]>,
}

impl<T> Results<T> {
    fn new(count: usize) -> Self {
        let values = (0..count).map(|_| OnceLock::new()).collect();
        let threads = rayon::current_num_threads();
        let start = |share: usize| count * share / threads;
        let shares =
            (0..threads).map(|i| Share { next: AtomicUsize::new(start(i)), end: start(i + 1) }).collect();
        Self { shares, done: AtomicUsize::new(0), values }
    }

    /// All results, in the order of their indices.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.values.iter().filter_map(OnceLock::get)
    }
}

impl<T> Index<usize> for Results<T> {
    type Output = T;

    fn index(&self, i: usize) -> &T {
        match self.values.get(i).and_then(OnceLock::get) {
            Some(value) => value,
            None => unreachable!("a member has results when all are there"),
        }
    }
}

/// Tells the others, when it is dropped by a panic, that this member's result will not come.
struct Alarm<'a>(&'a Team);

impl Drop for Alarm<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.failed.store(true, Ordering::Release);
        }
    }
}

impl<'a> Member<'a> {
    /// A thread of the pool has the same share in every team: what it needs in every product, such as keys, is near it.
    fn new(team: &'a Team, leads: bool) -> Self {
        Self { team, share: rayon::current_thread_index().unwrap_or_default(), step: 0, leads }
    }

    /// `f(0)`, .., `f(count - 1)`, each computed once by whichever member takes its index first.
    pub(crate) fn map<T>(&mut self, count: usize, f: impl Fn(usize) -> T) -> Arc<Results<T>>
    where
        T: Send + Sync + 'static,
    {
        let results = self.results::<T>(count);
        let _alarm = Alarm(self.team);
        // Its own share, and then the others'.
        for share in results.shares.iter().cycle().skip(self.share).take(results.shares.len()) {
            while let Some(i) = share.take()
                && let Some(value) = results.values.get(i)
            {
                let _ = value.set(f(i)); // nobody else has this index
                results.done.fetch_add(1, Ordering::Release);
            }
        }
        let mut looks = 0;
        while results.done.load(Ordering::Acquire) < count {
            if self.team.failed.load(Ordering::Acquire) {
                resume_unwind(Box::new("another thread of this product panicked"));
            }
            looks += 1;
            if looks < PATIENCE {
                std::hint::spin_loop();
            } else {
                std::thread::yield_now();
            }
        }
        results
    }

    /// The results of this member's next step, made by the first that comes to it.
    fn results<T: Send + Sync + 'static>(&mut self, count: usize) -> Arc<Results<T>> {
        let mut steps = self.team.steps.lock().unwrap_or_else(PoisonError::into_inner);
        if steps.len() == self.step {
            steps.push(Arc::new(Results::<T>::new(count)));
        }
        let results = steps.get(self.step).map(Arc::clone);
        self.step += 1;
        match results.and_then(|results| results.downcast().ok()) {
            Some(results) => results,
            None => unreachable!("members take the same steps"),
        }
    }

    /// Runs `f`; the profile counts the time of the member that leads as that of `step`.
    pub(crate) fn timed<T>(&mut self, step: Step, f: impl FnOnce(&mut Self) -> T) -> T {
        if self.leads { timed(step, || f(self)) } else { f(self) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rayon::ThreadPoolBuilder;
    use std::panic::AssertUnwindSafe;

    #[test]
    fn every_index_is_computed_once_and_all_members_see_all_results() {
        let pool = ThreadPoolBuilder::new().num_threads(4).build().unwrap();
        for _ in 0..200 {
            let calls = AtomicUsize::new(0);
            let sum = pool.install(|| {
                together(|member| {
                    let numbers = member.map(100, |i| {
                        calls.fetch_add(1, Ordering::Relaxed);
                        i
                    });
                    let empty = member.map(0, |_| 'x');
                    assert_eq!(empty.iter().count(), 0);
                    let sums = member.map(10, |i| (10 * i..10 * i + 10).map(|j| numbers[j]).sum::<usize>());
                    sums.iter().sum::<usize>()
                })
            });
            assert_eq!((sum, calls.into_inner()), (4950, 100));
        }
    }

    #[test]
    fn a_panic_of_any_member_reaches_the_caller() {
        let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        for failing in [0, 7] {
            let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| {
                pool.install(|| {
                    together(|member| {
                        let results = member.map(8, |i| {
                            assert!(i != failing, "as intended");
                            i
                        });
                        results.iter().count()
                    })
                })
            }));
            assert!(outcome.is_err());
        }
        // The pool is as good as before.
        assert_eq!(pool.install(|| together(|member| member.map(3, |i| i)[2])), 2);
    }

    #[test]
    fn a_team_needs_no_other_member() {
        let pool = ThreadPoolBuilder::new().num_threads(2).build().unwrap();
        // Both threads lead a team of their own.
        let sums = pool.broadcast(|_| together(|member| member.map(50, |i| i).iter().sum::<usize>()));
        assert_eq!(sums, [1225, 1225]);
    }
}
