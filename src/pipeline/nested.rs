//! Calls that a hook makes while its request holds a slot; they must not wait for that slot.

use std::rc::Rc;

use crate::core::timers::Owner;

use super::host::Host;
use super::scope::Scope;
use super::task::HeldSlot;

/// A nested call. Until it is dropped, or the slot is freed, the slot counts as held by a hook.
#[derive(Debug)]
pub(super) struct Nested<H: Host> {
    scope: Rc<Scope<H>>,
    slot: Rc<HeldSlot>,
}

impl<H: Host> Scope<H> {
    /// Counts a call nested in the request of the task `holder`; `None` where that holds no slot.
    pub(super) fn nest(self: &Rc<Self>, holder: Owner) -> Option<Nested<H>> {
        let slot = self.task_by_id(holder)?.held_slot()?;
        if slot.calls.replace(slot.calls.get() + 1) == 0 {
            self.admission(|admission| admission.hold_by_hook(slot.lane, true));
            // Other nested requests may start now where hooks hold all slots.
            self.grant_slots();
            self.fill_slots();
        }
        Some(Nested { scope: Rc::clone(self), slot })
    }

    /// Ends the hold of a slot that is freed.
    pub(super) fn end_hold(&self, slot: &HeldSlot) {
        if !slot.is_freed.replace(true) && slot.calls.get() > 0 {
            self.admission(|admission| admission.hold_by_hook(slot.lane, false));
        }
    }
}

impl<H: Host> Drop for Nested<H> {
    fn drop(&mut self) {
        let calls = self.slot.calls.get() - 1;
        self.slot.calls.set(calls);
        if calls == 0 && !self.slot.is_freed.get() {
            self.scope.admission(|admission| admission.hold_by_hook(self.slot.lane, false));
        }
    }
}
