//! A limit on starts per interval.

use std::time::Duration;

/// A rate limit: at most a number of starts in any window of an interval, wherever it is laid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct RateLimit {
    pub(super) limit: u32,
    pub(super) interval: Duration,
    pub(super) per_host: bool,
}

impl RateLimit {
    /// At most `limit` starts in any `interval`, of all requests together. Zero, of either, is an error of
    /// [`build`](crate::ClientBuilder::build).
    pub fn new(limit: u32, interval: Duration) -> Self {
        Self { limit, interval, per_host: false }
    }

    /// Counts each host on its own.
    pub fn per_host(self) -> Self {
        Self { per_host: true, ..self }
    }
}
