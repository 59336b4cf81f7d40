//! The spine: one request, from its queue to its result.

use crate::core::Instant;
use crate::core::error::{BodyFault, Failure};

use super::attempt::{Attempt, Response};
use super::boxed::boxed;
use super::context::RequestContext;
use super::history::History;
use super::host::Host;
use super::open_body::OpenBody;
use super::permit::{HostLease, Permit};
use super::retry::{Then, recover};
use super::round::Round;

/// Sends the request until it succeeds or no retry is left. Waits hold no slot. A body that is handed out unread is returned
/// open, with its slot.
///
/// # Errors
/// The last failure, or the one that interrupted the request.
pub(super) async fn run<H: Host>(
    context: &RequestContext<'_, H>,
    history: &mut History,
) -> Result<Option<OpenBody<H>>, Failure> {
    let RequestContext { batch, request, .. } = *context;
    let (scope, host) = (context.scope(), context.host());
    let lease = scope.retain(batch.gate(), host.host_of(request)?);
    let mut round = Round::new(context, history);
    loop {
        let permit = acquire(context, history, &lease, round.asked).await?;
        round.begin(context, history);
        let mut attempt = Attempt::new(context, permit, history);
        match attempt.run(round.may_retry, round.may_refresh_auth).await {
            Ok(Response::Data(bytes)) => {
                history.bytes = bytes;
                attempt.close(history, None);
                break;
            }
            Ok(Response::OpenBody) => return Ok(attempt.leave_open(history).map(|open| open.keep(lease))),
            Err(failure) => match boxed(recover(context, history, attempt, &mut round, failure)).await? {
                Then::Again => {}
                Then::Data => break,
                Then::OpenBody(open) => return Ok(open.map(|open| open.keep(lease))),
            },
        }
    }
    if host.traits(request).schema {
        boxed(validate(context, history)).await?;
    }
    Ok(None)
}

/// Prepares the next attempt and waits for its slot.
async fn acquire<H: Host>(
    context: &RequestContext<'_, H>,
    history: &mut History,
    lease: &HostLease<H>,
    asked: Instant,
) -> Result<Permit<H>, Failure> {
    let RequestContext { batch, task, request, policy, .. } = *context;
    let scope = context.scope();
    let end = context.end();
    task.check()?;
    if end.0 < Instant::NEVER {
        if asked >= end.0 {
            return Err(end.1);
        }
        scope.expire(task, end.0, Some(end.1));
    }
    // Checked before the queue as well, which may be long.
    if !batch.may_spend() {
        return Err(Failure::Budget);
    }
    let mut ready = asked;
    if context.host().traits(request).before_request {
        boxed(run_before_request(context, history)).await?;
        ready = scope.now();
    }
    let permit = match scope.acquire(task, lease.lane(), policy.priority, ready).await {
        Ok(permit) => permit,
        Err(interrupt) => {
            history.queued += scope.now().since(asked);
            return Err(interrupt);
        }
    };
    history.queued += permit.since().since(asked);
    // A timer may ring late.
    if permit.since() >= end.0 {
        return Err(end.1);
    }
    batch.spend()?;
    context.note_sent();
    Ok(permit)
}

/// Runs the body function, `auth` and `beforeRequest`. The claim stops another input from taking the slot.
async fn run_before_request<H: Host>(context: &RequestContext<'_, H>, history: &History) -> Result<(), Failure> {
    let _claim = context.scope().claim(context.batch.gate());
    let number = history.attempts.len() as u32 + 1;
    context.interruptible(context.ready()?.before_request(context.exchange, context.request, number)).await.map(|_| ())
}

/// Validates the data of a success against the schema; its slot is free already.
async fn validate<H: Host>(context: &RequestContext<'_, H>, history: &mut History) -> Result<(), Failure> {
    let fits = match context.ready() {
        Ok(host) => {
            let work = host.validate(context.exchange, context.request);
            context.batch.set_validating(true);
            let fits = context.run_hook(work).await;
            context.batch.set_validating(false);
            fits
        }
        Err(stop) => Err(stop),
    };
    history.total = context.scope().now().since(history.taken_up);
    if let (Err(failure @ Failure::Body(BodyFault::Schema)), Some(last)) = (&fits, history.attempts.last_mut()) {
        last.failure = Some(*failure);
    }
    fits.map(|_| ())
}
