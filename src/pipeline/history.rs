//! What became of one request: every attempt, every wait, and how long each took.

use crate::core::error::Failure;
use crate::core::retry::Wait;
use crate::core::{Instant, Millis};

/// The record of one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// When it was taken up.
    pub taken_up: Instant,
    /// Milliseconds spent in the queue.
    pub queued: Millis,
    /// Milliseconds spent between attempts.
    pub waited: Millis,
    /// From being taken up to the end.
    pub total: Millis,
    /// Decoded body bytes of the response that was handed out.
    pub bytes: Option<f64>,
    /// Every attempt in order.
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
    /// Why it failed.
    pub failure: Option<Failure>,
    /// The limit that ended it, in milliseconds; infinite where none did. A shared fetch has those of the request that began it.
    pub limit: Millis,
    /// How long the server asked to be left alone, in milliseconds.
    pub retry_after: Option<Millis>,
    /// The wait after it.
    pub wait: Option<Wait>,
}

impl History {
    /// A new history in the place of an old one, in its memory.
    pub fn restart(&mut self, now: Instant) {
        self.taken_up = now;
        (self.queued, self.waited, self.total, self.bytes) = (0.0, 0.0, 0.0, None);
        self.attempts.clear();
    }

    /// How often it was sent again.
    #[must_use]
    pub fn retries(&self) -> u32 {
        (self.attempts.len() as u32).saturating_sub(1)
    }
}
