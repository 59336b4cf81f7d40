//! Stories of rates: tokens, who waits for one, and who must not lose one.

use crate::sim::{Input, Reply, Stage};
use fanfetch::core::admission::{Limits, Rate};
use fanfetch::core::error::{Failure, Phase};
use fanfetch::core::rate_limit::RateLimit;
use fanfetch::pipeline::batch::BatchOptions;

fn limited(limit: u32, concurrency: u32, per_host: bool) -> Stage {
    let rate = Some(Rate { limit: RateLimit { limit, interval: 100.0 }, per_host });
    Stage::new(Limits { concurrency, rate, ..Limits::default() })
}

fn quick(host: u32) -> Input {
    Input::to(host, [Reply::ok(10.0)])
}

#[test]
fn starts_wait_for_the_window_to_let_go() {
    let stage = limited(2, 8, false);
    let play = stage.whole((0..6).map(quick), BatchOptions::default());
    assert_eq!(play.times(), [10.0, 10.0, 110.0, 110.0, 210.0, 210.0]);
    assert_eq!(play.sorted()[5].history.queued, 0.0, "it was pulled when its token was there");
}

#[test]
fn waiting_for_a_token_holds_no_permit() {
    let stage = limited(1, 1, true);
    stage.whole([quick(0), quick(0), quick(1), quick(2)], BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 0.0), (2, 10.0), (3, 20.0), (1, 100.0)]);
}

#[test]
fn a_retry_takes_a_token_of_its_own() {
    let stage = limited(1, 8, false);
    stage.set_chance(0.0);
    let flaky = Input::to(0, [Reply::status(503, 10.0), Reply::ok(10.0)]);
    let play = stage.whole([flaky], BatchOptions::default());
    let story = play.only().history;
    assert_eq!(stage.starts(), [(0, 0.0), (0, 100.0)]);
    assert_eq!((story.waited, story.queued, story.total), (0.0, 90.0, 110.0));
}

#[test]
fn a_token_is_taken_at_the_start_and_not_when_the_request_was_taken_up() {
    let stage = limited(1, 8, false);
    let prepared = Input { before_request: Some(60.0), ..quick(0) };
    stage.whole([prepared.clone(), prepared.clone(), prepared], BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 60.0), (1, 160.0), (2, 260.0)]);
}

#[test]
fn leaving_the_queue_burns_no_token() {
    let stage = limited(1, 8, false);
    let hasty = quick(0).with(|policy| policy.timeout.total = 100.0);
    let play = stage.whole([quick(0), hasty, quick(0)], BatchOptions::default());
    assert_eq!(play.failures()[1], Some(Failure::Timeout { phase: Phase::Queue }));
    assert_eq!(stage.starts(), [(0, 0.0), (2, 100.0)], "its time was up in the very moment its token came");
}

#[test]
fn leaving_a_hosts_queue_burns_none_of_its_tokens() {
    let stage = limited(1, 8, true);
    let hasty = quick(0).with(|policy| policy.timeout.total = 100.0);
    let play = stage.whole([quick(0), hasty, quick(0), quick(1)], BatchOptions::default());
    assert_eq!(play.failures()[1], Some(Failure::Timeout { phase: Phase::Queue }));
    assert_eq!(stage.starts(), [(0, 0.0), (3, 0.0), (2, 100.0)]);
}

#[test]
fn an_aborted_request_burns_no_token() {
    let stage = limited(1, 8, false);
    let play = stage.whole([Input { aborted: true, ..quick(0) }, quick(0)], BatchOptions::default());
    assert_eq!(stage.starts(), [(1, 0.0)]);
    let first = &play.sorted()[0];
    assert_eq!((first.ended, first.history.attempts.len()), (Err(Failure::Aborted), 0));
}

#[test]
fn a_spent_budget_waits_for_no_token() {
    let stage = limited(1, 8, false);
    let play = stage.whole((0..5).map(quick), BatchOptions { max_fetches: 2, ..BatchOptions::default() });
    assert_eq!(stage.starts(), [(0, 0.0), (1, 100.0)]);
    assert_eq!(play.end().0, 110.0);
}

#[test]
fn a_token_that_rings_late_is_for_who_waited_and_not_for_a_newcomer() {
    let stage = limited(1, 8, false);
    stage.set_late(10.0);
    let newcomer = Input { before_request: Some(105.0), ..quick(0) };
    stage.whole([newcomer, quick(0), quick(1)], BatchOptions::default());
    assert_eq!(stage.starts(), [(1, 0.0), (2, 105.0), (0, 215.0)]);
}

#[test]
fn a_host_that_nobody_uses_is_not_forgotten_while_its_window_counts() {
    let stage = limited(1, 1, true);
    stage.whole([quick(1500)], BatchOptions::default());
    stage.whole([quick(1500)], BatchOptions::default());
    assert_eq!(stage.starts()[1], (0, 100.0));
}

#[test]
fn a_host_whose_time_has_come_unheard_goes_before_a_newcomer() {
    let stage = limited(1, 2, true);
    stage.set_late(10.0);
    let newcomer = Input { before_request: Some(105.0), ..quick(1) };
    stage.whole([newcomer, quick(0), quick(0), Input::to(2, [Reply::ok(500.0)])], BatchOptions::default());
    assert_eq!(stage.starts(), [(1, 0.0), (3, 10.0), (2, 105.0), (0, 115.0)]);
}
