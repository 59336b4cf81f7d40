//! Stories of attempts and of the waits between them.

use crate::sim::{End, Input, Outcome, Reply, Stage};
use fanfetch::core::backoff::Jitter;
use fanfetch::core::error::{BodyFault, Failure, Phase};
use fanfetch::core::policy::ThrowHttpErrors;
use fanfetch::core::retry::{DelayedBy, Wait};
use fanfetch::pipeline::batch::BatchOptions;

const UNAVAILABLE: Failure = Failure::Http { status: 503 };

fn run(chance: f64, input: Input) -> (Stage, Outcome) {
    let stage = Stage::slots(4);
    stage.set_chance(chance);
    let play = stage.whole([input], BatchOptions::default());
    (stage, play.only())
}

fn waits(jitter: Jitter, chance: f64) -> Vec<f64> {
    let failing = Input::to(0, [Reply::status(503, 10.0)]).with(|policy| {
        policy.retry.limit = 4;
        policy.retry.backoff.jitter = jitter;
        policy.retry.backoff.limit = 2000.0;
    });
    let (stage, outcome) = run(chance, failing);
    let mut time = 0.0;
    for (wait, (_, start)) in outcome.waits().iter().zip(&stage.starts()[1..]) {
        time += 10.0 + wait;
        assert_eq!(*start, time, "it starts when its wait is over");
    }
    assert_eq!((outcome.ended, outcome.history.attempts.len()), (Err(UNAVAILABLE), 5));
    assert_eq!(outcome.history.waited, outcome.waits().iter().sum::<f64>());
    outcome.waits()
}

#[test]
fn without_jitter_the_delay_doubles_up_to_its_limit() {
    assert_eq!(waits(Jitter::None, 0.75), [300.0, 600.0, 1200.0, 2000.0]);
}

#[test]
fn full_jitter_takes_a_share_of_the_delay() {
    assert_eq!(waits(Jitter::Full, 0.75), [225.0, 450.0, 900.0, 1500.0]);
    assert_eq!(waits(Jitter::Full, 0.0), [0.0; 4]);
}

#[test]
fn equal_jitter_takes_half_and_a_share_of_the_other_half() {
    assert_eq!(waits(Jitter::Equal, 0.5), [225.0, 450.0, 900.0, 1500.0]);
}

#[test]
fn decorrelated_jitter_reaches_to_three_times_the_wait_before() {
    // From 300 to 3 · 300, then to 3 · 600, 3 · 1050, and no further than 2000.
    assert_eq!(waits(Jitter::Decorrelated, 0.5), [600.0, 1050.0, 1725.0, 2000.0]);
}

#[test]
fn the_users_own_delay_and_jitter_take_the_place_of_ours() {
    let failing = Input { own_delay: Some(Ok(80.0)), ..Input::to(0, [Reply::status(503, 10.0)]) };
    assert_eq!(run(0.5, failing.clone()).1.waits(), [40.0, 40.0], "ours is full jitter");
    let both = Input { own_jitter: Some(|delay| delay + 1.0), ..failing };
    assert_eq!(run(0.5, both).1.waits(), [81.0, 81.0]);
}

#[test]
fn a_delay_is_asked_for_only_where_a_retry_may_follow() {
    let thrower = Input { own_delay: Some(Err(Failure::Hook)), ..Input::to(0, [Reply::status(404, 10.0)]) };
    assert_eq!(run(0.5, thrower).1.ended, Err(Failure::Http { status: 404 }));
}

#[test]
fn a_throwing_delay_fails_its_request_whatever_its_status_is_called() {
    for calls in [ThrowHttpErrors::Yes, ThrowHttpErrors::No] {
        let thrower = Input { own_delay: Some(Err(Failure::Hook)), ..Input::to(0, [Reply::status(503, 10.0)]) };
        let (stage, outcome) = run(0.5, thrower.with(|policy| policy.throw_http_errors = calls));
        assert_eq!((outcome.ended, stage.ends()), (Err(Failure::Hook), vec![(10.0, End::Discarded)]));
    }
}

#[test]
fn a_servers_wish_is_waited_for_and_lengthened_by_a_tenth_at_most() {
    let asks = Input::to(0, [Reply::status(503, 10.0).asking(1000.0), Reply::ok(10.0)]);
    let (stage, outcome) = run(0.5, asks);
    assert_eq!(outcome.history.attempts[0].wait, Some(Wait { delay: 1050.0, by: DelayedBy::RetryAfter }));
    assert_eq!(outcome.history.attempts[0].retry_after, Some(1000.0));
    assert_eq!(stage.starts(), [(0, 0.0), (0, 1060.0)]);
}

