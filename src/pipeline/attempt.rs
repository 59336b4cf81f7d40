//! One attempt: a fetch within its limits, and its body.

use crate::core::Instant;
use crate::core::config::ReadAs;
use crate::core::error::{BodyFault, Failure, Phase};
use crate::core::retry_after::Wish;

use super::errand::Errand;
use super::host::Host;
use super::open::{Limits, Open};
use super::permit::Permit;
use super::rarely::rarely;
use super::seat::During;
use super::story::{self, Story};

/// Most of a failure's body that is read for its error.
const EXCERPT: f64 = 65_536.0;

/// What an attempt came to that did not fail.
pub(super) enum Seen {
    /// Its data, with the decoded bytes.
    Data(Option<f64>),
    /// A body that is handed out unread.
    Open,
}

/// An attempt under way. Dropped before it is over, it is aborted.
pub(super) struct Attempt<'a, H: Host> {
    errand: &'a Errand<'a, H>,
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
    wish: Option<Wish>,
}

impl<'a, H: Host> Attempt<'a, H> {
    /// Nothing is sent yet.
    pub(super) fn new(errand: &'a Errand<'a, H>, mut permit: Permit<H>, story: &Story) -> Self {
        permit.use_up();
        let limits = Limits { started: permit.since(), end: errand.end() };
        let number = story.attempts.len() as u32 + 1;
        Self { errand, permit: Some(permit), limits, number, status: 0, tolerated: false, refused: false, wish: None }
    }

    /// Sends, and reads the body unless the status speaks against it.
    ///
    /// With `may_retry` a listed status is a failure even where `throwHttpErrors` lets it pass; with `may_renew`, so is a
    /// 401.
    ///
    /// # Errors
    /// Why it failed. A failing status leaves its body unread, for [`read_out`](Self::read_out) or [`close`](Self::close).
    pub(super) async fn exchange(&mut self, may_retry: bool, may_renew: bool) -> Result<Seen, Failure> {
        let Errand { policy, wire, request, .. } = *self.errand;
        if let Some(bytes) = self.head(may_retry).await? {
            return Ok(Seen::Data(Some(bytes)));
        }
        let status = self.status;
        let failure = Failure::Http { status };
        self.refused = may_renew && status == 401;
        if self.refused {
            return Err(failure);
        }
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
        if policy.read.is_handed_out() {
            let is_open = self.errand.host().hand_out(wire, request)?;
            return Ok(if is_open { Seen::Open } else { Seen::Data(None) });
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
            self.errand.host().abort(self.errand.wire);
        }
        Ok(None)
    }

