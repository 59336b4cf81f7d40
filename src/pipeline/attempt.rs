//! One attempt: sends the request within its time limits and judges the status.

use crate::core::Instant;
use crate::core::error::{Failure, Phase};
use crate::core::retry_after::RetryAfter;

use super::boxed::boxed;
use super::context::RequestContext;
use super::deadline::AttemptDeadline;
use super::history::{self, History};
use super::host::Host;
use super::permit::Permit;

/// Result of an attempt that did not fail.
pub(super) enum Response {
    /// Data, with the number of decoded bytes.
    Data(Option<f64>),
    /// Body that is handed out unread.
    OpenBody,
}

/// An attempt under way. Dropping it aborts it.
pub(super) struct Attempt<'a, H: Host> {
    pub(super) context: &'a RequestContext<'a, H>,
    pub(super) permit: Option<Permit<H>>,
    pub(super) deadline: AttemptDeadline,
    /// Number from 1.
    number: u32,
    status: u16,
    /// Set for a status that is retried and yet no failure: its body is data if no other attempt follows.
    pub(super) tolerated: bool,
    /// Set for a 401 that refreshes `auth`.
    pub(super) refused: bool,
    /// Wait that the server of a failing status asks for.
    pub(super) retry_after: Option<RetryAfter>,
}

impl<'a, H: Host> Attempt<'a, H> {
    /// Creates an attempt that has sent nothing yet.
    pub(super) fn new(context: &'a RequestContext<'a, H>, mut permit: Permit<H>, history: &History) -> Self {
        permit.use_up();
        let deadline = AttemptDeadline { started: permit.since(), end: context.end() };
        let number = history.attempts.len() as u32 + 1;
        Self {
            context,
            permit: Some(permit),
            deadline,
            number,
            status: 0,
            tolerated: false,
            refused: false,
            retry_after: None,
        }
    }

    /// Sends the request, and reads the body unless the status is a failure.
    ///
    /// With `may_retry` a listed status is a failure even where `throwHttpErrors` lets it pass; with `may_refresh_auth`, so is a
    /// 401.
    ///
    /// # Errors
    /// The failure of the attempt. A failing status leaves its body unread.
    pub(super) async fn run(&mut self, may_retry: bool, may_refresh_auth: bool) -> Result<Response, Failure> {
        let RequestContext { policy, exchange, request, .. } = *self.context;
        if let Some(bytes) = self.head(may_retry).await? {
            return Ok(Response::Data(Some(bytes)));
        }
        let status = self.status;
        let failure = Failure::Http { status };
        self.refused = may_refresh_auth && status == 401;
        if self.refused {
            return Err(failure);
        }
        let failed = match policy.throw_http_errors.is_failure(status) {
            Some(failed) => failed,
            None => self.context.host().is_failure(exchange, request, status)?,
        };
        if failed {
            return Err(failure);
        }
        if may_retry && policy.retry.wants_retry(failure, None) {
            self.tolerated = true;
            return Err(failure);
        }
        if policy.read.is_handed_out() {
            let is_open = self.context.host().hand_out(exchange, request)?;
            return Ok(if is_open { Response::OpenBody } else { Response::Data(None) });
        }
        self.body().await.map(Response::Data)
    }

    /// Ends the attempt: writes its record, cancels the rest of its body, frees its slot.
    pub(super) fn close(mut self, history: &mut History, failure: Option<Failure>) {
        let RequestContext { task, exchange, .. } = *self.context;
        let scope = self.context.scope();
        if self.status == 0 && failure.is_some() {
            self.status = scope.host().status(exchange);
        }
        match failure {
            None => {}
            Some(Failure::Http { .. }) => scope.host().discard(exchange),
            Some(_) => scope.host().abort(exchange),
        }
        self.write(history, failure);
        scope.expire(task, Instant::NEVER, None);
        task.recover();
        drop(self.permit.take());
    }

    /// Writes the record of the attempt.
    pub(super) fn write(&self, history: &mut History, failure: Option<Failure>) {
        let scope = self.context.scope();
        let now = scope.now();
        let duration = now.since(self.deadline.started);
        history.attempts.push(history::Attempt {
            started_at: self.deadline.started.since(history.taken_up),
            duration,
            status: self.status,
            failure,
            limit: self.context.policy.timeout.limit_of(failure),
            retry_after: self.retry_after.map(|retry_after| retry_after.after),
            wait: None,
        });
        history.total = now.since(history.taken_up);
        if let Ok(host) = self.context.host().host_of(self.context.request) {
            let blamed = failure.is_some_and(Failure::blames_host);
            scope.stats(|stats| stats.attempt(host, now, duration, blamed, self.status > 0));
        }
    }

    /// Sends the request and follows redirects; returns the decoded bytes if the body was read as well.
    async fn head(&mut self, may_retry: bool) -> Result<Option<f64>, Failure> {
        let RequestContext { policy, exchange, request, .. } = *self.context;
        let host = self.context.host();
        let timeout = policy.timeout;
        let eager = policy.reads_success_at_once(may_retry) && !host.traits(request).after_response;
        self.limit(Phase::Headers, self.deadline.started, timeout.headers);
        let mut hop = 0;
        loop {
            let read = self.context.interruptible(self.context.ready()?.send(exchange, request, eager)).await?;
            self.status = host.status(exchange);
            if !matches!(self.status, 301..=303 | 307 | 308) || !host.redirect(exchange, request, hop)? {
                break if host.traits(request).after_response {
                    boxed(self.run_after_response()).await
                } else {
                    Ok(read)
                };
            }
            hop += 1;
        }
    }

    /// Runs the `afterResponse` hooks.
    async fn run_after_response(&mut self) -> Result<Option<f64>, Failure> {
        let RequestContext { exchange, request, .. } = *self.context;
        self.limit(Phase::Attempt, self.deadline.started, f64::INFINITY);
        let hooked =
            self.context.interruptible(self.context.ready()?.after_response(exchange, request, self.number)).await;
        self.status = self.context.host().status(exchange);
        hooked.map(|_| None)
    }

    /// Sets the task's deadline for this stage.
    pub(super) fn limit(&self, phase: Phase, since: Instant, limit: f64) {
        let (time, failure) = self.deadline.earliest(&self.context.policy.timeout, phase, since, limit);
        self.context.scope().expire(self.context.task, time, Some(failure));
    }
}

impl<H: Host> Drop for Attempt<'_, H> {
    fn drop(&mut self) {
        if self.permit.is_some() {
            self.context.host().abort(self.context.exchange);
        }
    }
}
