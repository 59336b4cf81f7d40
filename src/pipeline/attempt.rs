//! One attempt: a fetch within its limits, and its body.

use crate::core::Instant;
use crate::core::error::{BodyFault, Failure, Phase};
use crate::core::policy::ReadAs;
use crate::core::retry_after::RetryAfter;

use super::boxed::boxed;
use super::context::RequestContext;
use super::history::{self, History};
use super::host::Host;
use super::open_body::{Limits, OpenBody};
use super::permit::Permit;
use super::task::During;

/// Most of a failure's body that is read for its error.
const EXCERPT: f64 = 65_536.0;

/// What an attempt came to that did not fail.
pub(super) enum Seen {
    /// Its data, with the decoded bytes.
    Data(Option<f64>),
    /// A body that is handed out unread.
    OpenBody,
}

/// An attempt under way. Dropped before it is over, it is aborted.
pub(super) struct Attempt<'a, H: Host> {
    context: &'a RequestContext<'a, H>,
    permit: Option<Permit<H>>,
    limits: Limits,
    /// From 1.
    number: u32,
    status: u16,
    /// A listed status that is no failure: its body is data, should no other attempt follow.
    tolerated: bool,
    /// The server wants another authorization.
    refused: bool,
    /// When the server of a failing status asks to be asked again.
    retry_after: Option<RetryAfter>,
}

impl<'a, H: Host> Attempt<'a, H> {
    /// Nothing is sent yet.
    pub(super) fn new(context: &'a RequestContext<'a, H>, mut permit: Permit<H>, history: &History) -> Self {
        permit.use_up();
        let limits = Limits { started: permit.since(), end: context.end() };
        let number = history.attempts.len() as u32 + 1;
        Self {
            context,
            permit: Some(permit),
            limits,
            number,
            status: 0,
            tolerated: false,
            refused: false,
            retry_after: None,
        }
    }

    /// Sends, and reads the body unless the status speaks against it.
    ///
    /// With `may_retry` a listed status is a failure even where `throwHttpErrors` lets it pass; with `may_refresh_auth`, so is a
    /// 401.
    ///
    /// # Errors
    /// Why it failed. A failing status leaves its body unread, for [`read_out`](Self::read_out) or [`close`](Self::close).
    pub(super) async fn run(&mut self, may_retry: bool, may_refresh_auth: bool) -> Result<Seen, Failure> {
        let RequestContext { policy, exchange, request, .. } = *self.context;
        if let Some(bytes) = self.head(may_retry).await? {
            return Ok(Seen::Data(Some(bytes)));
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
            return Ok(if is_open { Seen::OpenBody } else { Seen::Data(None) });
        }
        self.body().await.map(Seen::Data)
    }

    /// Reads what a failing status came with, while the slot is still held: the body, if the status is tolerated, else
    /// the beginning of it, as well as that can be had.
    ///
    /// # Errors
    /// Why a tolerated status's body could not be read.
    pub(super) async fn read_out(&mut self, failure: Failure) -> Result<Option<f64>, Failure> {
        if self.tolerated {
            return self.body().await;
        }
        if matches!(failure, Failure::Http { .. }) && self.excerpt().await.is_err() {
            self.context.host().abort(self.context.exchange);
        }
        Ok(None)
    }

    /// When the server of a failing status asks to be asked again, if its word is taken.
    pub(super) fn retry_after(&mut self, failure: Failure) -> Option<RetryAfter> {
        let respects_retry_after =
            matches!(failure, Failure::Http { status } if self.context.policy.retry.respects_retry_after(status));
        self.retry_after =
            respects_retry_after.then(|| self.context.host().retry_after(self.context.exchange)).flatten();
        self.retry_after
    }

    /// Whether the server wants another authorization, which can be had.
    #[must_use]
    pub(super) fn is_refused(&self) -> bool {
        self.refused
    }

    /// Whether the status is one that `throwHttpErrors` lets pass.
    #[must_use]
    pub(super) fn is_tolerated(&self) -> bool {
        self.tolerated
    }

    /// Hands the body of a tolerated status out; closes where there is none.
    ///
    /// # Errors
    /// Why it cannot be handed out.
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