    /// When the server of a failing status asks to be asked again, if its word is taken.
    pub(super) fn wish(&mut self, failure: Failure) -> Option<Wish> {
        let obeys = matches!(failure, Failure::Http { status } if self.errand.policy.retry.obeys(status));
        self.wish = obeys.then(|| self.errand.host().wish(self.errand.wire)).flatten();
        self.wish
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
    pub(super) fn hand_out(self, story: &mut Story) -> Result<Option<Open<H>>, Failure> {
        match self.errand.host().hand_out(self.errand.wire, self.errand.request) {
            Ok(true) => Ok(self.leave_open(story)),
            Ok(false) => {
                self.close(story, None);
                Ok(None)
            }
            Err(failure) => {
                self.close(story, Some(failure));
                Err(failure)
            }
        }
    }

    /// Writes the record of a success whose body is still to be read, by whoever has it now.
    pub(super) fn leave_open(mut self, story: &mut Story) -> Option<Open<H>> {
        self.write(story, None);
        let limits = self.limits;
        self.permit.take().map(|permit| Open::new(permit, limits))
    }

    /// Ends it: writes the record, cancels what is left of its body, hands the slot on.
    pub(super) fn close(mut self, story: &mut Story, failure: Option<Failure>) {
        let Errand { seat, wire, .. } = *self.errand;
        let scope = self.errand.scope();
        if self.status == 0 && failure.is_some() {
            self.status = scope.host().status(wire);
        }
        match failure {
            None => {}
            Some(Failure::Http { .. }) => scope.host().discard(wire),
            Some(_) => scope.host().abort(wire),
        }
        self.write(story, failure);
        scope.expire(seat, Instant::NEVER, None);
        seat.recover();
        drop(self.permit.take());
    }

    fn write(&self, story: &mut Story, failure: Option<Failure>) {
        let scope = self.errand.scope();
        let now = scope.now();
        let duration = now.since(self.limits.started);
        story.attempts.push(story::Attempt {
            started_at: self.limits.started.since(story.taken_up),
            duration,
            status: self.status,
            failure,
            limit: self.errand.policy.timeout.limit_of(failure),
            retry_after: self.wish.map(|wish| wish.after),
            wait: None,
        });
        story.total = now.since(story.taken_up);
        if let Ok(host) = self.errand.host().host_of(self.errand.request) {
            let blamed = failure.is_some_and(Failure::blames_host);
            scope.books(|stats| stats.attempt(host, now, duration, blamed, self.status > 0));
        }
    }

    async fn head(&mut self, may_retry: bool) -> Result<Option<f64>, Failure> {
        let Errand { policy, wire, request, .. } = *self.errand;
        let host = self.errand.host();
        let timeout = policy.timeout;
        // A 2xx is read on in the same turn of the host where nothing has to be decided or watched in between.
        let eager = timeout.headers == f64::INFINITY
            && !policy.watches_body()
            && policy.throw_http_errors.is_failure(200) == Some(false)
            && policy.read != ReadAs::None
            && !policy.read.is_handed_out()
            && !host.reviews(request)
            && !(may_retry && policy.retry.status_codes.is_some());
        self.limit(Phase::Headers, self.limits.started, timeout.headers);
        let mut hop = 0;
        loop {
            let read = self.errand.settled(self.errand.ready()?.send(wire, request, eager)).await?;
            self.status = host.status(wire);
            if !matches!(self.status, 301..=303 | 307 | 308) || !host.redirect(wire, request, hop)? {
                break if host.reviews(request) { rarely(self.review()).await } else { Ok(read) };
            }
            hop += 1;
        }
    }

    /// Lets the user's hooks see the response.
    async fn review(&mut self) -> Result<Option<f64>, Failure> {
        let Errand { wire, request, .. } = *self.errand;
        self.limit(Phase::Attempt, self.limits.started, f64::INFINITY);
        let seen = self.errand.settled(self.errand.ready()?.review(wire, request, self.number)).await;
        self.status = self.errand.host().status(wire);
        seen.map(|_| None)
    }

    async fn body(&mut self) -> Result<Option<f64>, Failure> {
        let Errand { policy, wire, request, .. } = *self.errand;
        let host = self.errand.host();
        if policy.read == ReadAs::None {
            host.discard(wire);
            return Ok(None);
        }
        if !policy.watches_body() {
            self.limit(Phase::Attempt, self.limits.started, f64::INFINITY);
            return self.errand.settled(host.read(wire, request)).await;
        }
        rarely(self.chunks()).await.map(Some)
    }

    /// Reads a body chunk by chunk; gives its bytes.
    async fn chunks(&self) -> Result<f64, Failure> {
        let Errand { policy, wire, request, .. } = *self.errand;
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
        self.errand.settled(self.errand.host().decode(wire, request, Some(policy.read))).await?;
        Ok(bytes)
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

    fn chunk(&self) -> During<'_, H::Work<'_>> {
        let Errand { policy, wire, .. } = *self.errand;
        let idle = policy.timeout.idle;
        let since = if idle < f64::INFINITY { self.errand.scope().now() } else { self.limits.started };
        self.limit(Phase::Idle, since, idle);
        self.errand.settled(self.errand.host().chunk(wire))
    }

    /// Sets the seat's deadline for this stage.
    fn limit(&self, phase: Phase, since: Instant, limit: f64) {
        let (time, failure) = self.limits.earliest(&self.errand.policy.timeout, phase, since, limit);
        self.errand.scope().expire(self.errand.seat, time, Some(failure));
    }
}

impl<H: Host> Drop for Attempt<'_, H> {
    fn drop(&mut self) {
        if self.permit.is_some() {
            self.errand.host().abort(self.errand.wire);
        }
    }
}
