//! When a batch brings in its next request.

use std::rc::Rc;

use crate::core::Instant;
use crate::core::error::Failure;

use super::Batch;
use crate::pipeline::host::Host;
use crate::pipeline::scope::Intake;

/// Most inputs pulled and not in flight.
const LOOK_AHEAD: u32 = 1000;

impl<H: Host> Intake for Batch<H> {
    fn is_hungry(&self) -> bool {
        !self.pulling.get()
            && !self.exhausted.get()
            && !self.over.get()
            && self.closing.get().is_none()
            && self.waiting.get() + self.aside.get() < LOOK_AHEAD
            && self.sink.has_room()
            && (self.scope.is_vacant(self.gate) || self.is_idle() && self.scope.is_owed_one(self.gate))
            && (self.deadline == Instant::NEVER || self.scope.now() < self.deadline)
    }

    fn rest(&self) -> u32 {
        if self.exhausted.get() || self.closing.get().is_some() {
            return 0;
        }
        self.size().map_or(0, |size| size.saturating_sub(self.pulled.get()))
    }

    fn drop_rest(&self) {
        if !self.exhausted.get()
            && self.closing.get().is_none()
            && self.size().is_some()
            && let Some(supervisor) = self.supervisor.get()
        {
            self.closing.set(Some(Failure::Aborted));
            supervisor.interrupt(Failure::Aborted);
        }
    }

    fn feed(self: Rc<Self>) {
        self.pulling.set(true);
        let scope = Rc::clone(&self.scope);
        scope.host().spawn(self.serve());
    }
}
