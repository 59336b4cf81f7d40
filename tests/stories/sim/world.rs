//! The world as a history sees it: the log of every fetch, chance, signals, the one timer.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use fanfetch::core::admission::{HostId, ROOT};
use fanfetch::core::error::Failure;
use fanfetch::core::{Instant, Millis};
use fanfetch::pipeline::{Scope, TaskState};

use super::clock::{Clock, Random};
use super::host::Sim;
use super::script::{Input, Reply};

/// What a history can look at and turn.
pub(crate) struct World {
    pub(crate) clock: Rc<Clock>,
    scope: RefCell<Weak<Scope<Sim>>>,
    pub(super) timers: Cell<u64>,
    pub(super) armed: Cell<bool>,
    pub(super) random: Random,
    pub(super) chance: Cell<Option<f64>>,
    pub(super) late: Cell<Millis>,
    /// Nothing that it has begun will be heard of.
    pub(super) gone: Cell<bool>,
    /// By how much the next timer rings early.
    pub(crate) hasty: Cell<Millis>,
    pub(super) live: RefCell<Vec<u32>>,
    peaks: RefCell<Vec<u32>>,
    peak: Cell<u32>,
    /// Calls were nested in the slots of requests.
    pub(super) nests: Cell<bool>,
    /// Who sits where, as long as it is under way.
    pub(super) tasks: RefCell<HashMap<u32, (u32, Rc<TaskState>)>>,
    pub(super) judging: Cell<(u32, u32)>,
    /// Every fetch in the order of their starts.
    pub(crate) log: RefCell<Vec<Fetch>>,
    /// Chance as given, by request and number of the retry.
    pub(crate) chances: RefCell<HashMap<(u32, u32), Vec<f64>>>,
    /// Hosts whose numbers were given back.
    pub(crate) forgotten: RefCell<Vec<HostId>>,
    /// Numbers of shared fetches that were given back.
    pub(crate) landed: RefCell<Vec<u32>>,
    /// When handed-out bodies were broken off, and as what.
    pub(crate) broken: RefCell<Vec<(Instant, Failure)>>,
    /// When each retry was asked about.
    pub(crate) consulted: RefCell<Vec<Instant>>,
    /// When another authorization was asked for.
    pub(crate) renewed: RefCell<Vec<Instant>>,
    /// When data were held against a schema.
    pub(crate) validated: RefCell<Vec<Instant>>,
    /// Statuses and numbers of the redirects that came.
    pub(crate) hops: RefCell<Vec<(u16, u32)>>,
    /// While which fetches hooks looked at the response.
    pub(crate) reviews: RefCell<Vec<Instant>>,
}

/// One fetch.
#[derive(Clone, Debug)]
pub(crate) struct Fetch {
    pub(crate) id: u32,
    pub(crate) host: HostId,
    pub(crate) start: Instant,
    pub(crate) end: Option<(Instant, End)>,
    pub(crate) reply: Reply,
}

