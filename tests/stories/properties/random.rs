//! Random batches: each is a function of its seed.

use std::cell::RefCell;
use std::rc::Rc;

use fanfetch::core::admission::{GateId, Limits, ROOT, Rate};
use fanfetch::core::backoff::{Backoff, Jitter};
use fanfetch::core::error::{BodyFault, Failure};
use fanfetch::core::policy::{Policy, ReadAs, ThrowHttpErrors, Timeout};
use fanfetch::core::rate_limit::RateLimit;
use fanfetch::core::retry::RetryPolicy;
use fanfetch::core::retry_after::{RetryAfter, RetryAfterSource};
use fanfetch::core::{Instant, Millis};
use fanfetch::pipeline::Scope;
use fanfetch::pipeline::batch::BatchOptions;

use crate::sim::{Input, Item, Play, Random, Reply, Sim, Source, Stage};

/// Batches under way on one stage, and all that was decided about them.
pub(crate) struct Case {
    pub(crate) stage: Stage,
    pub(crate) limits: Limits,
    pub(crate) batches: Vec<Drawn>,
    /// When the concurrency was changed, or the scope paused or resumed.
    pub(crate) turns: Vec<Millis>,
    /// What the concurrency is from when on.
    pub(crate) concurrency: Vec<(Millis, u32)>,
    /// When all batches were closed.
    pub(crate) closed: Option<Millis>,
    /// When the queue was cancelled, and how many were in it.
    pub(crate) cancelled: Rc<RefCell<Vec<(Instant, u32)>>>,
    /// How late timers ring.
    pub(crate) late: Millis,
}

/// One batch.
pub(crate) struct Drawn {
    pub(crate) play: Rc<Play>,
    pub(crate) inputs: Vec<Input>,
    pub(crate) options: BatchOptions,
    /// The gate that it has for itself.
    pub(crate) gate: Option<Limits>,
    pub(crate) began: Instant,
    /// When it is aborted from outside.
    pub(crate) aborted: Option<Millis>,
    pub(crate) throws: bool,
    /// Requests whose signals may be aborted at any time.
    pub(crate) signalled: bool,
}

const NONE: Millis = f64::INFINITY;

impl Case {
    pub(crate) fn draw(seed: u64) -> Self {
        let random = &Random::new(seed);
        // Whole batches are calm, so that waiting without a reason is found where nothing excuses it.
        let calm = random.often(25);
        let limits = limits(random, 8, calm);
        let stage = Stage::seeded(limits, random.bits());
        let late = if !calm && random.often(15) { 1.0 + random.millis(20) } else { 0.0 };
        stage.set_late(late);
        let (mut turns, mut concurrencies) = (Vec::new(), vec![(0.0, limits.concurrency)]);
        if !calm && random.often(10) {
            let (time, concurrency) = (random.millis(300), 1 + random.below(8));
            stage.at(time, move |scope| scope.set_concurrency(ROOT, concurrency));
            turns.push(time);
            concurrencies.push((time, concurrency));
        }
        if !calm && random.often(10) {
            let (begin, span) = (random.millis(300), random.millis(300));
            stage.at(begin, |scope| scope.set_paused(true));
            stage.at(begin + span, |scope| scope.set_paused(false));
            turns.extend([begin, begin + span]);
        }
        let shared: Vec<_> =
            if random.often(25) { (0..2).map(|key| twin(random, key, calm)).collect() } else { vec![] };
        let mut batches = vec![Drawn::draw(random, &stage, 0, calm, &shared)];
        if random.often(25) {
            stage.clock.run_to(Instant::from_millis(random.pick(&[0.0, 0.0, 100.0]) + random.millis(300)));
            batches.push(Drawn::draw(random, &stage, 1000, calm, &shared));
        }
        if random.often(20) {
            let drawn = |number| Drawn::single(random, &stage, 2000 + number, calm, &shared);
            batches.extend((0..1 + random.below(12)).map(drawn));
        }
        let closed = (!calm && random.often(6)).then(|| stage.time().as_millis() + random.millis(400));
        if let Some(time) = closed {
            let plays: Vec<_> = batches.iter().map(|drawn| Rc::clone(&drawn.play)).collect();
            stage.at(time, move |_| plays.iter().for_each(|play| play.batch.close()));
        }
        let cancelled = Rc::default();
        if !calm && random.often(8) {
            let (log, time) = (Rc::clone(&cancelled), stage.time().as_millis() + random.millis(300));
            stage.at(time, move |scope| cancel(scope, &log));
        }
        Self { stage, limits, batches, turns, concurrency: concurrencies, closed, cancelled, late }
    }
}

impl Case {
    /// Whether the client was closed, or its queue cancelled.
    pub(crate) fn ends_early(&self) -> bool {
        self.closed.is_some() || !self.cancelled.borrow().is_empty()
    }
}

