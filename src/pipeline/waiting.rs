//! Counts requests that were pulled and are not in flight.

use std::cell::Cell;
use std::rc::Rc;

use super::host::Host;
use super::scope::Scope;
use super::task::TaskState;

/// Counts a waiting request in its batch and its scope.
pub(super) struct Waiting<'a, H: Host> {
    scope: &'a Scope<H>,
    count: &'a Cell<u32>,
    task: Rc<TaskState>,
}

impl<'a, H: Host> Waiting<'a, H> {
    /// Counts a request that begins to wait.
    pub(super) fn new(scope: &'a Scope<H>, count: &'a Cell<u32>, task: &Rc<TaskState>) -> Self {
        let mut waiting = Self { scope, count, task: Rc::clone(task) };
        waiting.set(true);
        waiting
    }

    pub(super) fn set(&mut self, waits: bool) {
        let step = match (self.task.waits.replace(waits), waits) {
            (false, true) => 1,
            (true, false) => -1,
            _ => return,
        };
        let shift = |count: &Cell<u32>| count.set(count.get().saturating_add_signed(step));
        shift(self.count);
        // A cancelled request was uncounted in its scope already.
        if !self.task.cancelled.take() {
            shift(&self.scope.waiting);
        }
    }
}

impl<H: Host> Drop for Waiting<'_, H> {
    fn drop(&mut self) {
        self.set(false);
    }
}
