//! What must be true of any result, computed from what servers saw and what it says.

use fanfetch::core::admission::Limits;
use fanfetch::core::backoff::{Backoff, Jitter};
use fanfetch::core::error::{BodyFault, Failure, Phase};
use fanfetch::core::policy::{Policy, ReadAs};
use fanfetch::core::retry::DelayedBy;
use fanfetch::core::retry_after::{RetryAfter, RetryAfterSource};
use fanfetch::core::{Instant, Millis};
use fanfetch::pipeline::batch::BatchOptions;
use fanfetch::pipeline::history::Attempt;

use super::random::{Case, Drawn};
use crate::sim::{End, Fetch, Input, Outcome};

/// Checks a case that has run to its end; the stage itself has found nothing left behind.
pub(crate) fn check(case: &Case) {
    for drawn in &case.batches {
        if case.late > 0.0 {
            // What is not exact keeps its limits, and comes to its end.
            continue;
        }
        for outcome in drawn.play.sorted() {
            let input = drawn.inputs.iter().find(|input| input.id == outcome.id).expect("its input");
            Told { case, drawn, input, policy: &input.policy, fetches: fetches_of(case, outcome.id), outcome }.check();
        }
    }
}

pub(crate) fn at(millis: Millis) -> Instant {
    Instant::from_millis(millis)
}

fn fetches_of(case: &Case, id: u32) -> Vec<Fetch> {
    case.stage.log.borrow().iter().filter(|fetch| fetch.id == id).cloned().collect()
}

fn is_http(attempt: &Attempt) -> bool {
    matches!(attempt.failure, Some(Failure::Http { .. }))
}

pub(crate) fn end_of(fetch: &Fetch) -> (Instant, End) {
    fetch.end.expect("every fetch ends")
}

/// One result, and all that is known of it.
struct Told<'a> {
    case: &'a Case,
    drawn: &'a Drawn,
    input: &'a Input,
    policy: &'a Policy,
    fetches: Vec<Fetch>,
    outcome: Outcome,
}

