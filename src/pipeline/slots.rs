//! Gives free slots to waiting requests first, then to batches that pull more.

use std::rc::Rc;

use crate::core::Instant;
use crate::core::admission::{GateId, ROOT};

use super::host::Host;
use super::intake::Intake;
use super::scope::{ADMISSION, Scope};

impl<H: Host> Scope<H> {
    /// Grants free slots to waiting requests, in the order of the admission.
    pub fn grant_slots(self: &Rc<Self>) {
        if self.admission(|admission| admission.queued()) == 0 {
            return self.set_timer(ADMISSION, Instant::NEVER);
        }
        let now = self.now();
        loop {
            let next = self.admission(|admission| admission.next(now));
            let Some(id) = next else { break };
            let task = self.task_by_id(id);
            if let Some(task) = task {
                task.grant(now);
            }
        }
        let time = self.admission(|admission| admission.next_time(now));
        self.set_timer(ADMISSION, time);
    }

    /// Spawns workers of batches while slots are free that no waiting request can take.
    pub fn fill_slots(self: &Rc<Self>) {
        // A worker that is spawned may call this again.
        if self.filling.replace(true) {
            return;
        }
        while let Some(intake) = self.next_intake() {
            intake.spawn_worker();
        }
        self.filling.set(false);
    }

    /// Returns whether a slot of `gate` is free that no waiting request can take.
    pub fn is_vacant(&self, gate: GateId) -> bool {
        self.admission(|admission| admission.is_vacant(gate, || self.now()))
    }

    /// Returns whether an idle batch may pull one input although no slot of `gate` is vacant.
    pub fn may_pull_idle(&self, gate: GateId) -> bool {
        self.admission(|admission| admission.may_pull_idle(gate))
    }

    /// Returns whether the next free slot is for `me`; spawns the worker of another batch if it is for that.
    pub fn is_turn_of(self: &Rc<Self>, me: &Rc<dyn Intake>) -> bool {
        if !self.is_vacant(ROOT) {
            return false;
        }
        let turn = self.turn.get();
        match self.next_intake() {
            Some(intake) if is_same(&intake, me) => true,
            Some(_) => {
                self.turn.set(turn);
                self.fill_slots();
                false
            }
            None => false,
        }
    }

    /// Adds a batch that pulls inputs when slots are free.
    pub fn add_intake(&self, intake: Rc<dyn Intake>) {
        self.intakes.borrow_mut().push(intake);
    }

    /// Removes a batch that has no more inputs.
    pub fn remove_intake(&self, intake: &Rc<dyn Intake>) {
        self.intakes.borrow_mut().retain(|other| !is_same(other, intake));
    }

    fn next_intake(&self) -> Option<Rc<dyn Intake>> {
        let count = self.intakes.borrow().len();
        if count == 0 || !(self.is_vacant(ROOT) || self.admission(|admission| admission.may_any_pull_idle())) {
            return None;
        }
        for step in 0..count {
            let place = (self.turn.get() + step) % count;
            let intake = self.intakes.borrow().get(place).cloned()?;
            if intake.wants_input() {
                self.turn.set(place + 1);
                return Some(intake);
            }
        }
        None
    }
}

fn is_same(one: &Rc<dyn Intake>, other: &Rc<dyn Intake>) -> bool {
    std::ptr::addr_eq(Rc::as_ptr(one), Rc::as_ptr(other))
}
