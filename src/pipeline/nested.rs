//! Calls that the user's code makes on the slot of a request, and that must not wait for that slot.

use std::cell::Cell;
use std::rc::Rc;

use crate::core::admission::LaneId;
use crate::core::timers::Owner;

use super::host::Host;
use super::scope::Scope;

/// The slot of a request, and how many calls are nested in it.
#[derive(Debug)]
pub(super) struct Nest {
    lane: LaneId,
    calls: Cell<u32>,
    /// The slot was given back.
    is_over: Cell<bool>,
}

impl Nest {
    pub(super) fn new(lane: LaneId) -> Self {
        Self { lane, calls: Cell::default(), is_over: Cell::default() }
    }
}

/// A call that is nested in a request; the slot is lent to it until this is dropped, or until it is given back.
#[derive(Debug)]
pub(super) struct Nested<H: Host> {
    scope: Rc<Scope<H>>,
    nest: Rc<Nest>,
}

impl<H: Host> Scope<H> {
    /// Counts a call that is nested in the request of a task; `None` where that holds no slot.
    pub(super) fn nest(self: &Rc<Self>, holder: Owner) -> Option<Nested<H>> {
        let task = self.tasks.borrow().get(holder as usize).cloned().flatten()?;
        let nest = task.nest()?;
        if nest.calls.replace(nest.calls.get() + 1) == 0 {
            self.admission(|admission| admission.hold_by_hook(nest.lane, true));
            // Others that are nested may go on where all slots are lent.
            self.grant_slots();
            self.fill_slots();
        }
        Some(Nested { scope: Rc::clone(self), nest })
    }

    /// The slot is given back: nothing is lent any more.
    pub(super) fn end_nest(&self, nest: &Nest) {
        if !nest.is_over.replace(true) && nest.calls.get() > 0 {
            self.admission(|admission| admission.hold_by_hook(nest.lane, false));
        }
    }
}

impl<H: Host> Drop for Nested<H> {
    fn drop(&mut self) {
        let calls = self.nest.calls.get() - 1;
        self.nest.calls.set(calls);
        if calls == 0 && !self.nest.is_over.get() {
            self.scope.admission(|admission| admission.hold_by_hook(self.nest.lane, false));
        }
    }
}
