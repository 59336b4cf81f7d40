//! Statistics of a client.

use crate::js::WebHost;
use crate::pipeline::Scope;

/// Statistics of a client and of the clients derived from it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// Requests taken from their iterators.
    pub started: u32,
    /// Requests that ended in a success.
    pub succeeded: u32,
    /// Requests that ended in an error.
    pub failed: u32,
    /// Attempts beyond the first of a request.
    pub retries: u32,
    /// Requests that shared the fetch of another.
    pub deduplicated: u32,
    /// Requests in flight.
    pub in_flight: u32,
    /// Requests that wait for a slot.
    pub queued: u32,
    /// Decoded body bytes read.
    pub bytes: u64,
}

impl Stats {
    pub(super) fn of(scope: &Scope<WebHost>) -> Self {
        let mut stats = Self {
            in_flight: scope.admission(|admission| admission.in_flight()),
            queued: scope.queued(),
            ..Self::default()
        };
        scope.stats(|recorded| {
            let all = &recorded.totals;
            (stats.started, stats.succeeded, stats.failed) = (all.started, all.succeeded, all.failed);
            (stats.retries, stats.deduplicated, stats.bytes) = (all.retries, all.deduplicated, all.bytes as u64);
        });
        stats
    }
}
