//! A source of requests for free slots.

use std::rc::Rc;

/// Batch, as a scope sees it.
pub trait Intake {
    /// Returns whether the batch wants to pull another input now.
    fn wants_input(&self) -> bool;
    /// Inputs not yet pulled, where their number is known.
    fn remaining(&self) -> u32;
    /// Fails the [`remaining`](Self::remaining) inputs, if their number is known.
    fn cancel_remaining(&self);
    /// Spawns a worker that pulls the next input.
    fn spawn_worker(self: Rc<Self>);
}
