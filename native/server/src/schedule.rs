//! The order in which waiting requests reach the backend: streams take turns, so that one client's burst delays its
//! own requests and not those of the others; and an account that opens many streams has no more than its share of the
//! places.

use std::{
    collections::{HashMap, VecDeque},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::error;

use crate::{
    auth::Account,
    backend::{Backend, Task},
    metrics,
    shares::Shares,
};

/// A place in the queue, of an account's share, taken before a task is made; it is free again when the task starts.
pub struct Place(#[expect(dead_code, reason = "held, not read")] [OwnedSemaphorePermit; 2]);

/// The places of a queue, and an account's share of them.
struct Places {
    all: Arc<Semaphore>,
    shares: Shares,
}

impl Places {
    fn new(capacity: usize, share: usize) -> Self {
        Self { all: Arc::new(Semaphore::new(capacity)), shares: Shares::new(share) }
    }

    /// Those that an account may take, the scarcer ones first.
    fn of(&self, account: &Account) -> [Arc<Semaphore>; 2] {
        [self.shares.of(account), self.all.clone()]
    }
}

fn take([share, all]: &[Arc<Semaphore>; 2]) -> Option<Place> {
    let share = share.clone().try_acquire_owned().ok()?;
    Some(Place([share, all.clone().try_acquire_owned().ok()?]))
}

/// A queue of tasks before a backend, with one lane per stream.
pub struct Scheduler<B> {
    backend: Arc<B>,
    places: Places,
    /// Of online requests, which do not wait for the others.
    online_places: Places,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    /// Tasks of every open lane.
    lanes: HashMap<u64, VecDeque<(Place, Task)>>,
    /// Lanes with tasks, in the order of their turns.
    turns: VecDeque<u64>,
    waiting: usize,
    running: usize,
    /// Tasks of online requests, which take no slot.
    online: usize,
    /// When the last task ended.
    ended: Option<Instant>,
    next_lane: u64,
}

impl Queue {
    /// Takes the first task of the lane whose turn it is, and sends the lane to the end of the line.
    fn next(&mut self) -> Option<Task> {
        while let Some(id) = self.turns.pop_front() {
            let Some(lane) = self.lanes.get_mut(&id) else { continue };
            let Some((_place, task)) = lane.pop_front() else { continue };
            if !lane.is_empty() {
                self.turns.push_back(id);
            }
            self.waiting -= 1;
            return Some(task);
        }
        None
    }

    fn tell(&self) {
        metrics::queue(self.waiting, self.running + self.online);
    }
}

impl<B: Backend> Scheduler<B> {
    /// A queue of at most `capacity` waiting tasks, of which one account may have `share`, and as many of online requests.
    pub fn new(backend: Arc<B>, capacity: usize, share: usize) -> Arc<Self> {
        let [places, online_places] = [(); 2].map(|()| Places::new(capacity, share));
        Arc::new(Self { backend, places, online_places, queue: Mutex::default() })
    }

    /// Opens a lane for an account. Dropping it forgets what still waits in it.
    pub fn lane(self: &Arc<Self>, account: &Account) -> Lane<B> {
        let (places, online_places) = (self.places.of(account), self.online_places.of(account));
        let mut queue = self.lock();
        let id = queue.next_lane;
        queue.next_lane += 1;
        queue.lanes.insert(id, VecDeque::new());
        Lane { id, places, online_places, scheduler: self.clone() }
    }

    /// Runs a task of an online request, which is too short to wait for its turn.
    pub fn run_online(self: &Arc<Self>, place: Place, task: Task) {
        let mut queue = self.lock();
        queue.online += 1;
        queue.tell();
        drop(queue);
        let scheduler = self.clone();
        self.backend.spawn_online(Box::new(move || {
            drop(place);
            run(task);
            let mut queue = scheduler.lock();
            queue.online -= 1;
            queue.ended = Some(Instant::now());
            queue.tell();
        }));
    }

    /// How long there has been no task: `None` while there is one, without end before the first.
    pub fn quiet(&self) -> Option<Duration> {
        let queue = self.lock();
        let busy = queue.waiting + queue.running + queue.online > 0;
        (!busy).then(|| queue.ended.map_or(Duration::MAX, |ended| ended.elapsed()))
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        // A panic cannot happen between two changes that belong together, so a poisoned queue is whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands tasks to the backend while it has free slots.
    fn dispatch(self: &Arc<Self>, mut queue: MutexGuard<'_, Queue>) {
        while queue.running < self.backend.slots() {
            let Some(task) = queue.next() else { break };
            queue.running += 1;
            let scheduler = self.clone();
            self.backend.spawn(Box::new(move || {
                run(task);
                let mut queue = scheduler.lock();
                queue.running -= 1;
                queue.ended = Some(Instant::now());
                scheduler.dispatch(queue);
            }));
        }
        queue.tell();
    }
}

/// Runs a task; a panic ends with it.
fn run(task: Task) {
    if catch_unwind(AssertUnwindSafe(task)).is_err() {
        error!("a task of the backend panicked");
    }
}

/// The waiting tasks of one stream.
pub struct Lane<B: Backend> {
    id: u64,
    places: [Arc<Semaphore>; 2],
    online_places: [Arc<Semaphore>; 2],
    scheduler: Arc<Scheduler<B>>,
}

impl<B: Backend> Lane<B> {
    /// A place in the queue, unless it is full, or as full as the lane's account may make it.
    pub fn place(&self) -> Option<Place> {
        take(&self.places)
    }

    /// The same for an online request.
    pub fn online_place(&self) -> Option<Place> {
        take(&self.online_places)
    }

    /// Puts a task at the end of this lane.
    pub fn push(&self, place: Place, task: Task) {
        let mut queue = self.scheduler.lock();
        let Some(lane) = queue.lanes.get_mut(&self.id) else { return };
        lane.push_back((place, task));
        if lane.len() == 1 {
            queue.turns.push_back(self.id);
        }
        queue.waiting += 1;
        self.scheduler.dispatch(queue);
    }
}

impl<B: Backend> Drop for Lane<B> {
    fn drop(&mut self) {
        let mut queue = self.scheduler.lock();
        let forgotten = queue.lanes.remove(&self.id).unwrap_or_default();
        queue.waiting -= forgotten.len();
        queue.tell();
        drop(queue);
        drop(forgotten); // after the lock, since tasks own buffers and channels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::CpuBackend;
    use lattice::Rlwe;
    use std::sync::mpsc;

    fn scheduler(capacity: usize, share: usize) -> Arc<Scheduler<CpuBackend<Rlwe>>> {
        let backend = Arc::new(CpuBackend::new(1.try_into().unwrap()).unwrap());
        Scheduler::new(backend, capacity, share)
    }

    #[test]
    fn a_queue_is_quiet_while_there_is_no_task() {
        let scheduler = scheduler(4, 4);
        assert_eq!(scheduler.quiet(), Some(Duration::MAX));
        let lane = scheduler.lane(&Account::named("ada"));
        let (go_on, wait) = mpsc::channel::<()>();
        lane.push(lane.place().unwrap(), Box::new(move || wait.recv().unwrap()));
        assert_eq!(scheduler.quiet(), None);
        go_on.send(()).unwrap();
        while scheduler.quiet().is_none() {
            std::thread::yield_now();
        }
        assert!(scheduler.quiet().unwrap() < Duration::MAX);
    }

    #[test]
    fn a_queue_is_not_quiet_during_an_online_request() {
        let scheduler = scheduler(4, 4);
        let (go_on, wait) = mpsc::channel::<()>();
        let lane = scheduler.lane(&Account::named("ada"));
        scheduler.run_online(lane.online_place().unwrap(), Box::new(move || wait.recv().unwrap()));
        assert_eq!(scheduler.quiet(), None);
        // It takes no slot: a product runs beside it.
        let (to, ran) = mpsc::channel();
        lane.push(lane.place().unwrap(), Box::new(move || to.send(()).unwrap()));
        ran.recv().unwrap();
        assert_eq!(scheduler.quiet(), None);
        go_on.send(()).unwrap();
        while scheduler.quiet().is_none() {
            std::thread::yield_now();
        }
        assert!(scheduler.quiet().unwrap() < Duration::MAX);
    }

    #[test]
    fn an_account_does_not_fill_the_queue() {
        let scheduler = scheduler(3, 2);
        let [ada, again, bob, eve] =
            ["ada", "ada", "bob", "eve"].map(|name| scheduler.lane(&Account::named(name)));
        let held = [ada.place().unwrap(), again.place().unwrap()];
        assert!(
            ada.place().is_none() && again.place().is_none(),
            "two streams of one account share its places"
        );
        let third = bob.place().unwrap();
        assert!(eve.place().is_none(), "no account has a place in a full queue");
        drop(third);
        assert!(eve.place().is_some());
        let online = [ada.online_place().unwrap(), again.online_place().unwrap()];
        assert!(ada.online_place().is_none(), "of online requests an account has a share of its own");
        drop(online);
        drop(held);
        assert!(ada.place().is_some());
    }
}
