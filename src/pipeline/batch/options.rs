//! What a batch is given: its options, and where its results go.

use crate::core::Millis;
use crate::core::timers::Owner;

use crate::pipeline::history::History;
use crate::pipeline::host::Host;

/// What applies to the batch as a whole.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchOptions {
    /// It is one request alone.
    pub single: bool,
    /// The first failure ends it.
    pub stop_on_error: bool,
    /// Milliseconds it may take; infinite by default.
    pub deadline: Millis,
    /// Fetches it may start; `u32::MAX` is no limit.
    pub max_fetches: u32,
    /// The task of the request that it is nested in, if it is.
    pub holder: Option<Owner>,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self { single: false, stop_on_error: false, deadline: f64::INFINITY, max_fetches: u32::MAX, holder: None }
    }
}

/// How far a batch is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Inputs pulled.
    pub started: u32,
    /// Requests that came to a success.
    pub succeeded: u32,
    /// Requests that came to a failure.
    pub failed: u32,
    /// Requests in flight.
    pub in_flight: u32,
    /// Requests that were pulled and are not in flight.
    pub queued: u32,
    /// Attempts beyond the first, of requests that are over.
    pub retries: u32,
    /// Decoded body bytes read.
    pub bytes: f64,
}

impl Progress {
    /// A request is over.
    pub(super) fn add(&mut self, success: bool, history: &History) {
        self.succeeded += u32::from(success);
        self.failed += u32::from(!success);
        self.retries += history.retries();
        self.bytes += history.bytes.unwrap_or(0.0);
    }
}

/// Where results go.
pub trait Sink<H: Host> {
    /// Takes the result of input `index`; each comes once, in any order.
    fn deliver(&self, index: u32, outcome: H::Outcome);
    /// All results were delivered; or it was ended before, by what was thrown.
    fn end(&self, thrown: Option<H::Thrown>);
    /// Whether another input may be pulled.
    fn has_room(&self) -> bool {
        true
    }
    /// Something has begun or ended; who wants to know how far it is asks.
    fn moved(&self, progress: &dyn Fn() -> Progress) {
        let _ = progress;
    }
}
