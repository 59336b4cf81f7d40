//! Time of a scope: its deadlines, the one timer of the host, and turns of the event loop.

use std::cell::{Cell, RefCell};

use crate::core::timers::{Owner, Timers};
use crate::core::{Instant, Millis};

/// Milliseconds that a timer may ring early and count as in time.
const HAIR: Millis = 0.5;
/// Milliseconds that a timer may ring early and be set again, once.
const TURN: Millis = 10.0;
/// Milliseconds of work after which timers and aborts get a turn. A turn costs Node some forty microseconds.
const STINT: Millis = 8.0;

/// Deadlines, and how far time has come.
#[derive(Default)]
pub(super) struct Clock {
    timers: RefCell<Timers>,
    /// Time for which the host's timer rang too early.
    hurried: Cell<Instant>,
    /// Latest time for which the host's timer has rung.
    reached: Cell<Instant>,
    /// Last known turn of the event loop.
    rested: Cell<Instant>,
}

impl Clock {
    /// Returns the time, given the host's: never earlier than a timer that has rung, since timers of some hosts ring a
    /// moment early by their own clock.
    pub(super) fn now(&self, host: Instant) -> Instant {
        host.max(self.reached.get())
    }

    /// Sets or moves the deadline of `owner`; [`Instant::NEVER`] clears it.
    pub(super) fn set(&self, owner: Owner, time: Instant) {
        self.timers.borrow_mut().set(owner, time);
    }

    /// Returns the delay that the host's timer must be set to, or `None` when it rings early enough.
    pub(super) fn arm(&self, now: impl FnOnce() -> Instant) -> Option<Millis> {
        self.timers.borrow_mut().arm(now)
    }

    /// Notes that the host's timer rang; returns false where it is to be set again instead.
    ///
    /// Node counts a timer from the beginning of the turn in which it is set, which may have lasted a while. Set again only
    /// once: under fake timers the clock may stand still.
    pub(super) fn note_ring(&self, host: Instant) -> bool {
        let armed = self.timers.borrow_mut().disarm();
        if armed < Instant::NEVER {
            let early = armed.since(host);
            if (HAIR..TURN).contains(&early) && self.hurried.replace(armed) != armed {
                return false;
            }
            self.reached.set(self.reached.get().max(armed));
        }
        true
    }

    /// Takes an owner whose deadline has come.
    pub(super) fn due(&self, now: Instant) -> Option<Owner> {
        self.timers.borrow_mut().due(now)
    }

    /// Forgets the host's timer if there is no deadline; returns whether it did.
    pub(super) fn disarm_idle(&self) -> bool {
        let is_idle = self.timers.borrow().is_empty();
        if is_idle {
            self.timers.borrow_mut().disarm();
        }
        is_idle
    }

    /// Returns whether timers and aborts need a turn: inputs that fail or succeed without any wait would starve them.
    pub(super) fn is_tired(&self, now: Instant) -> bool {
        now.since(self.rested.get()) >= STINT
    }

    /// Notes a new turn of the event loop.
    pub(super) fn note_turn(&self, now: Instant) {
        self.rested.set(now);
    }
}