/// How a fetch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Its body was read to the end, or there was none.
    Read,
    /// The server ended it.
    Broken,
    /// What was left of its body was cancelled.
    Discarded,
    /// We ended it.
    Aborted,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            clock: Rc::default(),
            scope: RefCell::default(),
            timers: Cell::default(),
            armed: Cell::default(),
            random: Random::new(seed),
            chance: Cell::default(),
            late: Cell::default(),
            gone: Cell::default(),
            hasty: Cell::default(),
            live: RefCell::default(),
            peaks: RefCell::default(),
            peak: Cell::default(),
            nests: Cell::default(),
            tasks: RefCell::default(),
            judging: Cell::default(),
            log: RefCell::default(),
            chances: RefCell::default(),
            forgotten: RefCell::default(),
            landed: RefCell::default(),
            broken: RefCell::default(),
            consulted: RefCell::default(),
            renewed: RefCell::default(),
            validated: RefCell::default(),
            hops: RefCell::default(),
            reviews: RefCell::default(),
        }
    }

    /// Another in the same time.
    pub(crate) fn beside(other: &Self) -> Self {
        Self { clock: Rc::clone(&other.clock), ..Self::new(other.random.bits()) }
    }

    pub(crate) fn enter(&self, scope: &Rc<Scope<Sim>>) {
        *self.scope.borrow_mut() = Rc::downgrade(scope);
    }

    /// The time as the scope has it.
    pub(crate) fn time(&self) -> Instant {
        self.scope.borrow().upgrade().map_or_else(|| self.clock.now(), |scope| scope.now())
    }

    /// From now on chance is this number.
    pub(crate) fn set_chance(&self, chance: f64) {
        self.chance.set(Some(chance));
    }

    /// From now on timers ring so much late.
    pub(crate) fn set_late(&self, late: Millis) {
        self.late.set(late);
    }

    /// From now on no timer rings.
    pub(crate) fn vanish(&self) {
        self.gone.set(true);
    }

    /// Aborts the signal of one request, should it be under way.
    pub(crate) fn abort(&self, id: u32) {
        self.task_of(id).inspect(|task| task.interrupt(Failure::Aborted));
    }

    /// Where a request sits that is under way.
    pub(crate) fn task_of(&self, id: u32) -> Option<Rc<TaskState>> {
        self.tasks.borrow().values().find(|(known, _)| *known == id).map(|(_, task)| Rc::clone(task))
    }

    pub(crate) fn is_armed(&self) -> bool {
        self.armed.get()
    }

    pub(crate) fn live(&self) -> u32 {
        self.live.borrow().iter().sum()
    }

    /// Most fetches at once.
    pub(crate) fn peak(&self) -> u32 {
        self.peak.get()
    }

    /// Most fetches at once to one host.
    pub(crate) fn peak_at(&self, host: HostId) -> u32 {
        self.peaks.borrow().get(host as usize).copied().unwrap_or(0)
    }

    /// Who started when.
    pub(crate) fn starts(&self) -> Vec<(u32, Millis)> {
        self.log.borrow().iter().map(|fetch| (fetch.id, fetch.start.as_millis())).collect()
    }

    /// Who started, in order.
    pub(crate) fn order(&self) -> Vec<u32> {
        self.log.borrow().iter().map(|fetch| fetch.id).collect()
    }

    /// When each fetch ended and how, in the order of their starts.
    pub(crate) fn ends(&self) -> Vec<(Millis, End)> {
        self.log.borrow().iter().map(|fetch| fetch.end.map(|(time, how)| (time.as_millis(), how)).unwrap()).collect()
    }

    pub(super) fn note_review(&self) {
        self.reviews.borrow_mut().push(self.time());
    }

    pub(super) async fn wait(&self, span: Millis) {
        self.clock.until(self.time() + span).await;
    }

    pub(super) fn begin(&self, input: &Input, reply: Reply) -> usize {
        let host = input.host.expect("an input that cannot be sent is not sent");
        let (mut live, mut peaks) = (self.live.borrow_mut(), self.peaks.borrow_mut());
        if live.len() <= host as usize {
            live.resize(host as usize + 1, 0);
            peaks.resize(host as usize + 1, 0);
        }
        live[host as usize] += 1;
        peaks[host as usize] = peaks[host as usize].max(live[host as usize]);
        let all: u32 = live.iter().sum();
        self.peak.set(self.peak.get().max(all));
        let scope = self.scope.borrow().upgrade().expect("a scope");
        scope.admission(|admission| {
            let limits = admission.limits(ROOT);
            let slots = (admission.in_flight(), admission.in_flight_of(host));
            assert!(all <= slots.0 && live[host as usize] <= slots.1, "a fetch without a slot");
            // Calls that are nested in the slots of others may have one more.
            let within = slots.0 <= limits.concurrency && slots.1 <= limits.per_host;
            assert!(within || self.nests.get(), "more slots than there are: {slots:?}");
        });
        self.log.borrow_mut().push(Fetch { id: input.id, host, start: self.time(), end: None, reply });
        self.log.borrow().len() - 1
    }
}
