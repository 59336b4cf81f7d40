//! Counting the requests of a batch that were pulled and are not in flight.

use std::cell::Cell;

/// A request that may wait; counted while it does.
pub(super) struct Waiting<'a> {
    count: &'a Cell<u32>,
    waits: bool,
}

impl<'a> Waiting<'a> {
    /// It waits, to begin with.
    pub(super) fn new(count: &'a Cell<u32>) -> Self {
        count.set(count.get() + 1);
        Self { count, waits: true }
    }

    pub(super) fn set(&mut self, waits: bool) {
        match (std::mem::replace(&mut self.waits, waits), waits) {
            (false, true) => self.count.set(self.count.get() + 1),
            (true, false) => self.count.set(self.count.get() - 1),
            _ => {}
        }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.set(false);
    }
}
