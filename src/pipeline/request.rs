//! The spine: one request, from being taken up to its end.

use std::rc::Rc;

use crate::core::error::{Failure, Phase};
use crate::core::retry::Wait;
use crate::core::retry_after::Wish;
use crate::core::{Instant, Millis};

use super::attempt::{Attempt, Errand};
use super::batch::Batch;
use super::host::Host;
use super::seat::Seat;
use super::story::Story;

/// Sends `request` until it succeeds or nothing is left to try. A wait holds no slot.
///
/// # Errors
/// The last failure, or what interrupted it.
pub(super) async fn run<H: Host>(
    batch: &Batch<H>,
    seat: &Rc<Seat>,
    wire: &H::Wire,
    request: &H::Request,
    story: &mut Story,
) -> Result<(), Failure> {
    let scope = batch.scope();
    let host = scope.host();
    let to = host.host_of(request)?;
    let _adopted = scope.adopt(to);
    let policy = host.policy(request);
    let errand = Errand { scope, seat, wire, request, policy };
    let mut asked = story.taken_up;
    let mut previous = policy.retry.backoff.delay;
    let mut waiting = batch.waiting();
    loop {
        let end = batch.end_of(policy, story, !story.attempts.is_empty());
        seat.check()?;
        if end.0 < Instant::NEVER {
            if asked >= end.0 {
                return Err(end.1);
            }
            scope.expire(seat, end.0, Some(end.1));
        }
        // Before the queue: it is long where a rate is low.
        if !batch.may_spend() {
            return Err(Failure::Budget);
        }
        let mut ready = asked;
        if host.prepares(request) {
            let _claim = scope.claim();
            errand.settled(errand.ready()?.prepare(wire, request)).await?;
            ready = scope.now();
        }
        let permit = match scope.acquire(seat, to, policy.priority, ready).await {
            Ok(permit) => permit,
            Err(left) => {
                story.queued += scope.now().since(asked);
                return Err(left);
            }
        };
        story.queued += permit.since().since(asked);
        // A timer may ring late.
        if permit.since() >= end.0 {
            return Err(end.1);
        }
        batch.spend()?;
        waiting.set(false);
        scope.pump();

        let left = policy.retry.limit > story.attempts.len() as u32;
        let may_retry = left && host.may_repeat(request) && batch.may_spend();
        let mut attempt = Attempt::new(&errand, permit, batch.end_of(policy, story, true));
        let seen = match attempt.exchange(may_retry).await {
            Ok(bytes) => {
                story.bytes = bytes;
                attempt.close(story, None);
                return Ok(());
            }
            Err(failure) => with_wish(&errand, failure),
        };
        let Judged { failure, wait, wanted } = match may_retry && batch.may_spend() && !seen.0.is_final() {
            true => judge(&errand, story, seen, previous, batch),
            false => Judged { failure: seen.0, wait: None, wanted: false },
        };
        if failure.is_final() {
            attempt.close(story, Some(seen.0));
            return Err(failure);
        }
        let consults = wait.is_some() && host.consults(request);
        let ends = wait.is_none() || !(wanted || consults);
        let tolerated = attempt.is_tolerated();
        let read = if ends || consults { attempt.read_out(failure).await } else { Ok(None) };
        if ends && tolerated {
            story.bytes = read.unwrap_or_default();
            attempt.close(story, read.err());
            return read.map(|_| ());
        }
        attempt.close(story, Some(seen.0));
        waiting.set(true);
        let Some(wait) = wait.filter(|_| !ends) else { return Err(failure) };
        scope.pump();
        if consults {
            let end = batch.end_of(policy, story, true);
            scope.expire(seat, end.0, Some(end.1));
            let said = errand.settled(errand.ready()?.should_retry(wire, request, story, failure, wait)).await?;
            scope.expire(seat, Instant::NEVER, None);
            if !said.map_or(wanted, |yes| yes > 0.0) || scope.now() + wait.delay >= end.0 {
                if !tolerated {
                    return Err(failure);
                }
                story.bytes = read?;
                story.total = scope.now().since(story.taken_up);
                if let Some(last) = story.attempts.last_mut() {
                    last.failure = None;
                }
                return Ok(());
            }
        }
        previous = wait.delay;
        asked = rest(&errand, story, wait).await?;
    }
}

struct Judged {
    /// What the request fails with, should it end here.
    failure: Failure,
    /// The wait before another attempt, where one is possible at all.
    wait: Option<Wait>,
    /// Whether the rules want it.
    wanted: bool,
}

fn judge<H: Host>(
    errand: &Errand<'_, H>,
    story: &Story,
    (failure, wish): (Failure, Option<Wish>),
    previous: Millis,
    batch: &Batch<H>,
) -> Judged {
    let Errand { scope, wire, request, policy, .. } = *errand;
    let (host, retry) = (scope.host(), &policy.retry);
    let number = story.attempts.len() as u32 + 1;
    let wanted = retry.wants_retry(failure, wish);
    if !wanted && !host.consults(request) {
        return Judged { failure, wait: None, wanted };
    }
    let own = host.own_delay(wire, request, number).and_then(|delay| {
        let nominal = delay.unwrap_or_else(|| retry.backoff.nominal(number));
        let jittered = host.own_jitter(wire, request, nominal)?;
        Ok(match (jittered, delay) {
            (Some(own), _) => own,
            (None, Some(own)) => retry.backoff.jittered(own, previous, host.chance()),
            (None, None) => retry.backoff.next(number, previous, host.chance()),
        })
    });
    match own {
        Err(threw) => Judged { failure: threw, wait: None, wanted: false },
        Ok(own) => {
            let (end, now) = (batch.end_of(policy, story, true).0, scope.now());
            let wait = retry.wait(wish, own, host.chance()).filter(|wait| now + wait.delay < end);
            Judged { failure, wait, wanted }
        }
    }
}

/// A failing status, with the wait that its response asks for.
fn with_wish<H: Host>(errand: &Errand<'_, H>, failure: Failure) -> (Failure, Option<Wish>) {
    match failure {
        Failure::Http { status, .. } if errand.policy.retry.obeys(status) => {
            let wish = errand.scope.host().wish(errand.wire);
            (Failure::Http { status, retry_after: wish.map(|wish| wish.after) }, wish)
        }
        other => (other, None),
    }
}

/// Sleeps the wait and writes it into the record; the time at its end.
async fn rest<H: Host>(errand: &Errand<'_, H>, story: &mut Story, wait: Wait) -> Result<Instant, Failure> {
    let began = errand.scope.now();
    if let Some(last) = story.attempts.last_mut() {
        last.wait = Some(wait);
    }
    let slept = errand.scope.sleep(errand.seat, began + wait.delay).await;
    let now = errand.scope.now();
    story.waited += now.since(began);
    story.total = now.since(story.taken_up);
    slept.map(|()| now)
}

/// When a request must end at the latest, by `timeout.total` or the batch's deadline, and as what.
#[must_use]
pub(super) fn end(taken_up: Instant, total: Millis, sent: bool, deadline: (Instant, Millis)) -> (Instant, Failure) {
    let phase = if sent { Phase::Total } else { Phase::Queue };
    let own = taken_up + total;
    if deadline.0 < own {
        (deadline.0, Failure::Timeout { phase: Phase::Deadline, limit: deadline.1 })
    } else {
        (own, Failure::Timeout { phase, limit: total })
    }
}
