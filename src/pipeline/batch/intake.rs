//! Decides when a batch pulls its next input.

use std::rc::Rc;

use crate::core::Instant;
use crate::core::error::Failure;

use super::Batch;
use crate::pipeline::host::Host;
use crate::pipeline::intake::Intake;

/// Limit of inputs pulled and not in flight.
const LOOK_AHEAD: u32 = 1000;

impl<H: Host> Intake for Batch<H> {
    fn wants_input(&self) -> bool {
        !self.pulling.get()
            && !self.exhausted.get()
            && !self.over.get()
            && self.closing.get().is_none()
            && self.waiting.get() + self.validating.get() < LOOK_AHEAD
            && self.sink.has_room()
            && (self.scope.is_vacant(self.gate) || self.is_idle() && self.scope.may_pull_idle(self.gate))
            && (self.deadline == Instant::NEVER || self.scope.now() < self.deadline)
    }

    fn remaining(&self) -> u32 {
        if self.exhausted.get() || self.closing.get().is_some() {
            return 0;
        }
        self.size().map_or(0, |size| size.saturating_sub(self.pulled.get()))
    }

    fn cancel_remaining(&self) {
        if !self.exhausted.get()
            && self.closing.get().is_none()
            && self.size().is_some()
            && let Some(supervisor) = self.supervisor.get()
        {
            self.closing.set(Some(Failure::Aborted));
            supervisor.interrupt(Failure::Aborted);
        }
    }

    fn spawn_worker(self: Rc<Self>) {
        self.pulling.set(true);
        let scope = Rc::clone(&self.scope);
        scope.host().spawn(self.work());
    }
}
