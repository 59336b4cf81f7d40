//! Virtual time, and the executor that lives in it.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::{BinaryHeap, VecDeque};
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use fanfetch::core::{Instant, Millis};

/// Tasks that can go on, and events that lie ahead.
#[derive(Default)]
pub(crate) struct Clock {
    now: Cell<Instant>,
    events: RefCell<BinaryHeap<Event>>,
    arranged: Cell<u64>,
    tasks: RefCell<Vec<Option<Task>>>,
    wakers: RefCell<Vec<Waker>>,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

type Task = Pin<Box<dyn Future<Output = ()>>>;

impl Clock {
    pub(crate) fn now(&self) -> Instant {
        self.now.get()
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + 'static) {
        let mut tasks = self.tasks.borrow_mut();
        let place = tasks.iter().position(Option::is_none).unwrap_or(tasks.len());
        if place == tasks.len() {
            tasks.push(None);
            self.wakers.borrow_mut().push(Arc::new(Bell { place, ready: Arc::clone(&self.ready) }).into());
        }
        tasks[place] = Some(Box::pin(task));
        self.ready.lock().unwrap().push_back(place);
    }

    /// How many tasks are not over.
    pub(crate) fn tasks(&self) -> usize {
        self.tasks.borrow().iter().flatten().count()
    }

    /// Acts at `time`, or at once when that is past.
    pub(crate) fn at(&self, time: Instant, act: impl FnOnce() + 'static) {
        if time < Instant::NEVER {
            self.arranged.set(self.arranged.get() + 1);
            self.events.borrow_mut().push(Event { time, order: self.arranged.get(), act: Box::new(act) });
        }
    }

    /// Waits until `time`; for ever, if that never comes.
    pub(crate) async fn until(&self, time: Instant) {
        let (mut arranged, come) = (false, Rc::new(Cell::new(false)));
        poll_fn(|context| {
            if !std::mem::replace(&mut arranged, true) {
                let (come, waker) = (Rc::clone(&come), context.waker().clone());
                self.at(time, move || {
                    come.set(true);
                    waker.wake();
                });
            }
            if come.get() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    /// Does everything that can be done now, then the next event. False when there is none.
    pub(crate) fn step(&self) -> bool {
        self.settle();
        let next = self.events.borrow_mut().pop();
        let Some(Event { time, act, .. }) = next else { return false };
        self.now.set(self.now.get().max(time));
        act();
        self.settle();
        true
    }

    /// Goes on to `time`, and through all that happens until then.
    pub(crate) fn run_to(&self, time: Instant) {
        self.settle();
        while self.events.borrow().peek().is_some_and(|event| event.time <= time) {
            self.step();
        }
        self.now.set(self.now.get().max(time));
    }

    /// Does everything that can be done without time going on.
    pub(crate) fn settle(&self) {
        let mut polls = 0;
        while let Some(place) = self.next_ready() {
            let task = self.tasks.borrow_mut().get_mut(place).and_then(Option::take);
            let Some(mut task) = task else { continue };
            // Its place is kept while it runs: what it spawns must not take it.
            self.tasks.borrow_mut()[place] = Some(Box::pin(std::future::pending()));
            let waker = self.wakers.borrow()[place].clone();
            let polled = task.as_mut().poll(&mut Context::from_waker(&waker));
            self.tasks.borrow_mut()[place] = polled.is_pending().then_some(task);
            polls += 1;
            assert!(polls < 10_000_000, "it runs in circles at {:?}", self.now());
        }
    }

    /// Forgets what lies ahead.
    pub(crate) fn clear(&self) {
        self.events.borrow_mut().clear();
    }

    fn next_ready(&self) -> Option<usize> {
        self.ready.lock().unwrap().pop_front()
    }
}

struct Event {
    time: Instant,
    order: u64,
    act: Box<dyn FnOnce()>,
}

impl Ord for Event {
    fn cmp(&self, other: &Self) -> Ordering {
        let times = other.time.as_millis().total_cmp(&self.time.as_millis());
        times.then(other.order.cmp(&self.order))
    }
}

impl PartialOrd for Event {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Event {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Event {}

struct Bell {
    place: usize,
    ready: Arc<Mutex<VecDeque<usize>>>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let mut ready = self.ready.lock().unwrap();
        if !ready.contains(&self.place) {
            ready.push_back(self.place);
        }
    }
}

/// A sequence of random numbers that its seed tells (SplitMix64).
#[derive(Clone, Debug)]
pub(crate) struct Random(Cell<u64>);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }

    pub(crate) fn bits(&self) -> u64 {
        self.0.set(self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut bits = self.0.get();
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 (included) to 1 (excluded).
    pub(crate) fn unit(&self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A whole number below `end`.
    pub(crate) fn below(&self, end: u32) -> u32 {
        (self.bits() % u64::from(end)) as u32
    }

    /// Whole milliseconds below `end`.
    pub(crate) fn millis(&self, end: u32) -> Millis {
        f64::from(self.below(end))
    }

    /// True in `percent` of a hundred cases.
    pub(crate) fn often(&self, percent: u32) -> bool {
        self.below(100) < percent
    }

    pub(crate) fn pick<T: Clone>(&self, from: &[T]) -> T {
        from[self.below(from.len() as u32) as usize].clone()
    }
}
