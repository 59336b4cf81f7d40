//! One attempt: a fetch within its limits, and its body.

use std::rc::Rc;

use crate::core::Instant;
use crate::core::config::{Policy, ReadAs};
use crate::core::error::{BodyFault, Failure, Phase};

use super::host::Host;
use super::permit::Permit;
use super::scope::Scope;
use super::seat::Seat;
use super::story::{self, Story};

/// Most of a failure's body that is read for its error.
const EXCERPT: f64 = 65_536.0;

/// What an attempt is made of.
pub(super) struct Errand<'a, H: Host> {
    /// What it shares.
    pub(super) scope: &'a Rc<Scope<H>>,
    /// Where it sits.
    pub(super) seat: &'a Rc<Seat>,
    /// What carries it.
    pub(super) wire: &'a H::Wire,
    /// What is to be sent.
    pub(super) request: &'a H::Request,
    /// What applies to it.
    pub(super) policy: &'a Policy,
}

impl<H: Host> Errand<'_, H> {
    fn host(&self) -> &H {
        self.scope.host()
    }

    /// The host, for something to be begun that others see: unless the seat was told to stop.
    pub(super) fn ready(&self) -> Result<&H, Failure> {
        self.seat.check().map(|()| self.host())
    }

    /// What comes of something that was begun over the wire.
    pub(super) async fn settled(&self, work: H::Work<'_>) -> Result<Option<f64>, Failure> {
        self.seat.during(work).await?
    }
}

/// An attempt under way. Dropped before it is over, it is aborted.
pub(super) struct Attempt<'a, H: Host> {
    errand: &'a Errand<'a, H>,
    permit: Option<Permit<H>>,
    started: Instant,
    /// When the request must end, and as what.
    end: (Instant, Failure),
    status: u16,
    /// A listed status that is no failure: its body is data, should no other attempt follow.
    tolerated: bool,
}

impl<'a, H: Host> Attempt<'a, H> {
    /// Nothing is sent yet.
    pub(super) fn new(errand: &'a Errand<'a, H>, mut permit: Permit<H>, end: (Instant, Failure)) -> Self {
        permit.use_up();
        let started = permit.since();
        Self { errand, permit: Some(permit), started, end, status: 0, tolerated: false }
    }

    /// Sends, and reads the body unless the status speaks against it; the body's decoded bytes.
    ///
    /// With `may_retry` a listed status is a failure even where `throwHttpErrors` lets it pass.
    ///
    /// # Errors
    /// Why it failed. A failing status leaves its body unread, for [`read_out`](Self::read_out) or [`close`](Self::close).
    pub(super) async fn exchange(&mut self, may_retry: bool) -> Result<Option<f64>, Failure> {
        let Errand { policy, wire, request, .. } = *self.errand;
        let read = self.head(may_retry).await?;
        if read.is_some() {
            return Ok(read);
        }
        let status = self.status;
        let failure = Failure::Http { status, retry_after: None };
        let failed = match policy.throw_http_errors.is_failure(status) {
            Some(failed) => failed,
            None => self.errand.host().is_failure(wire, request, status)?,
        };
        if failed {
            return Err(failure);
        }
        if may_retry && policy.retry.wants_retry(failure, None) {
            self.tolerated = true;
            return Err(failure);
        }
        self.body().await
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
            self.errand.host().abort(self.errand.wire);
        }
        Ok(None)
    }

    /// Whether the status is one that `throwHttpErrors` lets pass.
    #[must_use]
    pub(super) fn is_tolerated(&self) -> bool {
        self.tolerated
    }

    /// Ends it: writes the record, cancels what is left of its body, hands the slot on.
    pub(super) fn close(mut self, story: &mut Story, failure: Option<Failure>) {
        let Errand { scope, seat, wire, .. } = *self.errand;
        if self.status == 0 && failure.is_some() {
            self.status = scope.host().status(wire);
        }
        match failure {
            None => {}
            Some(Failure::Http { .. }) => scope.host().discard(wire),
            Some(_) => scope.host().abort(wire),
        }
        let now = scope.now();
        story.attempts.push(story::Attempt {
            started_at: self.started.since(story.taken_up),
            duration: now.since(self.started),
            status: self.status,
            failure,
            wait: None,
        });
        story.total = now.since(story.taken_up);
        scope.expire(seat, Instant::NEVER, None);
        seat.recover();
        drop(self.permit.take());
    }

    async fn head(&mut self, may_retry: bool) -> Result<Option<f64>, Failure> {
        let Errand { policy, wire, request, .. } = *self.errand;
        let host = self.errand.host();
        let timeout = policy.timeout;
        // A 2xx is read on in the same turn of the host where nothing has to be decided or watched in between.
        let eager = timeout.headers == f64::INFINITY
            && !policy.watches_body()
            && policy.throw_http_errors.is_failure(200) == Some(false)
            && !matches!(policy.read, ReadAs::None | ReadAs::Stream | ReadAs::Response)
            && !(may_retry && policy.retry.status_codes.is_some());
        self.limit(Phase::Headers, self.started, timeout.headers);
        let mut hop = 0;
        loop {
            let read = self.errand.settled(self.errand.ready()?.send(wire, request, eager)).await?;
            self.status = host.status(wire);
            if !matches!(self.status, 301..=303 | 307 | 308) || !host.redirect(wire, request, hop)? {
                return Ok(read);
            }
            hop += 1;
        }
    }

    async fn body(&mut self) -> Result<Option<f64>, Failure> {
        let Errand { policy, wire, request, .. } = *self.errand;
        let host = self.errand.host();
        if policy.read == ReadAs::None {
            host.discard(wire);
            return Ok(None);
        }
        if !policy.watches_body() {
            self.limit(Phase::Attempt, self.started, f64::INFINITY);
            return self.errand.settled(host.read(wire, request)).await;
        }
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
        self.errand.settled(host.decode(wire, request, Some(policy.read))).await?;
        Ok(Some(bytes))
    }

    async fn excerpt(&mut self) -> Result<Option<f64>, Failure> {
        let Errand { wire, request, .. } = *self.errand;
        let mut bytes = 0.0;
        while bytes < EXCERPT
            && let Some(chunk) = self.chunk().await?
        {
            bytes += chunk;
        }
        self.errand.settled(self.errand.host().decode(wire, request, None)).await
    }

    async fn chunk(&mut self) -> Result<Option<f64>, Failure> {
        let Errand { scope, policy, wire, .. } = *self.errand;
        let idle = policy.timeout.idle;
        let since = if idle < f64::INFINITY { scope.now() } else { self.started };
        self.limit(Phase::Idle, since, idle);
        self.errand.settled(self.errand.host().chunk(wire)).await
    }

    /// Sets the seat's deadline for this stage: the earliest of its own limit, the attempt's and the request's end.
    fn limit(&self, phase: Phase, since: Instant, limit: f64) {
        let attempt = self.errand.policy.timeout.attempt;
        let own = (self.started + attempt, Failure::Timeout { phase: Phase::Attempt, limit: attempt });
        let stage = (since + limit, Failure::Timeout { phase, limit });
        let mut first = self.end;
        for next in [own, stage] {
            if next.0 < first.0 {
                first = next;
            }
        }
        self.errand.scope.expire(self.errand.seat, first.0, Some(first.1));
    }
}

impl<H: Host> Drop for Attempt<'_, H> {
    fn drop(&mut self) {
        if self.permit.is_some() {
            self.errand.host().abort(self.errand.wire);
        }
    }
}