impl Told<'_> {
    fn check(&self) {
        let Outcome { history, at: ended, .. } = &self.outcome;
        assert_eq!(history.total, ended.since(history.taken_up));
        self.check_end();
        self.check_answer();
        if self.input.key.is_some() {
            return self.check_shared();
        }
        assert_eq!(history.attempts.len(), self.fetches.len(), "every attempt is told: {history:?}");
        for (attempt, fetch) in history.attempts.iter().zip(&self.fetches) {
            let (end, _) = end_of(fetch);
            assert_eq!(attempt.started_at, fetch.start.since(history.taken_up));
            let is_open = self.input.is_handed_out() && attempt.failure.is_none();
            let duration = end.since(fetch.start);
            assert!(attempt.duration == duration || is_open && attempt.duration < duration, "{history:?} {fetch:?}");
            assert!(end <= fetch.start + self.policy.timeout.attempt, "it outlives its timeout");
            if let Some(Failure::Timeout { phase: Phase::Attempt | Phase::Headers }) = attempt.failure {
                assert_eq!(end, fetch.start + attempt.limit, "it ends when its time is up and not before");
            }
        }
        self.check_times();
        self.check_last_word();
    }

    /// The data of a success are those of its own last fetch, or of one for an identical request.
    fn check_answer(&self) {
        let Outcome { ended, answer, history, .. } = &self.outcome;
        let log = self.case.stage.log.borrow();
        if ended.is_err() || self.policy.read == ReadAs::None {
            return;
        }
        let fetch = answer.map(|place| &log[place]).expect("a success has its answer");
        match self.input.key {
            Some(_) => assert!(self.key_of(fetch.id) == self.input.key, "another's answer: {fetch:?}"),
            None => assert!(self.fetches.last().is_some_and(|last| last.start == fetch.start && last.id == fetch.id)),
        }
        assert_eq!(history.attempts.last().map(|last| last.status), Some(self.status_of(fetch)), "another's status");
    }

    /// What hooks make of a status.
    fn status_of(&self, fetch: &Fetch) -> u16 {
        let input = self.inputs().find(|input| input.id == fetch.id).expect("its input");
        input.after_response.and_then(|(_, status)| status).unwrap_or(fetch.reply.status)
    }

    fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.case.batches.iter().flat_map(|drawn| &drawn.inputs)
    }

    fn key_of(&self, id: u32) -> Option<u32> {
        self.inputs().find(|input| input.id == id).and_then(|input| input.key)
    }

    /// Each attempt that it is told of is one of a fetch for identical requests.
    fn check_shared(&self) {
        let Outcome { history, ended: how, .. } = &self.outcome;
        let log = self.case.stage.log.borrow();
        for attempt in &history.attempts {
            let start = history.taken_up.as_millis() + attempt.started_at;
            // What had begun before this one was taken up began at once, as far as it is concerned.
            let begins = |fetch: &Fetch| fetch.start.as_millis().max(history.taken_up.as_millis());
            let is_its =
                |fetch: &&Fetch| (begins(fetch) - start).abs() < 1e-6 && self.key_of(fetch.id) == self.input.key;
            assert!(log.iter().any(|fetch| is_its(&fetch)), "{attempt:?} is nobody's fetch");
        }
        assert!(how.is_err() || !history.attempts.is_empty(), "a success without a fetch");
    }

    /// Whether it is an attempt after which another authorization was, or was to be, had.
    fn is_renewed(&self, number: usize) -> bool {
        let attempts = &self.outcome.history.attempts;
        let refused =
            |place: usize| attempts.get(place).is_some_and(|attempt| attempt.status == 401 && is_http(attempt));
        self.input.refresh_auth.is_some() && refused(number - 1) && !(0..number - 1).any(refused)
    }

    /// Each attempt starts exactly when its wait is over, or later only because it was queued.
    fn check_times(&self) {
        let Outcome { history, at: ended, .. } = &self.outcome;
        let prepare = self.input.before_request.unwrap_or(0.0);
        let (mut asked, mut queued, mut waited, mut previous) =
            (history.taken_up, 0.0, 0.0, self.policy.retry.backoff.delay);
        let mut renewed = 0;
        for (number, (attempt, fetch)) in (1..).zip(history.attempts.iter().zip(&self.fetches)) {
            let ready = asked + prepare;
            assert!(fetch.start >= ready, "attempt {number} starts before its wait is over");
            if fetch.start > ready {
                self.check_queued(ready, fetch);
            }
            queued += fetch.start.since(asked);
            let is_last = number as usize == history.attempts.len();
            let Some(wait) = attempt.wait else {
                let renews = self.is_renewed(number as usize);
                assert!(is_last || renews, "another attempt without a wait");
                if let Some((after, _)) = self.input.refresh_auth.filter(|_| renews) {
                    asked = end_of(fetch).0 + after;
                    renewed = 1;
                }
                if is_last && !renews {
                    assert_eq!((history.queued, history.waited), (queued, waited));
                    return;
                }
                continue;
            };
            let (expected, by) =
                self.wait(number - renewed, fetch, attempt.retry_after, previous).expect("a wait that may be");
            assert_eq!((wait.delay, wait.by), (expected, by), "the wait after attempt {number}");
            let began = end_of(fetch).0 + self.input.should_retry.map_or(0.0, |(after, _)| after);
            asked = began + wait.delay;
            assert!(asked < self.end(), "a wait that crosses the end: {:?}", self.outcome);
            if *ended < asked {
                assert_eq!(history.waited, waited + ended.since(began), "it was interrupted");
                return;
            }
            waited += asked.since(began);
            previous = wait.delay;
            asked = asked + self.input.before_retry.map_or(0.0, |(after, _)| after);
        }
        // It ended in the queue, or in the making of its body.
        assert_eq!(history.waited, waited);
        assert!(history.queued == queued || history.queued == queued + ended.since(asked), "{history:?}");
    }

    /// Somebody made room in the moment it started; where nothing else holds it back, there was none before.
    fn check_queued(&self, ready: Instant, fetch: &Fetch) {
        let (case, start) = (self.case, fetch.start);
        let log = case.stage.log.borrow();
        let rates = [Some(case.limits), self.drawn.gate].into_iter().flatten().filter_map(|limits| limits.rate);
        let token = |other: &Fetch| rates.clone().any(|rate| other.start + rate.limit.interval == start);
        let lent = case.stage.reviews.borrow().contains(&start);
        let freed = lent || log.iter().any(|other| end_of(other).0 == start || token(other));
        assert!(freed || case.turns.contains(&start.as_millis()), "{fetch:?} was ready at {ready:?}, why then?");
        if !self.is_calm() {
            return;
        }
        for moment in log.iter().map(|other| end_of(other).0).chain([ready]) {
            if ready <= moment && moment < start {
                let full = |limits: &Limits, passes: &dyn Fn(u32) -> bool| {
                    let running =
                        |other: &&Fetch| other.start <= moment && moment < end_of(other).0 && passes(other.id);
                    let all = log.iter().filter(running).count() as u32;
                    let own = log.iter().filter(running).filter(|other| other.host == fetch.host).count() as u32;
                    all >= limits.concurrency || own >= limits.per_host
                };
                let is_own = |id| self.drawn.inputs.iter().any(|input| input.id == id);
                let full = full(&case.limits, &|_| true) || self.drawn.gate.is_some_and(|gate| full(&gate, &is_own));
                assert!(full, "{fetch:?} was ready at {ready:?} and there was room at {moment:?}");
            }
        }
    }

    /// Nothing but slots holds anybody back.
    fn is_calm(&self) -> bool {
        self.case.limits.rate.is_none()
            && self.case.turns.is_empty()
            && !self.case.ends_early()
            && self.case.batches.iter().all(|drawn| {
                let plain = BatchOptions { single: false, ..drawn.options } == BatchOptions::default();
                let endless = drawn.inputs.iter().all(|input| input.policy.timeout.total == f64::INFINITY);
                let unrated = drawn.gate.is_none_or(|gate| gate.rate.is_none());
                unrated && plain && endless && !drawn.throws && !drawn.signalled && drawn.aborted.is_none()
            })
    }

    /// When the request must be over.
    fn end(&self) -> Instant {
        (self.outcome.history.taken_up + self.policy.timeout.total).min(self.drawn.deadline())
    }

    /// The wait before the retry of this number, computed anew; none when the server asks for too much.
    fn wait(&self, number: u32, fetch: &Fetch, asked: Option<Millis>, previous: Millis) -> Option<(Millis, DelayedBy)> {
        let chances = self.case.stage.chances.borrow();
        let chances = chances.get(&(self.input.id, number)).map_or(&[][..], Vec::as_slice);
        if let Some(after) = asked {
            let stretched = (after * (1.0 + 0.1 * chances.last()?)).max(after);
            let by = match fetch.reply.retry_after?.by {
                RetryAfterSource::RetryAfter => DelayedBy::RetryAfter,
                RetryAfterSource::RateLimit => DelayedBy::RateLimitHeaders,
            };
            return (after <= self.policy.retry.max_retry_after).then_some((stretched, by));
        }
        let Backoff { delay, factor, limit, jitter } = self.policy.retry.backoff;
        let grown = (1..number).fold(delay, |delay, _| delay * factor).min(limit);
        let nominal = self.input.own_delay.map_or(grown, |own| own.expect("a throwing delay is no wait").min(limit));
        if let Some(own) = self.input.own_jitter {
            return Some((own(self.input.own_delay.map_or(grown, Result::unwrap)), DelayedBy::Backoff));
        }
        let chance = chances[0];
        let least = if self.input.own_delay.is_some() { nominal } else { delay.min(limit) };
        let own = match jitter {
            Jitter::None => nominal,
            Jitter::Full => nominal * chance,
            Jitter::Equal => nominal / 2.0 + nominal / 2.0 * chance,
            Jitter::Decorrelated => (least + (3.0 * previous - least).max(0.0) * chance).min(limit),
        };
        Some((own, DelayedBy::Backoff))
    }

    /// It is over in time, and a limit that ended it did so to the moment.
    fn check_end(&self) {
        let Outcome { history, at: ended, ended: how, .. } = &self.outcome;
        let total = history.taken_up + self.policy.timeout.total;
        assert!(*ended <= self.end().max(history.taken_up), "it outlives its end: {:?}", self.outcome);
        match how {
            Err(Failure::Timeout { phase: Phase::Deadline, .. }) => {
                assert_eq!(*ended, self.drawn.deadline());
            }
            Err(Failure::Timeout { phase: phase @ (Phase::Total | Phase::Queue), .. }) => {
                assert_eq!(*ended, total);
                // Who leaves a fetch that others share is told nothing of it, but that something was sent.
                let is_told = self.input.key.is_none() || !history.attempts.is_empty();
                assert!(!is_told || (*phase == Phase::Queue) == history.attempts.is_empty());
            }
            _ => {}
        }
    }

    /// What the last attempt came to is what the result says, and nothing was left to try.
    fn check_last_word(&self) {
        let Outcome { history, at: ended, ended: how, .. } = &self.outcome;
        let last = history.attempts.last().zip(self.fetches.last());
        match (how, last) {
            (Ok(()), None) => panic!("a success without a fetch"),
            (Ok(()), Some((attempt, fetch))) => {
                let is_open = self.input.is_handed_out() && history.bytes.is_none();
                assert!(is_open || matches!(end_of(fetch).1, End::Read | End::Discarded));
                let status = self.input.after_response.and_then(|review| review.1).unwrap_or(fetch.reply.status);
                assert_eq!(attempt.status, status);
                let all = fetch.reply.chunks.iter().map(|chunk| chunk.1).sum();
                assert_eq!(history.bytes, (self.policy.read != ReadAs::None && !is_open).then_some(all));
                assert!(self.input.after_response.is_none() || self.input.reviewed.is_ok());
                assert!(is_open || self.input.validate.is_none_or(|(_, fits)| fits.is_ok()));
            }
            (Err(Failure::Aborted), _) => {
                let cancelled = self.case.cancelled.borrow().iter().any(|(time, _)| time == ended);
                assert!(self.drawn.signalled || self.input.aborted || cancelled);
            }
            (Err(Failure::Closed), _) => assert_eq!(self.case.closed, Some(ended.as_millis())),
            (Err(Failure::Input), _) => assert!(self.input.host == Err(Failure::Input) && last.is_none()),
            (Err(Failure::Budget), _) => assert!(self.drawn.options.max_fetches < u32::MAX),
            (Err(Failure::Hook), _) => {
                let threw = |said: Option<(Millis, Result<(), Failure>)>| said.is_some_and(|said| said.1.is_err());
                let Input { own_delay, refresh_auth, before_retry, validate, reviewed, .. } = self.input;
                let hooks = [*refresh_auth, *before_retry, *validate].into_iter().any(threw);
                assert!(hooks || reviewed.is_err() || *own_delay == Some(Err(Failure::Hook)));
            }
            (Err(failure), Some((attempt, _))) if attempt.failure == Some(*failure) && !failure.is_final() => {
                // The body of a status that was to be the result: no other attempt could follow when it was read.
                let settled = attempt.status >= 400 && !matches!(failure, Failure::Http { .. });
                let may_go_on = !settled && self.may_go_on(*failure, *ended);
                assert!(attempt.wait.is_none() && !may_go_on, "it gave up too early: {history:?}");
            }
            (Err(_), _) => {}
        }
    }

    fn may_go_on(&self, failure: Failure, now: Instant) -> bool {
        let (history, retry) = (&self.outcome.history, &self.policy.retry);
        if failure == Failure::Body(BodyFault::Schema) {
            return false;
        }
        let renewed = (1..history.attempts.len()).any(|number| self.is_renewed(number));
        let number = history.attempts.len() as u32 - u32::from(renewed);
        let may_spend = self.drawn.options.max_fetches == u32::MAX;
        if self.is_renewed(history.attempts.len()) && may_spend {
            return true;
        }
        let asked = history.attempts.last().and_then(|last| last.retry_after);
        let retry_after = asked.map(|after| RetryAfter { after, by: RetryAfterSource::RetryAfter });
        let said = self.input.should_retry.and_then(|(_, said)| said);
        let allowed = self.input.may_repeat && number <= retry.limit && may_spend;
        if !allowed || !said.unwrap_or_else(|| retry.wants_retry(failure, retry_after)) {
            return false;
        }
        let previous = history.attempts.iter().rev().find_map(|attempt| attempt.wait);
        let previous = previous.map_or(retry.backoff.delay, |wait| wait.delay);
        self.fetches
            .last()
            .and_then(|last| self.wait(number, last, asked, previous))
            .is_some_and(|(delay, _)| now + delay < self.end())
    }
}