#[test]
fn a_server_wish_longer_than_the_cap_fails_at_once() {
    let asks = Input::to(0, [Reply::status(503, 10.0).asking(60_000.5), Reply::ok(10.0)]);
    let (stage, outcome) = run(0.0, asks.clone());
    assert_eq!(
        (outcome.ended, outcome.history.attempts[0].retry_after),
        (Err(UNAVAILABLE), Some(60_000.5)),
        "and tells the retry_after"
    );
    assert_eq!((outcome.at.as_millis(), stage.starts().len()), (10.0, 1));
    let (_, at_the_cap) = run(0.5, Input::to(0, [Reply::status(503, 10.0).asking(60_000.0), Reply::ok(10.0)]));
    assert_eq!(at_the_cap.waits(), [63_000.0]);
}

#[test]
fn a_wish_that_the_total_cannot_wait_for_fails_at_once() {
    let asks = |after| {
        Input::to(0, [Reply::status(503, 10.0).asking(after), Reply::ok(10.0)])
            .with(|policy| policy.timeout.total = 1010.0)
    };
    let (_, outcome) = run(0.0, asks(1000.0));
    assert_eq!((outcome.ended, outcome.history.attempts[0].retry_after), (Err(UNAVAILABLE), Some(1000.0)));
    assert_eq!(outcome.at.as_millis(), 10.0);
    assert_eq!(run(0.0, asks(999.0)).1.waits(), [999.0]);
}

#[test]
fn a_wish_that_is_not_obeyed_is_not_told() {
    let asks = Input::to(0, [Reply::status(500, 10.0).asking(5000.0), Reply::ok(10.0)]);
    let (_, outcome) = run(0.5, asks);
    assert_eq!((outcome.waits(), outcome.ended), (vec![150.0], Ok(())));
    assert_eq!(outcome.history.attempts[0].failure, Some(Failure::Http { status: 500 }));
}

#[test]
fn a_request_that_may_not_be_repeated_is_sent_once() {
    let (stage, outcome) = run(0.5, Input { may_repeat: false, ..Input::to(0, [Reply::status(503, 10.0)]) });
    assert_eq!((outcome.ended, stage.starts().len()), (Err(UNAVAILABLE), 1));
}

#[test]
fn a_lost_connection_and_a_broken_body_are_tried_again_and_bad_json_is_not() {
    let truncated = Reply { broken: Some(Failure::Body(BodyFault::Truncated)), ..Reply::ok(10.0).body([(5.0, 9.0)]) };
    let unparsable = Reply { decoded: Err(Failure::Body(BodyFault::Parse)), ..Reply::ok(10.0) };
    let (stage, outcome) = run(0.0, Input::to(0, [Reply::lost(10.0), truncated, unparsable]));
    assert_eq!(outcome.ended, Err(Failure::Body(BodyFault::Parse)));
    assert_eq!(stage.starts(), [(0, 0.0), (0, 10.0), (0, 25.0)]);
    let statuses: Vec<_> = outcome.history.attempts.iter().map(|attempt| attempt.status).collect();
    assert_eq!(statuses, [0, 200, 200]);
}

#[test]
fn an_attempt_that_ran_out_of_time_is_tried_again_unless_that_is_off() {
    let slow = |on_timeout| {
        Input::to(0, [Reply::hang(), Reply::ok(10.0)]).with(|policy| {
            policy.timeout.attempt = 50.0;
            policy.retry.on_timeout = on_timeout;
        })
    };
    let (stage, outcome) = run(0.0, slow(true));
    assert_eq!((stage.starts(), outcome.ended), (vec![(0, 0.0), (0, 50.0)], Ok(())));
    let (_, outcome) = run(0.0, slow(false));
    assert_eq!(outcome.ended, Err(Failure::Timeout { phase: Phase::Attempt }));
}

#[test]
fn a_failing_bodys_beginning_is_read_while_the_slot_is_held() {
    let stage = Stage::slots(1);
    let chatty = Reply::status(404, 10.0).body([(5.0, 30_000.0), (5.0, 30_000.0), (5.0, 30_000.0), (500.0, 1.0)]);
    stage.whole([Input::to(0, [chatty]), Input::to(0, [Reply::ok(10.0)])], BatchOptions::default());
    assert_eq!(stage.ends()[0], (25.0, End::Discarded), "64 KiB are enough");
    assert_eq!(stage.starts()[1], (1, 25.0));
}

#[test]
fn the_body_of_an_attempt_that_is_tried_again_is_cancelled_unread() {
    let (stage, _) = run(0.0, Input::to(0, [Reply::status(503, 10.0).body([(5.0, 9.0)]), Reply::ok(10.0)]));
    assert_eq!(stage.ends(), [(10.0, End::Discarded), (20.0, End::Read)]);
}

