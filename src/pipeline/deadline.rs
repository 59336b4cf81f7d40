//! Deadlines of a request and of its attempts, and the failure that each means.

use crate::core::error::{Failure, Phase};
use crate::core::policy::Timeout;
use crate::core::{Instant, Millis};

/// End of a request: by `timeout.total` or the deadline of its batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct RequestDeadline {
    pub(super) taken_up: Instant,
    pub(super) total: Millis,
    /// Deadline of the batch.
    pub(super) batch: Instant,
    /// True if anything was sent.
    pub(super) sent: bool,
}

impl RequestDeadline {
    /// Returns the time, and the failure of the request then.
    #[must_use]
    pub(super) fn end(self) -> (Instant, Failure) {
        let phase = if self.sent { Phase::Total } else { Phase::Queue };
        let own = self.taken_up + self.total;
        if self.batch < own {
            (self.batch, Failure::Timeout { phase: Phase::Deadline })
        } else {
            (own, Failure::Timeout { phase })
        }
    }

    /// Returns the later of two.
    #[must_use]
    pub(super) fn later(self, other: Self) -> Self {
        if self.end().0 < other.end().0 { Self { sent: self.sent, ..other } } else { self }
    }
}

/// Time limits of an attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct AttemptDeadline {
    pub(super) started: Instant,
    /// End of the request, and its failure then.
    pub(super) end: (Instant, Failure),
}

impl AttemptDeadline {
    /// Returns the earliest of a stage's own limit, the attempt's limit and the request's end.
    pub(super) fn earliest(&self, timeout: &Timeout, phase: Phase, since: Instant, limit: f64) -> (Instant, Failure) {
        let own = (self.started + timeout.attempt, Failure::Timeout { phase: Phase::Attempt });
        let stage = (since + limit, Failure::Timeout { phase });
        let mut first = self.end;
        for next in [own, stage] {
            if next.0 < first.0 {
                first = next;
            }
        }
        first
    }
}
