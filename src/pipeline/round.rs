//! State of a request between its attempts.

use crate::core::{Instant, Millis};

use super::context::RequestContext;
use super::history::History;
use super::host::Host;
use super::waiting::Waiting;

/// State of a request from one attempt to the next.
pub(super) struct Round<'a, H: Host> {
    waiting: Waiting<'a, H>,
    /// Time since which it has wanted a slot.
    pub(super) asked: Instant,
    /// Wait before this attempt; before the first, the base of the backoff.
    pub(super) previous: Millis,
    /// Attempts repeated with refreshed `auth`, which count as no retry.
    pub(super) auth_refreshes: u32,
    /// True if a failure of this attempt may be followed by another.
    pub(super) may_retry: bool,
    /// True if a 401 of this attempt may refresh `auth`.
    pub(super) may_refresh_auth: bool,
}

impl<'a, H: Host> Round<'a, H> {
    /// Begins to wait for the first slot.
    pub(super) fn new(context: &RequestContext<'a, H>, history: &History) -> Self {
        Self {
            waiting: context.batch.waiting(context.task),
            asked: history.taken_up,
            previous: context.policy.retry.backoff.delay,
            auth_refreshes: 0,
            may_retry: false,
            may_refresh_auth: false,
        }
    }

    /// Begins an attempt, which has its slot now.
    pub(super) fn begin(&mut self, context: &RequestContext<'_, H>, history: &History) {
        let RequestContext { batch, request, policy, .. } = *context;
        self.waiting.set(false);
        batch.moved();
        context.scope().fill_slots();
        let left = policy.retry.limit > history.attempts.len() as u32 - self.auth_refreshes;
        self.may_retry = left && context.host().may_repeat(request) && batch.may_spend();
        self.may_refresh_auth =
            self.auth_refreshes == 0 && context.host().traits(request).refresh_auth && batch.may_spend();
    }

    /// Begins to wait again, so that another input may be pulled.
    pub(super) fn step_back(&mut self, context: &RequestContext<'_, H>) {
        self.waiting.set(true);
        context.batch.moved();
        context.scope().fill_slots();
    }
}
