//! What must be true of any batch that is over, computed from what servers saw and what results say.

use fanfetch::core::backoff::{Backoff, Jitter};
use fanfetch::core::config::{Policy, ReadAs};
use fanfetch::core::error::{Failure, Phase};
use fanfetch::core::retry::DelayedBy;
use fanfetch::core::retry_after::{Asked, Wish};
use fanfetch::core::{Instant, Millis};

use crate::random::{Case, Drawn};
use crate::sim::{End, Fetch, Input, Outcome};

/// Checks a case that has run to its end; the stage itself has found nothing left behind.
pub(crate) fn check(case: &Case) {
    check_rate(case);
    for drawn in &case.batches {
        check_batch(case, drawn);
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

fn at(millis: Millis) -> Instant {
    Instant::from_millis(millis)
}

fn fetches_of(case: &Case, id: u32) -> Vec<Fetch> {
    case.stage.log.borrow().iter().filter(|fetch| fetch.id == id).cloned().collect()
}

fn end_of(fetch: &Fetch) -> (Instant, End) {
    fetch.end.expect("every fetch ends")
}

/// No window ever above its limit.
fn check_rate(case: &Case) {
    let Some(rate) = case.limits.rate else { return };
    let log = case.stage.log.borrow();
    for host in 0..4 {
        let starts: Vec<_> =
            log.iter().filter(|fetch| !rate.per_host || fetch.host == host).map(|fetch| fetch.start).collect();
        for (early, late) in starts.iter().zip(starts.iter().skip(rate.limit.limit as usize)) {
            assert!(*late >= *early + rate.limit.interval, "{early:?} and {late:?} are too many in one window");
        }
    }
}

/// One result per input, each index once; a batch that ends early starts nothing more.
fn check_batch(case: &Case, drawn: &Drawn) {
    let Drawn { play, inputs, terms, .. } = drawn;
    let (results, (ended, how)) = (play.sorted(), play.end());
    let log = case.stage.log.borrow();
    let own: Vec<_> = log.iter().filter(|fetch| inputs.iter().any(|input| input.id == fetch.id)).collect();
    assert!(own.len() <= terms.max_fetches as usize, "more fetches than the budget has");
    assert!(own.iter().all(|fetch| end_of(fetch).0 <= at(ended)), "a fetch outlives its batch");
    assert!(own.iter().all(|fetch| fetch.start < drawn.deadline()), "a start at or after the deadline");
    assert!(at(ended) <= drawn.deadline() + case.late, "it outlives its deadline");
    assert!(play.source.closed.get() <= 1);
    for (place, outcome) in results.iter().enumerate() {
        let input = &inputs[outcome.index as usize];
        assert_eq!(outcome.id, input.id, "the result of another input");
        assert!(how.is_err() || outcome.index as usize == place, "an index is missing");
    }
    match how {
        Ok(()) => {
            let given_up = terms.deadline < f64::INFINITY && play.source.closed.get() == 1;
            assert!(!drawn.throws || given_up, "what the source threw is lost");
            assert_eq!(results.len(), play.source.pulled.get() as usize, "one result per input");
            assert!(given_up || results.len() == inputs.len(), "inputs were left");
        }
        Err("enough") => assert_eq!(drawn.aborted, Some(ended), "it ends in the moment of its abort"),
        Err("broken") => assert!(drawn.throws),
        Err(_) => {
            assert!(terms.stop_on_error);
            let failed = play.results.borrow().last().cloned().expect("the failure that ended it");
            assert!(failed.ended.is_err() && failed.at == at(ended));
        }
    }
    let failures = results.iter().filter(|outcome| outcome.ended.is_err()).count();
    assert!(!terms.stop_on_error || failures <= 1, "it stops at the first failure");
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
        let Outcome { story, at: ended, .. } = &self.outcome;
        assert_eq!(story.attempts.len(), self.fetches.len(), "every attempt is told: {story:?}");
        assert_eq!(story.total, ended.since(story.taken_up));
        for (attempt, fetch) in story.attempts.iter().zip(&self.fetches) {
            let (end, _) = end_of(fetch);
            assert_eq!(attempt.started_at, fetch.start.since(story.taken_up));
            assert_eq!(attempt.duration, end.since(fetch.start), "{story:?} {fetch:?}");
            assert!(end <= fetch.start + self.policy.timeout.attempt, "it outlives its timeout");
            if let Some(Failure::Timeout { phase: Phase::Attempt | Phase::Headers, limit }) = attempt.failure {
                assert_eq!(end, fetch.start + limit, "it ends when its time is up and not before");
            }
        }
        self.check_times();
        self.check_end();
        self.check_last_word();
    }

    /// Each attempt starts exactly when its wait is over, or later only because it was queued.
    fn check_times(&self) {
        let Outcome { story, at: ended, .. } = &self.outcome;
        let prepare = self.input.prepare.unwrap_or(0.0);
        let (mut asked, mut queued, mut waited, mut previous) =
            (story.taken_up, 0.0, 0.0, self.policy.retry.backoff.delay);
        for (number, (attempt, fetch)) in (1..).zip(story.attempts.iter().zip(&self.fetches)) {
            let ready = asked + prepare;
            assert!(fetch.start >= ready, "attempt {number} starts before its wait is over");
            if fetch.start > ready {
                self.check_queued(ready, fetch);
            }
            queued += fetch.start.since(asked);
            let Some(wait) = attempt.wait else {
                assert_eq!(number as usize, story.attempts.len(), "another attempt without a wait");
                assert_eq!((story.queued, story.waited), (queued, waited));
                return;
            };
            let (expected, by) = self.wait(number, attempt.failure, previous).expect("a wait that may be");
            assert_eq!((wait.delay, wait.by), (expected, by), "the wait after attempt {number}");
            let began = end_of(fetch).0 + self.input.consult.map_or(0.0, |(after, _)| after);
            asked = began + wait.delay;
            assert!(asked < self.end(), "a wait that crosses the end");
            if *ended < asked {
                assert_eq!(story.waited, waited + ended.since(began), "it was interrupted");
                return;
            }
            waited += asked.since(began);
            previous = wait.delay;
        }
        // It ended in the queue, or in the making of its body.
        assert_eq!(story.waited, waited);
        assert!(story.queued == queued || story.queued == queued + ended.since(asked), "{story:?}");
    }

    /// Somebody made room in the moment it started; where nothing else holds it back, there was none before.
    fn check_queued(&self, ready: Instant, fetch: &Fetch) {
        let (case, start) = (self.case, fetch.start);
        let log = case.stage.log.borrow();
        let token = |other: &Fetch| case.limits.rate.is_some_and(|rate| other.start + rate.limit.interval == start);
        let freed = log.iter().any(|other| end_of(other).0 == start || token(other));
        assert!(freed || case.turns.contains(&start.as_millis()), "{fetch:?} was ready at {ready:?}, why then?");
        if !self.is_calm() {
            return;
        }
        for moment in log.iter().map(|other| end_of(other).0).chain([ready]) {
            if ready <= moment && moment < start {
                let running = |other: &&Fetch| other.start <= moment && moment < end_of(other).0;
                let all = log.iter().filter(running).count() as u32;
                let own = log.iter().filter(running).filter(|other| other.host == fetch.host).count() as u32;
                let full = all >= case.limits.concurrency || own >= case.limits.per_host;
                assert!(full, "{fetch:?} was ready at {ready:?} and there was room at {moment:?}");
            }
        }
    }

    /// Nothing but slots holds anybody back.
    fn is_calm(&self) -> bool {
        self.case.limits.rate.is_none()
            && self.case.turns.is_empty()
            && self.case.batches.iter().all(|drawn| {
                let plain = drawn.terms == fanfetch::pipeline::batch::Terms::default();
                let endless = drawn.inputs.iter().all(|input| input.policy.timeout.total == f64::INFINITY);
                plain && endless && !drawn.throws && !drawn.signalled && drawn.aborted.is_none()
            })
    }

    /// When the request must be over.
    fn end(&self) -> Instant {
        (self.outcome.story.taken_up + self.policy.timeout.total).min(self.drawn.deadline())
    }

    /// The wait before the retry of this number, computed anew; none when the server asks for too much.
    fn wait(&self, number: u32, failure: Option<Failure>, previous: Millis) -> Option<(Millis, DelayedBy)> {
        let chances = self.case.stage.chances.borrow();
        let chances = chances.get(&(self.input.id, number)).map_or(&[][..], Vec::as_slice);
        if let Some(Failure::Http { retry_after: Some(after), .. }) = failure {
            let stretched = (after * (1.0 + 0.1 * chances.last()?)).max(after);
            let by = match self.fetches[number as usize - 1].reply.wish?.by {
                Asked::RetryAfter => DelayedBy::RetryAfter,
                Asked::RateLimit => DelayedBy::RateLimitHeaders,
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
        let Outcome { story, at: ended, ended: how, .. } = &self.outcome;
        let total = story.taken_up + self.policy.timeout.total;
        assert!(*ended <= self.end().max(story.taken_up), "it outlives its end");
        match how {
            Err(Failure::Timeout { phase: Phase::Deadline, .. }) => {
                assert_eq!(*ended, self.drawn.deadline());
            }
            Err(Failure::Timeout { phase: phase @ (Phase::Total | Phase::Queue), .. }) => {
                assert_eq!((*ended, *phase == Phase::Queue), (total, story.attempts.is_empty()));
            }
            _ => {}
        }
    }

    /// What the last attempt came to is what the result says, and nothing was left to try.
    fn check_last_word(&self) {
        let Outcome { story, at: ended, ended: how, .. } = &self.outcome;
        let last = story.attempts.last().zip(self.fetches.last());
        match (how, last) {
            (Ok(()), None) => panic!("a success without a fetch"),
            (Ok(()), Some((attempt, fetch))) => {
                assert!(matches!(end_of(fetch).1, End::Read | End::Discarded));
                assert_eq!(attempt.status, fetch.reply.status);
                let all = fetch.reply.chunks.iter().map(|chunk| chunk.1).sum();
                assert_eq!(story.bytes, (self.policy.read != ReadAs::None).then_some(all));
            }
            (Err(Failure::Aborted), _) => assert!(self.drawn.signalled || self.input.aborted),
            (Err(Failure::Input), _) => assert!(self.input.host == Err(Failure::Input) && last.is_none()),
            (Err(Failure::Budget), _) => assert!(self.drawn.terms.max_fetches < u32::MAX),
            (Err(Failure::Hook), _) => assert_eq!(self.input.own_delay, Some(Err(Failure::Hook))),
            (Err(failure), Some((attempt, _))) if attempt.failure == Some(*failure) && !failure.is_final() => {
                // The body of a status that was to be the result: no other attempt could follow when it was read.
                let settled = attempt.status >= 400 && !matches!(failure, Failure::Http { .. });
                let may_go_on = !settled && self.may_go_on(*failure, *ended);
                assert!(attempt.wait.is_none() && !may_go_on, "it gave up too early: {story:?}");
            }
            (Err(_), _) => {}
        }
    }

    fn may_go_on(&self, failure: Failure, now: Instant) -> bool {
        let (story, retry) = (&self.outcome.story, &self.policy.retry);
        let number = story.attempts.len() as u32;
        let wish = match failure {
            Failure::Http { retry_after: Some(after), .. } => Some(Wish { after, by: Asked::RetryAfter }),
            _ => None,
        };
        let said = self.input.consult.and_then(|(_, said)| said);
        let allowed = self.input.may_repeat && number <= retry.limit && self.drawn.terms.max_fetches == u32::MAX;
        if !allowed || !said.unwrap_or_else(|| retry.wants_retry(failure, wish)) {
            return false;
        }
        let previous = story.attempts.iter().rev().find_map(|attempt| attempt.wait);
        let previous = previous.map_or(retry.backoff.delay, |wait| wait.delay);
        self.wait(number, Some(failure), previous).is_some_and(|(delay, _)| now + delay < self.end())
    }
}
