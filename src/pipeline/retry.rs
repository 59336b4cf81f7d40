//! Decides what follows a failed attempt: another one after a wait, or the end.

use crate::core::Instant;
use crate::core::error::Failure;
use crate::core::retry::Wait;
use crate::core::retry_after::RetryAfter;

use super::attempt::Attempt;
use super::context::RequestContext;
use super::history::History;
use super::host::Host;
use super::open_body::OpenBody;
use super::round::Round;

/// Continuation of a request after a failed attempt.
pub(super) enum Then<H: Host> {
    /// Another attempt as soon as a slot is free.
    Again,
    /// Success all the same, with its data read.
    Data,
    /// Success all the same, with its body handed out, if it has one.
    OpenBody(Option<OpenBody<H>>),
}

impl<H: Host> Attempt<'_, H> {
    /// Reads the body of a failing status while the slot is still held: all of it if the status is tolerated, else the
    /// beginning, for the error.
    ///
    /// # Errors
    /// The failure to read the body of a tolerated status.
    async fn read_out(&mut self, failure: Failure) -> Result<Option<f64>, Failure> {
        if self.tolerated {
            return self.body().await;
        }
        if matches!(failure, Failure::Http { .. }) && self.excerpt().await.is_err() {
            self.context.host().abort(self.context.exchange);
        }
        Ok(None)
    }

    /// Returns the wait that the server of a failing status asks for, if the policy respects it.
    fn retry_after(&mut self, failure: Failure) -> Option<RetryAfter> {
        let respects =
            matches!(failure, Failure::Http { status } if self.context.policy.retry.respects_retry_after(status));
        self.retry_after = respects.then(|| self.context.host().retry_after(self.context.exchange)).flatten();
        self.retry_after
    }
}

/// Handles a failed attempt: refreshes `auth` or asks for and waits out a retry.
///
/// # Errors
/// The failure of the request.
pub(super) async fn recover<H: Host>(
    context: &RequestContext<'_, H>,
    history: &mut History,
    mut attempt: Attempt<'_, H>,
    round: &mut Round<'_, H>,
    seen: Failure,
) -> Result<Then<H>, Failure> {
    let RequestContext { batch, exchange, request, policy, .. } = *context;
    let (scope, host) = (context.scope(), context.host());
    if attempt.refused {
        attempt.close(history, Some(seen));
        round.auth_refreshes = 1;
        // Begun before another input is pulled, which would be sent with the refused authorization.
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
    let tolerated = attempt.tolerated;
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
        let answer = context.run_hook(context.ready()?.should_retry(exchange, request, history, failure, wait)).await?;
        goes_on = answer.map_or(wanted, |yes| yes > 0.0);
    }
    // Reading the body and asking the user may have taken the time for the wait
    // (`no_wait_is_begun_for_which_the_reading_of_an_error_leaves_no_time`).
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

/// Decision about a retry.
struct Decision {
    /// Failure of the request if it ends here.
    failure: Failure,
    /// Wait before another attempt, where one is possible.
    wait: Option<Wait>,
    /// True if the rules want a retry.
    wanted: bool,
}

/// Decides whether to retry, and after what wait.
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

/// Ends with the last attempt, as no other is wanted or in time.
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

/// Sleeps and records a wait; returns the time at its end.
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
