//! Stories of limits of time: which one runs out, when, and what it leaves behind.

use crate::sim::{End, Input, Outcome, Reply, Stage};
use fanfetch::core::error::{BodyFault, Failure, Phase};
use fanfetch::core::policy::Timeout;
use fanfetch::pipeline::batch::BatchOptions;

const NONE: f64 = f64::INFINITY;

fn out_of(phase: Phase) -> Result<(), Failure> {
    Err(Failure::Timeout { phase })
}

fn once(reply: Reply, timeout: Timeout) -> (Stage, Outcome) {
    let stage = Stage::slots(1);
    let play = stage.whole(
        [Input::to(0, [reply]).with(|policy| {
            policy.timeout = timeout;
            policy.retry.limit = 0
        })],
        BatchOptions::default(),
    );
    (stage, play.only())
}

#[test]
fn an_attempt_has_ten_seconds_by_default() {
    let (stage, outcome) = once(Reply::hang(), Timeout::default());
    assert_eq!(outcome.ended, out_of(Phase::Attempt));
    assert_eq!(stage.ends(), [(10_000.0, End::Aborted)]);
}

#[test]
fn an_attempts_time_covers_its_body() {
    let timeout = Timeout { attempt: 100.0, ..Timeout::default() };
    let (stage, outcome) = once(Reply::ok(60.0).body([(30.0, 1.0), (30.0, 1.0)]), timeout);
    assert_eq!((outcome.ended, stage.ends()), (out_of(Phase::Attempt), vec![(100.0, End::Aborted)]));
    assert_eq!(outcome.history.attempts[0].status, 200);
}

#[test]
fn headers_have_a_limit_of_their_own_that_bodies_have_not() {
    let timeout = Timeout { attempt: NONE, headers: 50.0, ..Timeout::default() };
    assert_eq!(once(Reply::hang(), timeout).1.ended, out_of(Phase::Headers));
    let (stage, outcome) = once(Reply::ok(49.0).body([(5000.0, 1.0)]), timeout);
    assert_eq!((outcome.ended, stage.ends()), (Ok(()), vec![(5049.0, End::Read)]));
}

#[test]
fn the_idle_limit_starts_afresh_with_each_chunk() {
    let timeout = Timeout { idle: 100.0, ..Timeout::default() };
    let (_, outcome) = once(Reply::ok(500.0).body([(99.0, 1.0); 20]), timeout);
    assert_eq!((outcome.ended, outcome.at.as_millis()), (Ok(()), 2480.0));
    let (stage, outcome) = once(Reply::ok(10.0).body([(99.0, 1.0), (99.0, 1.0), (101.0, 1.0)]), timeout);
    assert_eq!((outcome.ended, stage.ends()), (out_of(Phase::Idle), vec![(308.0, End::Aborted)]));
}

#[test]
fn the_first_limit_to_run_out_names_the_failure() {
    let timeout = Timeout { attempt: 100.0, headers: 80.0, idle: 40.0, total: 90.0 };
    let phase_of = |reply| once(reply, timeout).1.ended;
    assert_eq!(phase_of(Reply::hang()), out_of(Phase::Headers));
    assert_eq!(phase_of(Reply::ok(10.0).body([(50.0, 1.0)])), out_of(Phase::Idle));
    assert_eq!(phase_of(Reply::ok(10.0).body([(39.0, 1.0); 9])), out_of(Phase::Total));
}

#[test]
fn two_limits_at_once_count_as_the_one_that_ends_the_request() {
    let timeout = Timeout { attempt: 50.0, total: 50.0, ..Timeout::default() };
    let stage = Stage::slots(1);
    let play =
        stage.whole([Input::to(0, [Reply::hang()]).with(|policy| policy.timeout = timeout)], BatchOptions::default());
    assert_eq!((play.only().ended, stage.starts().len()), (out_of(Phase::Total), 1));
}

#[test]
fn the_total_covers_every_attempt_and_every_wait() {
    let stage = Stage::slots(1);
    stage.set_chance(0.0);
    let slow = Input::to(0, [Reply::hang()]).with(|policy| {
        policy.timeout = Timeout { attempt: 100.0, total: 250.0, ..Timeout::default() };
        policy.retry.limit = 9;
    });
    let play = stage.whole([slow], BatchOptions::default());
    let ends = [(100.0, End::Aborted), (200.0, End::Aborted), (250.0, End::Aborted)];
    assert_eq!((stage.ends(), play.only().ended), (ends.into(), out_of(Phase::Total)));
}

#[test]
fn a_total_that_runs_out_in_the_queue_says_so_and_counts_the_time_there() {
    let stage = Stage::new(fanfetch::core::admission::Limits { concurrency: 2, per_host: 1, rate: None });
    let hasty = Input::to(0, [Reply::ok(10.0)]).with(|policy| policy.timeout.total = 70.0);
    let play = stage.whole([Input::to(0, [Reply::ok(100.0)]), hasty], BatchOptions::default());
    let outcome = &play.sorted()[1];
    assert_eq!((outcome.ended, outcome.at.as_millis()), (out_of(Phase::Queue), 70.0));
    let story = &outcome.history;
    assert_eq!((story.attempts.len(), story.queued, story.total), (0, 70.0, 70.0));
}