#[test]
fn a_status_that_is_no_failure_is_tried_again_and_its_last_body_is_the_data() {
    let down = Reply::status(503, 10.0).body([(5.0, 9.0)]);
    let lenient = Input::to(0, [down]).with(|policy| policy.throw_http_errors = ThrowHttpErrors::No);
    let (stage, outcome) = run(0.0, lenient);
    assert_eq!(stage.ends(), [(10.0, End::Discarded), (20.0, End::Discarded), (35.0, End::Read)]);
    assert_eq!((outcome.ended, outcome.history.bytes, outcome.history.retries()), (Ok(()), Some(9.0), 2));
    assert_eq!(outcome.history.attempts[2].failure, None);
    assert_eq!(outcome.history.attempts[1].failure, Some(UNAVAILABLE));
}

#[test]
fn a_status_that_is_no_failure_is_the_result_where_its_wish_is_too_long() {
    let down = Reply::status(503, 10.0).body([(5.0, 9.0)]).asking(90_000.0);
    let lenient = Input::to(0, [down]).with(|policy| policy.throw_http_errors = ThrowHttpErrors::No);
    let (_, outcome) = run(0.0, lenient);
    assert_eq!((outcome.ended, outcome.history.bytes, outcome.at.as_millis()), (Ok(()), Some(9.0), 15.0));
}

#[test]
fn the_user_decides_which_statuses_fail() {
    let asks = Input { is_failure: |status| status == 200, ..Input::to(0, [Reply::ok(10.0)]) };
    let (_, outcome) = run(0.0, asks.with(|policy| policy.throw_http_errors = ThrowHttpErrors::Ask));
    assert_eq!(outcome.ended, Err(Failure::Http { status: 200 }));
}

#[test]
fn the_users_no_ends_it_and_the_users_yes_goes_on() {
    let down = |status, said| Input { should_retry: Some((5.0, said)), ..Input::to(0, [Reply::status(status, 10.0)]) };
    let (stage, outcome) = run(0.0, down(503, Some(false)));
    assert_eq!((outcome.ended, outcome.at.as_millis(), stage.starts().len()), (Err(UNAVAILABLE), 15.0, 1));
    let (stage, outcome) = run(0.0, down(404, Some(true)));
    assert_eq!(stage.starts(), [(0, 0.0), (0, 15.0), (0, 30.0)]);
    assert_eq!(outcome.ended, Err(Failure::Http { status: 404 }));
    let (stage, _) = run(0.0, down(404, None));
    assert_eq!(stage.starts().len(), 1, "undefined leaves it to the rules");
}

#[test]
fn the_user_is_asked_with_no_slot_held() {
    let stage = Stage::slots(1);
    let asks = Input { should_retry: Some((100.0, None)), ..Input::to(0, [Reply::status(503, 10.0), Reply::ok(10.0)]) };
    stage.set_chance(0.0);
    stage.whole([asks, Input::to(0, [Reply::ok(10.0)])], BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 0.0), (1, 10.0), (0, 110.0)]);
}

#[test]
fn an_answer_that_never_comes_is_ended_by_the_total() {
    let asks = Input { should_retry: Some((f64::INFINITY, None)), ..Input::to(0, [Reply::status(503, 10.0)]) };
    let (_, outcome) = run(0.0, asks.with(|policy| policy.timeout.total = 200.0));
    assert_eq!(outcome.ended, Err(Failure::Timeout { phase: Phase::Total }));
    assert_eq!((outcome.at.as_millis(), outcome.history.total), (200.0, 200.0));
}

#[test]
fn no_wait_is_begun_that_would_cross_the_total_after_a_slow_answer() {
    let asks = Input { should_retry: Some((100.0, Some(true))), ..Input::to(0, [Reply::status(503, 10.0)]) };
    let (stage, outcome) = run(0.5, asks.with(|policy| policy.timeout.total = 250.0));
    assert_eq!((outcome.ended, outcome.at.as_millis()), (Err(UNAVAILABLE), 110.0));
    assert_eq!((stage.starts().len(), outcome.waits()), (1, vec![]));
}

#[test]
fn the_users_no_makes_a_tolerated_status_the_result() {
    let down = Input {
        should_retry: Some((100.0, Some(false))),
        ..Input::to(0, [Reply::status(503, 10.0).body([(5.0, 9.0)])])
    };
    let (_, outcome) = run(0.0, down.with(|policy| policy.throw_http_errors = ThrowHttpErrors::No));
    assert_eq!((outcome.ended, outcome.history.bytes, outcome.history.total), (Ok(()), Some(9.0), 115.0));
    assert_eq!(outcome.history.attempts[0].failure, None, "as where nobody was asked");
}
