//! What follows an attempt that failed: another, after its wait, or the end.

use crate::core::error::Failure;
use crate::core::retry::Wait;
use crate::core::retry_after::RetryAfter;
use crate::core::{Instant, Millis};

use super::attempt::Attempt;
use super::context::RequestContext;
use super::history::History;
use super::host::Host;
use super::open_body::OpenBody;
use super::waiting::Waiting;

/// What becomes of the request.
pub(super) enum Then<H: Host> {
    /// Another attempt, when a slot is free.
    Again,
    /// It is a success all the same, and its data are there.
    Data,
    /// Likewise; its body is handed out, if it has one.
    OpenBody(Option<OpenBody<H>>),
}

/// Where a request is, between its attempts.
pub(super) struct Round<'a, H: Host> {
    waiting: Waiting<'a, H>,
    /// Since when it has wanted a slot.
    pub(super) asked: Instant,
    /// The wait before this attempt, or the first one's base.
    previous: Millis,
    /// Attempts that were refused and are nobody's retry.
    auth_refreshes: u32,
    /// Whether a failure of this attempt may be followed by another.
    pub(super) may_retry: bool,
    /// Whether it may ask for another authorization, should it be refused.
    pub(super) may_refresh_auth: bool,
}

impl<'a, H: Host> Round<'a, H> {
    /// It waits for its first slot.
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

    /// It has its slot.
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

    /// It waits again: another may be pulled in its place.
    fn step_back(&mut self, context: &RequestContext<'_, H>) {
        self.waiting.set(true);
        context.batch.moved();
        context.scope().fill_slots();
    }
}

/// Judges an attempt that failed, and sees to what has to be done before the next.
///
/// # Errors
/// What the request fails with.
pub(super) async fn recover<H: Host>(
    context: &RequestContext<'_, H>,
    history: &mut History,
    mut attempt: Attempt<'_, H>,
    round: &mut Round<'_, H>,
    seen: Failure,
) -> Result<Then<H>, Failure> {
    let RequestContext { batch, exchange, request, policy, .. } = *context;
    let (scope, host) = (context.scope(), context.host());
    if attempt.is_refused() {
        attempt.close(history, Some(seen));
        round.auth_refreshes = 1;
        // Begun before another is pulled, which would be sent with what was refused.
        let work = context.ready()?.refresh_auth(exchange, request);
        round.step_back(context);
        context.run_hook(work).await?;
        round.asked = scope.now();
        return Ok(Then::Again);
    }
    let retry_after = attempt.retry_after(seen);
    let Decision { failure, wait, wanted } = match round.may_retry && batch.may_spend() && !seen.is_final() {
        true => decide(context, history, round, (seen, retry_after)),
        false => Decision { failure: seen, wait: None, wanted: false },
    };
    if failure.is_final() {
        attempt.close(history, Some(seen));
        return Err(failure);
    }
    let asks_user = wait.is_some() && host.traits(request).should_retry;
    let ends = wait.is_none() || !(wanted || asks_user);
    let tolerated = attempt.is_tolerated();
    if ends && tolerated && policy.read.is_handed_out() {
        return attempt.hand_out(history).map(Then::OpenBody);
    }
    let has_before_retry = !ends && host.traits(request).before_retry;
    let read = if ends || asks_user || has_before_retry { attempt.read_out(failure).await } else { Ok(None) };
    if ends && tolerated {
        history.bytes = read.unwrap_or_default();
        attempt.close(history, read.err());
        return read.map(|_| Then::Data);
    }
    attempt.close(history, Some(seen));
    let Some(wait) = wait.filter(|_| !ends) else { return Err(failure) };
    round.step_back(context);
    let mut goes_on = wanted;
    if asks_user {
        let said = context.run_hook(context.ready()?.should_retry(exchange, request, history, failure, wait)).await?;
        goes_on = said.map_or(wanted, |yes| yes > 0.0);
    }
    // To read what it came with and to ask may have taken the time for the wait.
    if !goes_on || scope.now() + wait.delay >= context.horizon() {
        return accept_last(context, history, tolerated, read, failure).map(|()| Then::Data);
    }
    round.previous = wait.delay;
    round.asked = sleep(context, history, wait).await?;
    if has_before_retry {
        context.run_hook(context.ready()?.before_retry(exchange, request, history, failure, wait)).await?;
        round.asked = scope.now();
    }
    Ok(Then::Again)
}

struct Decision {
    /// What the request fails with, should it end here.
    failure: Failure,
    /// The wait before another attempt, where one is possible at all.
    wait: Option<Wait>,
    /// Whether the rules want it.
    wanted: bool,
}

fn decide<H: Host>(
    context: &RequestContext<'_, H>,
    history: &History,
    round: &Round<'_, H>,
    (failure, retry_after): (Failure, Option<RetryAfter>),
) -> Decision {
    let RequestContext { exchange, request, policy, .. } = *context;
    let (host, retry) = (context.host(), &policy.retry);
    let number = history.attempts.len() as u32 + 1 - round.auth_refreshes;
    let wanted = retry.wants_retry(failure, retry_after);
    if !wanted && !host.traits(request).should_retry {
        return Decision { failure, wait: None, wanted };
    }
    let own = host.own_delay(exchange, request, number).and_then(|delay| {
        let nominal = delay.unwrap_or_else(|| retry.backoff.nominal(number));
        let jittered = host.own_jitter(exchange, request, nominal)?;
        Ok(match (jittered, delay) {
            (Some(own), _) => own,
            (None, Some(own)) => retry.backoff.jittered(own, round.previous, host.chance()),
            (None, None) => retry.backoff.next(number, round.previous, host.chance()),
        })
    });
    match own {
        Err(threw) => Decision { failure: threw, wait: None, wanted: false },
        Ok(own) => {
            let (end, now) = (context.horizon(), context.scope().now());
            let wait = retry.wait(retry_after, own, host.chance()).filter(|wait| now + wait.delay < end);
            Decision { failure, wait, wanted }
        }
    }
}

/// The user wants no other attempt: the last one is what there is.
fn accept_last<H: Host>(
    context: &RequestContext<'_, H>,
    history: &mut History,
    tolerated: bool,
    read: Result<Option<f64>, Failure>,
    failure: Failure,
) -> Result<(), Failure> {
    if !tolerated {
        return Err(failure);
    }
    history.total = context.scope().now().since(history.taken_up);
    if let Some(last) = history.attempts.last_mut() {
        last.failure = read.err();
        last.limit = context.policy.timeout.limit_of(last.failure);
    }
    history.bytes = read?;
    Ok(())
}

/// Sleeps the wait and writes it into the record; the time at its end.
async fn sleep<H: Host>(
    context: &RequestContext<'_, H>,
    history: &mut History,
    wait: Wait,
) -> Result<Instant, Failure> {
    let scope = context.scope();
    let began = scope.now();
    if let Some(last) = history.attempts.last_mut() {
        last.wait = Some(wait);
    }
    let slept = scope.sleep(context.task, began + wait.delay).await;
    let now = scope.now();
    history.waited += now.since(began);
    history.total = now.since(history.taken_up);
    slept.map(|()| now)
}