#[test]
fn a_total_that_runs_out_in_the_queue_of_a_retry_is_a_total() {
    let stage = Stage::slots(1);
    stage.set_chance(0.0);
    let hasty = Input::to(0, [Reply::status(503, 10.0)]).with(|policy| policy.timeout.total = 70.0);
    // Pulled in the moment the first one leaves its slot, which is taken when it comes back.
    let play = stage.whole(
        [
            hasty
                .with(|policy| policy.retry.backoff.jitter = fanfetch::core::backoff::Jitter::None)
                .with(|policy| policy.retry.backoff.delay = 20.0),
            Input::to(1, [Reply::ok(500.0)]),
        ],
        BatchOptions::default(),
    );
    let story = &play.sorted()[0].history;
    assert_eq!(play.failures()[0].map_or(Ok(()), Err), out_of(Phase::Total));
    assert_eq!((story.queued, story.waited, story.total), (40.0, 20.0, 70.0));
}

#[test]
fn a_body_that_never_gets_ready_is_ended_by_the_total() {
    let stage = Stage::slots(1);
    let stuck = Input { before_request: Some(NONE), ..Input::to(0, [Reply::ok(10.0)]) };
    let play = stage.whole(
        [stuck.with(|policy| policy.timeout.total = 90.0), Input::to(0, [Reply::ok(10.0)])],
        BatchOptions::default(),
    );
    assert_eq!(play.failures(), [out_of(Phase::Queue).err(), None]);
    assert_eq!((play.times(), play.sorted()[0].history.total), (vec![90.0, 100.0], 90.0));
}

#[test]
fn reading_a_failing_body_ends_with_the_attempt_and_keeps_the_status() {
    let timeout = Timeout { attempt: 100.0, ..Timeout::default() };
    let (stage, outcome) = once(Reply::status(404, 10.0).body([(NONE, 1.0)]), timeout);
    assert_eq!(outcome.ended, Err(Failure::Http { status: 404 }));
    assert_eq!(stage.ends(), [(100.0, End::Aborted)]);
}

#[test]
fn a_queue_that_everyone_left_keeps_no_free_slot_from_the_next_input() {
    let stage = Stage::slots(1);
    stage.set_chance(0.0);
    // 0 comes back to a slot that is taken, gives up in the queue, and 2 has still to be pulled.
    let gives_up = Input::to(0, [Reply::status(503, 10.0)]).with(|policy| policy.timeout.total = 50.0);
    let play = stage
        .whole([gives_up, Input::to(1, [Reply::ok(100.0)]), Input::to(1, [Reply::ok(10.0)])], BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 0.0), (1, 10.0), (2, 110.0)]);
    assert_eq!(play.failures(), [out_of(Phase::Total).err(), None, None]);
}

#[test]
fn sizes_are_counted_as_bytes_arrive() {
    let sized = |max: f64, expected: Option<f64>| {
        let stage = Stage::slots(1);
        let reply = Reply::ok(10.0).body([(5.0, 40.0); 3]);
        let input = Input::to(0, [reply]).with(|policy| {
            policy.max_bytes = max;
            policy.expected_bytes = expected;
            policy.retry.limit = 0;
        });
        let play = stage.whole([input], BatchOptions::default());
        (play.only().ended, play.only().at.as_millis(), stage.ends()[0].1)
    };
    assert_eq!(sized(120.0, Some(120.0)), (Ok(()), 25.0, End::Read));
    assert_eq!(sized(79.0, None), (Err(Failure::Body(BodyFault::TooLarge)), 20.0, End::Aborted));
    assert_eq!(sized(NONE, Some(79.0)), (Err(Failure::Body(BodyFault::Long)), 20.0, End::Aborted));
    assert_eq!(sized(NONE, Some(121.0)), (Err(Failure::Body(BodyFault::Short)), 25.0, End::Read));
}

#[test]
fn a_late_timer_ends_late_and_nothing_else_changes() {
    let stage = Stage::slots(1);
    stage.set_late(7.0);
    let slow = Input::to(0, [Reply::hang()]).with(|policy| {
        policy.timeout.attempt = 50.0;
        policy.retry.limit = 0
    });
    let play = stage.whole([slow, Input::to(0, [Reply::ok(10.0)])], BatchOptions::default());
    assert_eq!(
        (stage.starts(), play.failures()[0].map_or(Ok(()), Err)),
        (vec![(0, 0.0), (1, 57.0)], out_of(Phase::Attempt))
    );
}

#[test]
fn a_timer_that_rings_milliseconds_early_is_set_again_once() {
    for (early, ends) in [(0.25, 100.0), (3.0, 100.0), (50.0, 50.0)] {
        let stage = Stage::slots(1);
        stage.hasty.set(early);
        let hanging = Input::to(0, [Reply::hang()]).with(|policy| {
            policy.timeout.attempt = 100.0;
            policy.retry.limit = 0;
        });
        let play = stage.whole([hanging], BatchOptions::default());
        let attempt = play.only().history.attempts[0];
        // What has rung has reached its time, whatever the clock says: fake timers move it by itself.
        assert_eq!((stage.clock.now().as_millis().ceil(), attempt.duration), (ends, 100.0));
    }
}
