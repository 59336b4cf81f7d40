//! A body that was handed out unread: its slot is held until it is read to the end, cancelled, collected or late.

use crate::core::Instant;
use crate::core::error::{Failure, Phase};
use crate::core::policy::Timeout;

use super::context::RequestContext;
use super::host::Host;
use super::permit::{HostLease, Permit};

/// An open body, with the slot that it holds.
pub(super) struct OpenBody<H: Host> {
    permit: Permit<H>,
    limits: Limits,
    /// Its host is not forgotten while its slot is held.
    lease: Option<HostLease<H>>,
}

/// The limits of time that hold for an attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) started: Instant,
    /// When the request must end, and as what.
    pub(super) end: (Instant, Failure),
}

impl Limits {
    /// The earliest of a stage's own limit, the attempt's and the request's end.
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

impl<H: Host> OpenBody<H> {
    pub(super) fn new(permit: Permit<H>, limits: Limits) -> Self {
        Self { permit, limits, lease: None }
    }

    /// Keeps what its request has kept.
    pub(super) fn keep(self, lease: HostLease<H>) -> Self {
        Self { lease: Some(lease), ..self }
    }

    /// Waits for its end; what ends it early ends the reading of it, too.
    pub(super) async fn linger(self, context: &RequestContext<'_, H>) {
        let RequestContext { task, exchange, request, .. } = *context;
        let (scope, host) = (context.scope(), context.host());
        let timeout = &context.policy.timeout;
        let mut since = scope.now();
        loop {
            let (time, failure) = self.limits.earliest(timeout, Phase::Idle, since, timeout.idle);
            scope.expire(task, time, Some(failure));
            match context.interruptible(host.linger(exchange)).await {
                Ok(Some(_)) => since = scope.now(),
                Ok(None) => break,
                Err(failure) => {
                    host.break_off(exchange, request, failure, context.batch.thrown());
                    break;
                }
            }
        }
        scope.expire(task, Instant::NEVER, None);
        drop(self.permit);
        drop(self.lease);
        scope.fill_slots();
    }
}
