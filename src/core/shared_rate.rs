//! Rate limit of one gate, or of gates of several admissions, which cannot wake one another.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

use super::admission::ids::HostId;
use super::limits::Rate;
use super::rate_limit::{Holder, RateLimit, Window};
use super::time::Instant;

/// Unused windows of hosts that are kept.
const KEPT_HOSTS: usize = 1000;

/// One rate, counted in one window for all hosts together, or in one for each.
///
/// It has no waiters of its own, so that a holder may vanish at any time.
#[derive(Clone)]
pub struct SharedRate {
    rate: Rate,
    common: Option<RateHandle>,
    hosts: Rc<RefCell<Named>>,
    /// Maps a host to a number common to all admissions, whose own numbers differ. Without it each lane has its own window.
    name: Option<Rc<dyn Fn(HostId) -> u64>>,
}

type Named = Vec<(u64, RateHandle)>;

impl SharedRate {
    pub(super) fn new(rate: Rate) -> Self {
        let common = (!rate.per_host).then(|| RateHandle::new(rate.limit));
        Self { rate, common, hosts: Rc::default(), name: None }
    }

    /// Joins another admission, where hosts have other numbers; `name` maps them to common ones.
    #[must_use]
    pub fn joined(&self, name: impl Fn(HostId) -> u64 + 'static) -> Self {
        Self { common: self.common.as_ref().map(RateHandle::join), name: Some(Rc::new(name)), ..self.clone() }
    }

    /// Window for all hosts together.
    pub(super) fn common(&self) -> Option<&RateHandle> {
        self.common.as_ref()
    }

    /// Joins the window of one host, where each has its own.
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

    /// Removes unused windows that count no start any more, where there are many.
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

/// A holder's access to a window.
#[derive(Clone, Debug)]
pub(super) struct RateHandle {
    window: Rc<RefCell<Window>>,
    holder: Holder,
}

impl RateHandle {
    fn new(rate: RateLimit) -> Self {
        Self { window: Rc::new(RefCell::new(Window::new(rate))), holder: 0 }
    }

    /// Adds a holder to the window.
    fn join(&self) -> Self {
        Self { window: Rc::clone(&self.window), holder: self.window.borrow_mut().add_holder() }
    }

    pub(super) fn earliest(&self, now: Instant) -> Instant {
        self.window.borrow().earliest(now, self.holder)
    }

    pub(super) fn start(&self, now: Instant) {
        self.window.borrow_mut().start(now, self.holder);
    }

    /// Reserves the next start.
    pub(super) fn reserve(&self, now: Instant) {
        self.window.borrow_mut().reserve(now, self.holder);
    }

    /// Cancels the reservation.
    pub(super) fn cancel_reservation(&self) {
        self.window.borrow_mut().cancel_reservation(self.holder);
    }

    pub(super) fn undo(&self, at: Instant) {
        self.window.borrow_mut().undo(at);
    }

    pub(super) fn is_idle(&self, now: Instant) -> bool {
        self.window.borrow().is_idle(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    fn at(millis: f64) -> Instant {
        Instant::from_millis(millis)
    }

    fn per_host() -> SharedRate {
        let limit = RateLimit { limit: 1, interval: 100.0 };
        SharedRate::new(Rate { limit, per_host: true }).joined(u64::from)
    }

    fn names(rate: &SharedRate) -> Vec<u64> {
        rate.hosts.borrow().iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn admissions_share_a_window_by_the_name_of_its_host() {
        let rate = per_host();
        let other = rate.joined(|host| u64::from(host) + 1);
        let (one, two) = (rate.of_host(1).unwrap(), other.of_host(0).unwrap());
        one.start(at(0.0));
        assert_eq!((two.earliest(at(1.0)), names(&rate)), (at(100.0), vec![1]));
        assert_eq!(rate.of_host(2).unwrap().earliest(at(1.0)), at(1.0));
    }

    #[test]
    fn unused_windows_are_kept_while_there_are_few() {
        let rate = per_host();
        (0..KEPT_HOSTS as HostId).for_each(|host| drop(rate.of_host(host)));
        rate.forget(at(0.0));
        assert_eq!(names(&rate).len(), KEPT_HOSTS);
    }

    #[test]
    fn windows_in_use_and_those_with_a_start_stay() {
        let rate = per_host();
        (0..=KEPT_HOSTS as HostId + 5).for_each(|host| drop(rate.of_host(host)));
        let _used = rate.of_host(7).unwrap();
        let _used_twice = [rate.of_host(8).unwrap(), rate.of_host(8).unwrap()];
        rate.of_host(9).unwrap().start(at(0.0));
        rate.forget(at(50.0));
        assert_eq!(names(&rate), [7, 8, 9]);
    }
}
