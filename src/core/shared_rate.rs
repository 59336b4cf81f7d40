//! A rate limit as one gate keeps to it: alone, or together with gates of other admissions, which it cannot wake.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::admission::HostId;
use super::limits::Rate;
use super::rate_limit::{Holder, RateLimit, Window};
use super::time::Instant;

/// Hosts whose windows are kept while nobody uses them.
const KEPT_HOSTS: usize = 1000;

/// What starts under one rate: one window for all hosts together, or one for each.
///
/// Nothing in it waits, and nothing is lost if one of those who keep to it is never heard of again.
#[derive(Clone)]
pub struct SharedRate {
    rate: Rate,
    common: Option<RateHandle>,
    hosts: Rc<RefCell<Named>>,
    /// Other admissions have other numbers for the same hosts; the name is a number that all of them have. Without names
    /// each host's window is its lane's own.
    name: Option<Rc<dyn Fn(HostId) -> u64>>,
}

type Named = Vec<(u64, RateHandle)>;

impl SharedRate {
    pub(super) fn new(rate: Rate) -> Self {
        let common = (!rate.per_host).then(|| RateHandle::new(rate.limit));
        Self { rate, common, hosts: Rc::default(), name: None }
    }

    /// The same for another admission, where hosts have other numbers.
    #[must_use]
    pub fn joined(&self, name: impl Fn(HostId) -> u64 + 'static) -> Self {
        Self { common: self.common.as_ref().map(RateHandle::join), name: Some(Rc::new(name)), ..self.clone() }
    }

    /// The window for all hosts together.
    pub(super) fn common(&self) -> Option<&RateHandle> {
        self.common.as_ref()
    }

    /// The window of one host, where each has its own.
    pub(super) fn of_host(&self, host: HostId) -> Option<RateHandle> {
        if !self.rate.per_host {
            return None;
        }
        let Some(name) = &self.name else { return Some(RateHandle::new(self.rate.limit)) };
        let name = name(host);
        let mut hosts = self.hosts.borrow_mut();
        if let Some((_, handle)) = hosts.iter().find(|(other, _)| *other == name) {
            return Some(handle.join());
        }
        let handle = RateHandle::new(self.rate.limit);
        let joined = handle.join();
        hosts.push((name, handle));
        Some(joined)
    }

    /// Forgets windows that nobody uses and that have nothing to remember, where there are many.
    pub(super) fn forget(&self, now: Instant) {
        let mut hosts = self.hosts.borrow_mut();
        if hosts.len() > KEPT_HOSTS {
            hosts.retain(|(_, handle)| Rc::strong_count(&handle.window) > 1 || !handle.is_idle(now));
        }
    }
}

impl fmt::Debug for SharedRate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SharedRate").field("rate", &self.rate).finish_non_exhaustive()
    }
}

/// One holder's part in a window.
#[derive(Clone, Debug)]
pub(super) struct RateHandle {
    window: Rc<RefCell<Window>>,
    holder: Holder,
}

impl RateHandle {
    fn new(rate: RateLimit) -> Self {
        Self { window: Rc::new(RefCell::new(Window::new(rate))), holder: 0 }
    }

    /// That of another holder.
    fn join(&self) -> Self {
        Self { window: Rc::clone(&self.window), holder: self.window.borrow_mut().holder() }
    }

    pub(super) fn earliest(&self, now: Instant) -> Instant {
        self.window.borrow().earliest(now, self.holder)
    }

    pub(super) fn start(&self, now: Instant) {
        self.window.borrow_mut().start(now, self.holder);
    }

    /// Keeps a place for the next start.
    pub(super) fn reserve(&self, now: Instant) {
        self.window.borrow_mut().reserve(now, self.holder);
    }

    /// Keeps none any longer.
    pub(super) fn give_back(&self) {
        self.window.borrow_mut().give_back(self.holder);
    }

    pub(super) fn undo(&self, at: Instant) {
        self.window.borrow_mut().undo(at);
    }

    pub(super) fn is_idle(&self, now: Instant) -> bool {
        self.window.borrow().is_idle(now)
    }
}
