//! History of one request: its attempts and waits, and their durations.

use crate::core::error::Failure;
use crate::core::retry::Wait;
use crate::core::{Instant, Millis};

/// Attempts and timings of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// Time at which it was taken up.
    pub taken_up: Instant,
    /// Milliseconds spent in the queue.
    pub queued: Millis,
    /// Milliseconds spent between attempts.
    pub waited: Millis,
    /// Milliseconds from being taken up to the end.
    pub total: Millis,
    /// Decoded body bytes of the response that was handed out.
    pub bytes: Option<f64>,
    /// Attempts in order.
    pub attempts: Vec<Attempt>,
}

/// One attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Attempt {
    /// Milliseconds after the request was taken up.
    pub started_at: Millis,
    /// Milliseconds it took.
    pub duration: Millis,
    /// The response's status; 0 when there was none.
    pub status: u16,
    /// Failure, if it failed.
    pub failure: Option<Failure>,
    /// Time limit that ended it, in milliseconds; infinite if none did. A shared fetch has the limits of the request that
    /// started it.
    pub limit: Millis,
    /// Wait that the server asked for, in milliseconds.
    pub retry_after: Option<Millis>,
    /// The wait after it.
    pub wait: Option<Wait>,
}

impl History {
    /// Begins a new history, in the memory of the old one.
    pub fn restart(&mut self, now: Instant) {
        self.taken_up = now;
        (self.queued, self.waited, self.total, self.bytes) = (0.0, 0.0, 0.0, None);
        self.attempts.clear();
    }

    /// Number of retries.
    #[must_use]
    pub fn retries(&self) -> u32 {
        (self.attempts.len() as u32).saturating_sub(1)
    }
}
