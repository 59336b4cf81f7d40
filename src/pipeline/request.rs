//! The spine: one request, from being taken up to its end.

use crate::core::error::{BodyFault, Failure};
use crate::core::retry::Wait;
use crate::core::retry_after::Wish;
use crate::core::{Instant, Millis};

use super::attempt::{Attempt, Seen};
use super::errand::Errand;
use super::host::Host;
use super::open::Open;
use super::permit::{Adopted, Permit};
use super::story::Story;
use super::waiting::Waiting;

/// Sends the request until it succeeds or nothing is left to try. A wait holds no slot. A body that is handed out unread
/// comes back open, with its slot.
///
/// # Errors
/// The last failure, or what interrupted it.
pub(super) async fn run<H: Host>(errand: &Errand<'_, H>, story: &mut Story) -> Result<Option<Open<H>>, Failure> {
    let Errand { batch, seat, wire, request, policy, .. } = *errand;
    let (scope, host) = (errand.scope(), errand.host());
    let adopted = scope.adopt(batch.gate(), host.host_of(request)?);
    let mut waiting = batch.waiting(seat);
    let mut asked = story.taken_up;
    let mut previous = policy.retry.backoff.delay;
    // A second try after a 401 is nobody's retry.
    let mut renewed = 0;
    loop {
        let permit = enter(errand, story, &adopted, asked).await?;
        waiting.set(false);
        batch.moved();
        scope.pump();

        let left = policy.retry.limit > story.attempts.len() as u32 - renewed;
        let may_retry = left && host.may_repeat(request) && batch.may_spend();
        let may_renew = renewed == 0 && host.renews(request) && batch.may_spend();
        let mut attempt = Attempt::new(errand, permit, story);
        let failure = match attempt.exchange(may_retry, may_renew).await {
            Ok(Seen::Data(bytes)) => {
                story.bytes = bytes;
                attempt.close(story, None);
                break;
            }
            Ok(Seen::Open) => return Ok(attempt.leave_open(story).map(|open| open.keep(adopted))),
            Err(failure) => failure,
        };
        if attempt.is_refused() {
            attempt.close(story, Some(failure));
            renewed = 1;
            // Begun before another is pulled, which would be sent with what was refused.
            let work = errand.ready()?.renew(wire, request);
            step_back(errand, &mut waiting);
            errand.asked(work).await?;
            asked = scope.now();
            continue;
        }
        let seen = failure;
        let wish = attempt.wish(seen);
        let Judged { failure, wait, wanted } = match may_retry && batch.may_spend() && !seen.is_final() {
            true => judge(errand, story, (seen, wish), previous, renewed),
            false => Judged { failure: seen, wait: None, wanted: false },
        };
        if failure.is_final() {
            attempt.close(story, Some(seen));
            return Err(failure);
        }
        let consults = wait.is_some() && host.consults(request);
        let ends = wait.is_none() || !(wanted || consults);
        let tolerated = attempt.is_tolerated();
        if ends && tolerated && policy.read.is_handed_out() {
            return Ok(attempt.hand_out(story).map(|open| open.keep(adopted)));
        }
        let reminds = !ends && host.reminds(request);
        let read = if ends || consults || reminds { attempt.read_out(failure).await } else { Ok(None) };
        if ends && tolerated {
            story.bytes = read.unwrap_or_default();
            attempt.close(story, read.err());
            read?;
            break;
        }
        attempt.close(story, Some(seen));
        let Some(wait) = wait.filter(|_| !ends) else { return Err(failure) };
        step_back(errand, &mut waiting);
        let mut goes_on = wanted;
        if consults {
            let said = errand.asked(errand.ready()?.should_retry(wire, request, story, failure, wait)).await?;
            goes_on = said.map_or(wanted, |yes| yes > 0.0);
        }
        // To read what it came with and to ask may have taken the time for the wait.
        if !goes_on || scope.now() + wait.delay >= errand.horizon() {
            settle_for(errand, story, tolerated, read, failure)?;
            break;
        }
        previous = wait.delay;
        asked = rest(errand, story, wait).await?;
        if reminds {
            errand.asked(errand.ready()?.before_retry(wire, request, story, failure, wait)).await?;
            asked = scope.now();
        }
    }
    validated(errand, story).await.map(|()| None)
}

/// Makes the next attempt ready and waits for its slot.
async fn enter<H: Host>(
    errand: &Errand<'_, H>,
    story: &mut Story,
    adopted: &Adopted<H>,
    asked: Instant,
) -> Result<Permit<H>, Failure> {
    let Errand { batch, seat, wire, request, policy, .. } = *errand;
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
        let _claim = scope.claim(batch.gate());
        let number = story.attempts.len() as u32 + 1;
        errand.settled(errand.ready()?.prepare(wire, request, number)).await?;
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

/// It waits again: another may be pulled in its place.
fn step_back<H: Host>(errand: &Errand<'_, H>, waiting: &mut Waiting<'_, H>) {
    waiting.set(true);
    errand.batch.moved();
    errand.scope().pump();
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
    renewed: u32,
) -> Judged {
    let Errand { wire, request, policy, .. } = *errand;
    let (host, retry) = (errand.host(), &policy.retry);
    let number = story.attempts.len() as u32 + 1 - renewed;
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
            let (end, now) = (errand.horizon(), errand.scope().now());
            let wait = retry.wait(wish, own, host.chance()).filter(|wait| now + wait.delay < end);
            Judged { failure, wait, wanted }
        }
    }
}

/// The user wants no other attempt: the last one is what there is.
fn settle_for<H: Host>(
    errand: &Errand<'_, H>,
    story: &mut Story,
    tolerated: bool,
    read: Result<Option<f64>, Failure>,
    failure: Failure,
) -> Result<(), Failure> {
    if !tolerated {
        return Err(failure);
    }
    story.bytes = read?;
    story.total = errand.scope().now().since(story.taken_up);
    if let Some(last) = story.attempts.last_mut() {
        last.failure = None;
    }
    Ok(())
}

/// The data of a success, held against the schema; the slot is free again.
async fn validated<H: Host>(errand: &Errand<'_, H>, story: &mut Story) -> Result<(), Failure> {
    if !errand.host().validates(errand.request) {
        return Ok(());
    }
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

/// Sleeps the wait and writes it into the record; the time at its end.
async fn rest<H: Host>(errand: &Errand<'_, H>, story: &mut Story, wait: Wait) -> Result<Instant, Failure> {
    let scope = errand.scope();
    let began = scope.now();
    if let Some(last) = story.attempts.last_mut() {
        last.wait = Some(wait);
    }
    let slept = scope.sleep(errand.seat, began + wait.delay).await;
    let now = scope.now();
    story.waited += now.since(began);
    story.total = now.since(story.taken_up);
    slept.map(|()| now)
}