fn cancel(scope: &Rc<Scope<Sim>>, log: &RefCell<Vec<(Instant, u32)>>) {
    let queued = scope.queued();
    assert_eq!(scope.cancel_queued(), queued, "as many as were queued");
    assert_eq!(scope.queued(), 0, "nothing is left in the queue");
    log.borrow_mut().push((scope.now(), queued));
}

impl Drawn {
    pub(crate) fn deadline(&self) -> Instant {
        self.began + self.options.deadline
    }

    /// Behind a gate of its own, perhaps, which is closed with its end.
    fn gate(random: &Random, stage: &Stage, calm: bool) -> (GateId, Option<Limits>) {
        let limits = random.often(25).then(|| limits(random, 4, calm));
        (limits.map_or(ROOT, |limits| stage.gate(limits)), limits)
    }

    fn play(stage: &Stage, gate: GateId, source: Rc<Source>, options: BatchOptions) -> Rc<Play> {
        let play = stage.play_behind(gate, source, options);
        if gate != ROOT {
            let (scope, ending) = (Rc::clone(&stage.scope), Rc::clone(&play));
            stage.clock.spawn(async move {
                ending.ended().await;
                scope.admission(|admission| admission.close_gate(gate));
            });
        }
        play
    }

    fn single(random: &Random, stage: &Stage, id: u32, calm: bool, shared: &[Input]) -> Self {
        let (began, options) = (stage.time(), BatchOptions { single: true, ..BatchOptions::default() });
        let input = input(random, id, 4, &[Rc::new(policy(random, calm))], calm, shared);
        let (gate, limits) = Self::gate(random, stage, calm);
        let play = Self::play(stage, gate, Source::at_hand([input.clone()]), options);
        let inputs = vec![input];
        Self { play, inputs, options, gate: limits, began, aborted: None, throws: false, signalled: false }
    }

    fn draw(random: &Random, stage: &Stage, first: u32, calm: bool, shared: &[Input]) -> Self {
        let (began, mut options) = (stage.time(), BatchOptions::default());
        if !calm && random.often(25) {
            options.deadline = 1.0 + random.millis(600);
        }
        if !calm && random.often(10) {
            options.max_fetches = random.below(20);
        }
        options.stop_on_error = !calm && random.often(8);
        let policies: Vec<_> = (0..1 + random.below(3)).map(|_| Rc::new(policy(random, calm))).collect();
        let hosts = 1 + random.below(4);
        let inputs: Vec<_> =
            (first..first + random.below(25)).map(|id| input(random, id, hosts, &policies, calm, shared)).collect();
        let throws = !calm && random.often(4);
        let items: Vec<_> = inputs
            .iter()
            .cloned()
            .map(Ok)
            .chain(throws.then_some(Err("broken")))
            .map(|what| Item { after: if random.often(70) { 0.0 } else { random.millis(40) }, what })
            .collect();
        let (gate, limits) = Self::gate(random, stage, calm);
        let play = Self::play(stage, gate, Source::new(items, random.often(30)), options);
        let aborted = (!calm && random.often(8)).then(|| stage.time().as_millis() + random.millis(500));
        if let Some(time) = aborted {
            let play = Rc::clone(&play);
            stage.at(time, move |_| play.batch.fail("enough"));
        }
        let signalled = !calm && random.often(15);
        if signalled {
            for _ in 0..3 {
                let (time, id) = (stage.time().as_millis() + random.millis(300), first + random.below(25));
                stage.at(time, move |scope| scope.host().0.abort(id));
            }
        }
        Self { play, inputs, options, gate: limits, began, aborted, throws, signalled }
    }
}

fn limits(random: &Random, most: u32, calm: bool) -> Limits {
    let mut limits = Limits { concurrency: 1 + random.below(most), ..Limits::default() };
    if random.often(40) {
        limits.per_host = 1 + random.below(3);
    }
    if !calm && random.often(35) {
        let limit = RateLimit { limit: 1 + random.below(5), interval: 1.0 + random.millis(150) };
        limits.rate = Some(Rate { limit, per_host: random.often(50) });
    }
    limits
}

/// What identical requests have in common.
fn twin(random: &Random, key: u32, calm: bool) -> Input {
    let mut policy = policy(random, calm);
    if policy.read.is_handed_out() {
        policy.read = ReadAs::Auto;
    }
    Input { key: Some(key), ..input(random, 0, 4, &[Rc::new(policy)], calm, &[]) }
}

