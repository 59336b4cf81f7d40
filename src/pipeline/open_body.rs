//! A body handed out unread. It holds its slot until it is read to the end, cancelled, collected or late.

use crate::core::Instant;
use crate::core::error::{Failure, Phase};

use super::attempt::Attempt;
use super::context::RequestContext;
use super::deadline::AttemptDeadline;
use super::history::History;
use super::host::Host;
use super::permit::{HostLease, Permit};

/// An open body and the slot that it holds.
pub(super) struct OpenBody<H: Host> {
    permit: Permit<H>,
    deadline: AttemptDeadline,
    /// Keeps the state of its host.
    lease: Option<HostLease<H>>,
}

impl<H: Host> Attempt<'_, H> {
    /// Hands out the body of a tolerated status; closes the attempt if there is none.
    ///
    /// # Errors
    /// The failure to hand it out.
    pub(super) fn hand_out(self, history: &mut History) -> Result<Option<OpenBody<H>>, Failure> {
        match self.context.host().hand_out(self.context.exchange, self.context.request) {
            Ok(true) => Ok(self.leave_open(history)),
            Ok(false) => {
                self.close(history, None);
                Ok(None)
            }
            Err(failure) => {
                self.close(history, Some(failure));
                Err(failure)
            }
        }
    }

    /// Writes the record of a success and keeps its slot until the body is read.
    pub(super) fn leave_open(mut self, history: &mut History) -> Option<OpenBody<H>> {
        self.write(history, None);
        let deadline = self.deadline;
        self.permit.take().map(|permit| OpenBody { permit, deadline, lease: None })
    }
}

impl<H: Host> OpenBody<H> {
    /// Adds the lease of its request.
    pub(super) fn keep(self, lease: HostLease<H>) -> Self {
        Self { lease: Some(lease), ..self }
    }

    /// Waits until the body is read or given up; a failure ends the reading.
    pub(super) async fn wait(self, context: &RequestContext<'_, H>) {
        let RequestContext { task, exchange, request, .. } = *context;
        let (scope, host) = (context.scope(), context.host());
        let timeout = &context.policy.timeout;
        let mut since = scope.now();
        loop {
            let (time, failure) = self.deadline.earliest(timeout, Phase::Idle, since, timeout.idle);
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
