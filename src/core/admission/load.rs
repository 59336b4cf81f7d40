//! Counts of what is in flight through a gate or a lane.

/// Requests in flight in one place.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Load {
    pub(super) in_flight: u32,
    /// Slots of these that hooks with nested calls hold.
    pub(super) held_by_hook: u32,
    /// Nested requests of these that run beyond the limit, on extra slots.
    pub(super) extra_slots: u32,
}

impl Load {
    /// Returns whether another request may start under a limit of `most`; a nested one also on an extra slot for each slot that a
    /// hook holds.
    ///
    /// Calls nested to any depth come to an end: were all requests in flight waiting for nested ones, hooks would hold more
    /// slots than there are extra ones. No other request is ever above the limit.
    pub(super) fn has_slot(&self, most: u32, nested: bool) -> bool {
        self.own() < most || nested && self.extra_slots < self.held_by_hook
    }

    /// Requests that count against the limit.
    pub(super) fn own(&self) -> u32 {
        self.in_flight - self.extra_slots
    }
}