    /// Writes the record of a success whose body is still to be read, by whoever has it now.
    pub(super) fn leave_open(mut self, history: &mut History) -> Option<OpenBody<H>> {
        self.write(history, None);
        let limits = self.limits;
        self.permit.take().map(|permit| OpenBody::new(permit, limits))
    }

    /// Ends it: writes the record, cancels what is left of its body, hands the slot on.
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

    fn write(&self, history: &mut History, failure: Option<Failure>) {
        let scope = self.context.scope();
        let now = scope.now();
        let duration = now.since(self.limits.started);
        history.attempts.push(history::Attempt {
            started_at: self.limits.started.since(history.taken_up),
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

    async fn head(&mut self, may_retry: bool) -> Result<Option<f64>, Failure> {
        let RequestContext { policy, exchange, request, .. } = *self.context;
        let host = self.context.host();
        let timeout = policy.timeout;
        // A 2xx is read on in the same turn of the host where nothing has to be decided or watched in between.
        let eager = timeout.headers == f64::INFINITY
            && !policy.watches_body()
            && policy.throw_http_errors.is_failure(200) == Some(false)
            && policy.read != ReadAs::None
            && !policy.read.is_handed_out()
            && !host.traits(request).after_response
            && !(may_retry && policy.retry.status_codes.is_some());
        self.limit(Phase::Headers, self.limits.started, timeout.headers);
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

    /// Lets the user's hooks see the response.
    async fn run_after_response(&mut self) -> Result<Option<f64>, Failure> {
        let RequestContext { exchange, request, .. } = *self.context;
        self.limit(Phase::Attempt, self.limits.started, f64::INFINITY);
        let seen =
            self.context.interruptible(self.context.ready()?.after_response(exchange, request, self.number)).await;
        self.status = self.context.host().status(exchange);
        seen.map(|_| None)
    }

    async fn body(&mut self) -> Result<Option<f64>, Failure> {
        let RequestContext { policy, exchange, request, .. } = *self.context;
        let host = self.context.host();
        if policy.read == ReadAs::None {
            host.discard(exchange);
            return Ok(None);
        }
        if !policy.watches_body() {
            self.limit(Phase::Attempt, self.limits.started, f64::INFINITY);
            return self.context.interruptible(host.read(exchange, request)).await;
        }
        boxed(self.chunks()).await.map(Some)
    }

    /// Reads a body chunk by chunk; gives its bytes.
    async fn chunks(&self) -> Result<f64, Failure> {
        let RequestContext { policy, exchange, request, .. } = *self.context;
        let mut bytes = 0.0;
        while let Some(chunk) = self.chunk().await? {
            bytes += chunk;
            if bytes > policy.max_bytes {
                return Err(Failure::Body(BodyFault::TooLarge));
            }
            if policy.expected_bytes.is_some_and(|expected| bytes > expected) {
                return Err(Failure::Body(BodyFault::Long));
            }
        }
        if policy.expected_bytes.is_some_and(|expected| bytes < expected) {
            return Err(Failure::Body(BodyFault::Short));
        }
        self.context.interruptible(self.context.host().decode(exchange, request, Some(policy.read))).await?;
        Ok(bytes)
    }

    async fn excerpt(&mut self) -> Result<Option<f64>, Failure> {
        let RequestContext { exchange, request, .. } = *self.context;
        let mut bytes = 0.0;
        while bytes < EXCERPT
            && let Some(chunk) = self.chunk().await?
        {
            bytes += chunk;
        }
        self.context.interruptible(self.context.host().decode(exchange, request, None)).await
    }

    fn chunk(&self) -> During<'_, H::Work<'_>> {
        let RequestContext { policy, exchange, .. } = *self.context;
        let idle = policy.timeout.idle;
        let since = if idle < f64::INFINITY { self.context.scope().now() } else { self.limits.started };
        self.limit(Phase::Idle, since, idle);
        self.context.interruptible(self.context.host().chunk(exchange))
    }

    /// Sets the task's deadline for this stage.
    fn limit(&self, phase: Phase, since: Instant, limit: f64) {
        let (time, failure) = self.limits.earliest(&self.context.policy.timeout, phase, since, limit);
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
