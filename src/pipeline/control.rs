//! Switches and counters of a client in use.

use std::rc::Rc;

use crate::core::admission::GateId;
use crate::core::error::Failure;

use super::host::Host;
use super::scope::Scope;

impl<H: Host> Scope<H> {
    /// Requests accepted and not in flight: waiting for a slot or another attempt, or not yet pulled from their list.
    pub fn queued(&self) -> u32 {
        let remaining = self.intakes.borrow().iter().map(|intake| intake.remaining()).fold(0, u32::saturating_add);
        self.waiting.get().saturating_add(remaining)
    }

    /// Aborts all [queued](Self::queued) requests; returns their number.
    pub fn cancel_queued(&self) -> u32 {
        let count = self.queued();
        self.waiting.set(0);
        let tasks = self.tasks.borrow().clone();
        let waiting = || tasks.iter().flatten().filter(|task| task.waits.get());
        waiting().for_each(|task| task.cancelled.set(true));
        let intakes = self.intakes.borrow().clone();
        intakes.iter().for_each(|intake| intake.cancel_remaining());
        waiting().for_each(|task| task.interrupt(Failure::Aborted));
        count
    }

    /// Forgets calls and shared fetches whose tasks were dropped unfinished.
    pub fn abandon(&self) {
        drop((self.intakes.take(), self.shared_fetches.take(), self.tasks.take()));
    }

    /// Changes the limit of requests in flight, also for those waiting.
    pub fn set_concurrency(self: &Rc<Self>, gate: GateId, concurrency: u32) {
        self.admission(|admission| admission.set_concurrency(gate, concurrency));
        self.grant_slots();
        self.fill_slots();
    }

    /// Pauses or resumes starts.
    pub fn set_paused(self: &Rc<Self>, paused: bool) {
        self.admission(|admission| admission.set_paused(paused));
        self.grant_slots();
        self.fill_slots();
    }
}