fn policy(random: &Random, calm: bool) -> Policy {
    let some = |percent, least: Millis, range| if random.often(percent) { least + random.millis(range) } else { NONE };
    let backoff = Backoff {
        delay: random.pick(&[0.0, 1.0, 10.0, 50.0, 300.0]),
        factor: random.pick(&[1.0, 1.5, 2.0, 3.0]),
        limit: random.pick(&[100.0, 1000.0, 30_000.0]),
        jitter: random.pick(&[Jitter::Full, Jitter::Equal, Jitter::Decorrelated, Jitter::None]),
    };
    Policy {
        timeout: Timeout {
            attempt: 20.0 + random.millis(300),
            headers: some(20, 10.0, 100),
            idle: some(20, 10.0, 60),
            total: if calm { NONE } else { some(30, 1.0, 800) },
        },
        retry: RetryPolicy {
            limit: random.below(5),
            max_retry_after: random.pick(&[0.0, 100.0, 60_000.0]),
            on_timeout: random.often(80),
            backoff,
            ..RetryPolicy::default()
        },
        read: random.pick(&[ReadAs::Auto, ReadAs::Auto, ReadAs::Auto, ReadAs::Text, ReadAs::None, ReadAs::Stream]),
        throw_http_errors: random.pick(&[
            ThrowHttpErrors::Yes,
            ThrowHttpErrors::Yes,
            ThrowHttpErrors::No,
            ThrowHttpErrors::Ask,
        ]),
        max_bytes: if random.often(10) { 500.0 } else { NONE },
        expected_bytes: random.often(5).then_some(300.0),
        priority: if random.often(30) { random.millis(3) } else { 0.0 },
    }
}

fn input(random: &Random, id: u32, hosts: u32, policies: &[Rc<Policy>], calm: bool, shared: &[Input]) -> Input {
    if !shared.is_empty() && random.often(40) {
        let total = if calm || random.often(60) { NONE } else { 1.0 + random.millis(500) };
        let twin = Input { id, aborted: !calm && random.often(1), ..random.pick(shared) };
        return twin.with(|policy| policy.timeout.total = total);
    }
    let mut replies: Vec<_> = (0..1 + random.below(4)).map(|_| reply(random)).collect();
    let often = |percent| random.often(percent).then(|| random.millis(40));
    let said = |fault| if random.often(15) { Err(fault) } else { Ok(()) };
    let refresh_auth = often(10).map(|after| (after, said(Failure::Hook)));
    if refresh_auth.is_some() {
        replies[0].status = random.pick(&[401, replies[0].status]);
        replies.iter_mut().skip(1).filter(|_| random.often(30)).for_each(|reply| reply.status = 401);
    }
    let schema = random.pick(&[Failure::Hook, Failure::Body(BodyFault::Schema)]);
    Input {
        id,
        host: if random.often(2) { Err(Failure::Input) } else { Ok(random.below(hosts)) },
        policy: random.pick(policies),
        may_repeat: random.often(90),
        before_request: often(8),
        should_retry: often(8).map(|after| (after, random.pick(&[None, Some(true), Some(false)]))),
        own_delay: random.often(6).then(|| if random.often(10) { Err(Failure::Hook) } else { Ok(random.millis(200)) }),
        own_jitter: random.often(6).then_some(|delay| delay / 2.0 + 1.0),
        is_failure: |status| status >= 500,
        after_response: often(10).map(|after| (after, random.pick(&[None, None, Some(200), Some(404), Some(503)]))),
        reviewed: said(Failure::Hook),
        refresh_auth,
        validate: often(8).map(|after| (after, said(schema))),
        before_retry: often(8).map(|after| (after, said(Failure::Hook))),
        aborted: !calm && random.often(1),
        ..Input::to(0, replies)
    }
}

fn reply(random: &Random) -> Reply {
    let head = if random.often(4) { NONE } else { 1.0 + random.millis(60) };
    let mut reply = Reply::ok(head);
    if random.often(10) {
        reply.fault = Some(Failure::Network { transient: random.often(80) });
    }
    if random.often(35) {
        reply.status = random.pick(&[204, 304, 400, 404, 413, 429, 500, 503, 503]);
    }
    if random.often(20) {
        let by = random.pick(&[RetryAfterSource::RetryAfter, RetryAfterSource::RateLimit]);
        reply.retry_after = Some(RetryAfter { after: random.pick(&[0.0, 7.0, 50.0, 200.0, 90_000.0]), by });
    }
    if random.often(60) {
        let silence = |_| if random.often(2) { NONE } else { random.millis(30) };
        reply.chunks = (0..random.below(5)).map(|number| (silence(number), 100.0 * random.millis(3))).collect();
    }
    if random.often(5) {
        reply.broken = Some(Failure::Body(BodyFault::Truncated));
    }
    if random.often(4) {
        reply.decoded = Err(Failure::Body(BodyFault::Parse));
    }
    reply
}
