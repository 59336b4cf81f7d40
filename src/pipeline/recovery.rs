//! What follows an attempt that failed: another, after its wait, or the end.

use crate::core::error::Failure;
use crate::core::retry::Wait;
use crate::core::retry_after::Wish;
use crate::core::{Instant, Millis};

use super::attempt::Attempt;
use super::errand::Errand;
use super::host::Host;
use super::open::Open;
use super::story::Story;
use super::waiting::Waiting;

/// What becomes of the request.
pub(super) enum Then<H: Host> {
    /// Another attempt, when a slot is free.
    Again,
    /// It is a success all the same, and its data are there.
    Data,
    /// Likewise; its body is handed out, if it has one.
    Open(Option<Open<H>>),
}

/// Where a request is, between its attempts.
pub(super) struct Round<'a, H: Host> {
    waiting: Waiting<'a, H>,
    /// Since when it has wanted a slot.
    pub(super) asked: Instant,
    /// The wait before this attempt, or the first one's base.
    previous: Millis,
    /// Attempts that were refused and are nobody's retry.
    renewed: u32,
    /// Whether a failure of this attempt may be followed by another.
    pub(super) may_retry: bool,
    /// Whether it may ask for another authorization, should it be refused.
    pub(super) may_renew: bool,
}

impl<'a, H: Host> Round<'a, H> {
    /// It waits for its first slot.
    pub(super) fn new(errand: &Errand<'a, H>, story: &Story) -> Self {
        Self {
            waiting: errand.batch.waiting(errand.seat),
            asked: story.taken_up,
            previous: errand.policy.retry.backoff.delay,
            renewed: 0,
            may_retry: false,
            may_renew: false,
        }
    }

    /// It has its slot.
    pub(super) fn begin(&mut self, errand: &Errand<'_, H>, story: &Story) {
        let Errand { batch, request, policy, .. } = *errand;
        self.waiting.set(false);
        batch.moved();
        errand.scope().pump();
        let left = policy.retry.limit > story.attempts.len() as u32 - self.renewed;
        self.may_retry = left && errand.host().may_repeat(request) && batch.may_spend();
        self.may_renew = self.renewed == 0 && errand.host().renews(request) && batch.may_spend();
    }

    /// It waits again: another may be pulled in its place.
    fn step_back(&mut self, errand: &Errand<'_, H>) {
        self.waiting.set(true);
        errand.batch.moved();
        errand.scope().pump();
    }
}

/// Judges an attempt that failed, and sees to what has to be done before the next.
///
/// # Errors
/// What the request fails with.
pub(super) async fn recover<H: Host>(
    errand: &Errand<'_, H>,
    story: &mut Story,
    mut attempt: Attempt<'_, H>,
    round: &mut Round<'_, H>,
    seen: Failure,
) -> Result<Then<H>, Failure> {
    let Errand { batch, wire, request, policy, .. } = *errand;
    let (scope, host) = (errand.scope(), errand.host());
    if attempt.is_refused() {
        attempt.close(story, Some(seen));
        round.renewed = 1;
        // Begun before another is pulled, which would be sent with what was refused.
        let work = errand.ready()?.renew(wire, request);
        round.step_back(errand);
        errand.asked(work).await?;
        round.asked = scope.now();
        return Ok(Then::Again);
    }
    let wish = attempt.wish(seen);
    let Judged { failure, wait, wanted } = match round.may_retry && batch.may_spend() && !seen.is_final() {
        true => judge(errand, story, round, (seen, wish)),
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
        return attempt.hand_out(story).map(Then::Open);
    }
    let reminds = !ends && host.reminds(request);
    let read = if ends || consults || reminds { attempt.read_out(failure).await } else { Ok(None) };
    if ends && tolerated {
        story.bytes = read.unwrap_or_default();
        attempt.close(story, read.err());
        return read.map(|_| Then::Data);
    }
    attempt.close(story, Some(seen));
    let Some(wait) = wait.filter(|_| !ends) else { return Err(failure) };
    round.step_back(errand);
    let mut goes_on = wanted;
    if consults {
        let said = errand.asked(errand.ready()?.should_retry(wire, request, story, failure, wait)).await?;
        goes_on = said.map_or(wanted, |yes| yes > 0.0);
    }
    // To read what it came with and to ask may have taken the time for the wait.
    if !goes_on || scope.now() + wait.delay >= errand.horizon() {
        return settle_for(errand, story, tolerated, read, failure).map(|()| Then::Data);
    }
    round.previous = wait.delay;
    round.asked = rest(errand, story, wait).await?;
    if reminds {
        errand.asked(errand.ready()?.before_retry(wire, request, story, failure, wait)).await?;
        round.asked = scope.now();
    }
    Ok(Then::Again)
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
    round: &Round<'_, H>,
    (failure, wish): (Failure, Option<Wish>),
) -> Judged {
    let Errand { wire, request, policy, .. } = *errand;
    let (host, retry) = (errand.host(), &policy.retry);
    let number = story.attempts.len() as u32 + 1 - round.renewed;
    let wanted = retry.wants_retry(failure, wish);
    if !wanted && !host.consults(request) {
        return Judged { failure, wait: None, wanted };
    }
    let own = host.own_delay(wire, request, number).and_then(|delay| {
        let nominal = delay.unwrap_or_else(|| retry.backoff.nominal(number));
        let jittered = host.own_jitter(wire, request, nominal)?;
        Ok(match (jittered, delay) {
            (Some(own), _) => own,
            (None, Some(own)) => retry.backoff.jittered(own, round.previous, host.chance()),
            (None, None) => retry.backoff.next(number, round.previous, host.chance()),
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
    story.total = errand.scope().now().since(story.taken_up);
    if let Some(last) = story.attempts.last_mut() {
        last.failure = read.err();
        last.limit = errand.policy.timeout.limit_of(last.failure);
    }
    story.bytes = read?;
    Ok(())
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
