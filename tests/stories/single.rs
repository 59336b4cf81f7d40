//! Stories of single requests, each a call of its own, that meet in the queue.

use std::rc::Rc;

use crate::sim::{End, Input, Reply, Source, Stage};
use fanfetch::core::admission::Limits;
use fanfetch::core::error::{Failure, Phase};
use fanfetch::pipeline::batch::BatchOptions;

fn named(id: u32, host: u32, priority: f64) -> Input {
    Input { id, ..Input::to(host, [Reply::ok(10.0)]) }.with(|policy| policy.priority = priority)
}

#[test]
fn single_requests_wait_for_slots_in_the_order_of_their_priority() {
    let stage = Stage::slots(1);
    for (id, priority) in [(0, 0.0), (1, 0.0), (2, 5.0), (3, -1.0), (4, 5.0), (5, 0.5)] {
        stage.single(named(id, 0, priority));
    }
    stage.run();
    assert_eq!(stage.order(), [0, 2, 4, 5, 1, 3]);
}

#[test]
fn priority_counts_within_a_host_and_hosts_have_their_turns() {
    let stage = Stage::slots(1);
    for (id, host, priority) in [(0, 0, 0.0), (1, 0, 0.0), (2, 0, 9.0), (10, 1, -5.0), (11, 1, 0.0), (20, 2, 0.0)] {
        stage.single(named(id, host, priority));
    }
    stage.run();
    assert_eq!(stage.order(), [0, 2, 11, 20, 1, 10]);
}

#[test]
fn any_number_of_priorities_is_kept_in_order() {
    let stage = Stage::slots(1);
    stage.single(named(0, 0, 1e9));
    // A permutation of 1..=200: 7 has no factor with 201 in common.
    let ranks: Vec<_> = (1..=200).map(|number| number * 7 % 201).collect();
    ranks.iter().for_each(|rank| drop(stage.single(named(*rank, 0, f64::from(*rank)))));
    stage.run();
    assert_eq!(stage.order()[1..], (1..=200).rev().collect::<Vec<_>>());
}

#[test]
fn a_single_request_keeps_its_place_when_another_leaves() {
    let stage = Stage::slots(1);
    (0..4).for_each(|id| drop(stage.single(named(id, 0, 0.0))));
    stage.at(5.0, |scope| scope.host().0.abort(1));
    stage.run();
    assert_eq!(stage.starts(), [(0, 0.0), (2, 10.0), (3, 20.0)]);
}

#[test]
fn a_total_that_runs_out_in_the_queue_says_so() {
    let stage = Stage::slots(1);
    stage.single(Input { id: 0, ..Input::to(0, [Reply::ok(100.0)]) });
    let hurried = stage.single(named(1, 0, 9.0).with(|policy| policy.timeout.total = 30.0));
    let patient = stage.single(named(2, 0, 0.0).with(|policy| policy.timeout.total = 105.0));
    stage.run();
    let failure = |phase| vec![Some(Failure::Timeout { phase })];
    assert_eq!((hurried.failures(), hurried.end().0), (failure(Phase::Queue), 30.0));
    assert_eq!((patient.failures(), patient.end().0), (failure(Phase::Total), 105.0));
    assert_eq!((stage.ends()[1], stage.starts().len()), ((105.0, End::Aborted), 2));
}

#[test]
fn a_single_request_tries_again_like_any_other() {
    let stage = Stage::slots(1);
    stage.set_chance(0.5);
    let flaky = stage.single(Input::to(0, [Reply::status(503, 10.0), Reply::ok(10.0)]));
    let other = stage.single(named(1, 0, 0.0));
    stage.run();
    assert_eq!((flaky.only().history.total, other.end().0), (170.0, 20.0));
}

#[test]
fn a_single_request_may_have_a_deadline_and_a_budget() {
    let stage = Stage::slots(2);
    let source = || Source::at_hand([Input::to(0, [Reply::status(503, 10.0).asking(60.0), Reply::hang()])]);
    stage.set_chance(0.0);
    let late = stage.play(source(), BatchOptions { single: true, deadline: 100.0, ..BatchOptions::default() });
    let poor = stage.play(source(), BatchOptions { single: true, max_fetches: 1, ..BatchOptions::default() });
    stage.run();
    assert_eq!(late.failures(), [Some(Failure::Timeout { phase: Phase::Deadline })]);
    assert_eq!(poor.failures(), [Some(Failure::Http { status: 503 })]);
    assert_eq!((late.end().0, poor.end().0), (100.0, 10.0));
}

#[test]
fn an_aborted_call_for_one_request_ends_without_a_result() {
    let stage = Stage::slots(1);
    let one = stage.single(Input::to(0, [Reply::hang()]));
    let queued = stage.single(Input::to(0, [Reply::hang()]));
    let failing = [Rc::clone(&one), Rc::clone(&queued)];
    stage.at(20.0, move |_| failing.iter().for_each(|play| play.batch.fail("enough")));
    stage.run();
    assert_eq!((one.end(), queued.end()), ((20.0, Err("enough")), (20.0, Err("enough"))));
    assert_eq!((one.sorted().len(), stage.starts().len()), (0, 1));
}

#[test]
fn an_aborted_call_before_its_first_turn_sends_nothing() {
    let stage = Stage::slots(1);
    let one = stage.single(Input::to(0, [Reply::ok(10.0)]));
    one.batch.fail("enough");
    stage.run();
    assert_eq!((one.end(), stage.starts().len()), ((0.0, Err("enough")), 0));
}

#[test]
fn thousands_of_single_requests_come_to_their_end() {
    let stage = Stage::new(Limits { concurrency: 7, per_host: 3, rate: None });
    let plays: Vec<_> = (0..3000).map(|id| stage.single(named(id, id % 2, f64::from(id % 3)))).collect();
    stage.run();
    assert!(plays.iter().all(|play| play.only().ended.is_ok()));
    assert_eq!((stage.peak(), stage.peak_at(0)), (6, 3));
}
