//! What a batch is given: its terms, and where its results go.

use crate::core::Millis;

use super::host::Host;

/// What applies to the batch as a whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// The first failure ends it.
    pub stop_on_error: bool,
    /// Milliseconds it may take; infinite by default.
    pub deadline: Millis,
    /// Fetches it may start; `u32::MAX` is no limit.
    pub max_fetches: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self { stop_on_error: false, deadline: f64::INFINITY, max_fetches: u32::MAX }
    }
}

/// Where results go.
pub trait Sink<H: Host> {
    /// Takes the result of input `index`; each comes once, in any order.
    fn deliver(&self, index: u32, outcome: H::Outcome);
    /// Whether another input may be pulled.
    fn has_room(&self) -> bool {
        true
    }
}
