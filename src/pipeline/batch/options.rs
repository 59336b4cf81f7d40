//! Options of a batch, its progress, and the sink of its results.

use crate::core::Millis;
use crate::core::timers::Owner;

use crate::pipeline::history::History;
use crate::pipeline::host::Host;

/// Options of a batch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchOptions {
    /// True if it is a single request.
    pub single: bool,
    /// True if the first failure ends it.
    pub stop_on_error: bool,
    /// Limit of its duration in milliseconds; infinite by default.
    pub deadline: Millis,
    /// Limit of fetches; `u32::MAX` is none.
    pub max_fetches: u32,
    /// Task of the request whose hook made the call.
    pub holder: Option<Owner>,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self { single: false, stop_on_error: false, deadline: f64::INFINITY, max_fetches: u32::MAX, holder: None }
    }
}

/// Counters of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Inputs pulled.
    pub started: u32,
    /// Successful requests.
    pub succeeded: u32,
    /// Failed requests.
    pub failed: u32,
    /// Requests in flight.
    pub in_flight: u32,
    /// Requests that were pulled and are not in flight.
    pub queued: u32,
    /// Retries of finished requests.
    pub retries: u32,
    /// Decoded body bytes read.
    pub bytes: f64,
}

impl Progress {
    /// Adds a finished request.
    pub(super) fn add(&mut self, success: bool, history: &History) {
        self.succeeded += u32::from(success);
        self.failed += u32::from(!success);
        self.retries += history.retries();
        self.bytes += history.bytes.unwrap_or(0.0);
    }
}

/// Receiver of results.
pub trait Sink<H: Host> {
    /// Receives the result of input `index`, once for each, in any order.
    fn deliver(&self, index: u32, outcome: H::Outcome);
    /// Ends after the last result, or early with `thrown`.
    fn end(&self, thrown: Option<H::Thrown>);
    /// Returns whether another input may be pulled.
    fn has_room(&self) -> bool {
        true
    }
    /// Called when a request has begun or ended; `progress` computes the counters.
    fn moved(&self, progress: &dyn Fn() -> Progress) {
        let _ = progress;
    }
}
