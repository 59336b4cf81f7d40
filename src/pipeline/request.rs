//! The spine: one request, from being taken up to its end.

use crate::core::Instant;
use crate::core::error::{BodyFault, Failure};

use super::attempt::{Attempt, Seen};
use super::errand::Errand;
use super::host::Host;
use super::open::Open;
use super::permit::{Adopted, Permit};
use super::rarely::rarely;
use super::recovery::{Round, Then, recover};
use super::story::Story;

/// Sends the request until it succeeds or nothing is left to try. A wait holds no slot. A body that is handed out unread
/// comes back open, with its slot.
///
/// # Errors
/// The last failure, or what interrupted it.
pub(super) async fn run<H: Host>(errand: &Errand<'_, H>, story: &mut Story) -> Result<Option<Open<H>>, Failure> {
    let Errand { batch, request, .. } = *errand;
    let (scope, host) = (errand.scope(), errand.host());
    let adopted = scope.adopt(batch.gate(), host.host_of(request)?);
    let mut round = Round::new(errand, story);
    loop {
        let permit = enter(errand, story, &adopted, round.asked).await?;
        round.begin(errand, story);
        let mut attempt = Attempt::new(errand, permit, story);
        match attempt.exchange(round.may_retry, round.may_renew).await {
            Ok(Seen::Data(bytes)) => {
                story.bytes = bytes;
                attempt.close(story, None);
                break;
            }
            Ok(Seen::Open) => return Ok(attempt.leave_open(story).map(|open| open.keep(adopted))),
            Err(failure) => match rarely(recover(errand, story, attempt, &mut round, failure)).await? {
                Then::Again => {}
                Then::Data => break,
                Then::Open(open) => return Ok(open.map(|open| open.keep(adopted))),
            },
        }
    }
    if host.validates(request) {
        rarely(validate(errand, story)).await?;
    }
    Ok(None)
}

/// Makes the next attempt ready and waits for its slot.
async fn enter<H: Host>(
    errand: &Errand<'_, H>,
    story: &mut Story,
    adopted: &Adopted<H>,
    asked: Instant,
) -> Result<Permit<H>, Failure> {
    let Errand { batch, seat, request, policy, .. } = *errand;
    let scope = errand.scope();
    let end = errand.end();
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
    if errand.host().prepares(request) {
        rarely(prepare(errand, story)).await?;
        ready = scope.now();
    }
    let permit = match scope.acquire(seat, adopted.lane(), policy.priority, ready).await {
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
    errand.note_sent();
    Ok(permit)
}

/// Lets the user's code make the next attempt, which nobody is pulled in for meanwhile.
async fn prepare<H: Host>(errand: &Errand<'_, H>, story: &Story) -> Result<(), Failure> {
    let _claim = errand.scope().claim(errand.batch.gate());
    let number = story.attempts.len() as u32 + 1;
    errand.settled(errand.ready()?.prepare(errand.wire, errand.request, number)).await.map(|_| ())
}

/// Holds the data of a success against the schema; the slot is free again.
async fn validate<H: Host>(errand: &Errand<'_, H>, story: &mut Story) -> Result<(), Failure> {
    let fits = match errand.ready() {
        Ok(host) => {
            let work = host.validate(errand.wire, errand.request);
            errand.batch.set_aside(true);
            let fits = errand.asked(work).await;
            errand.batch.set_aside(false);
            fits
        }
        Err(stop) => Err(stop),
    };
    story.total = errand.scope().now().since(story.taken_up);
    if let (Err(failure @ Failure::Body(BodyFault::Schema)), Some(last)) = (&fits, story.attempts.last_mut()) {
        last.failure = Some(*failure);
    }
    fits.map(|_| ())
}
