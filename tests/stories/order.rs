//! Stories of who goes first.

use crate::sim::{Input, Reply, Stage};
use fanfetch::core::admission::Limits;
use fanfetch::pipeline::batch::BatchOptions;

#[test]
fn a_queued_request_is_never_overtaken() {
    let stage = Stage::slots(1);
    stage.set_chance(0.0);
    // 0 comes back at once and finds 1 in its slot; then it is first in line, before any input not yet pulled.
    let again = Input::to(0, [Reply::status(503, 10.0), Reply::ok(10.0)]);
    let inputs = [again].into_iter().chain((0..3).map(|_| Input::to(0, [Reply::ok(10.0)])));
    stage.whole(inputs, BatchOptions::default());
    assert_eq!(stage.order(), [0, 1, 0, 2, 3]);
}

#[test]
fn inputs_start_in_their_own_order() {
    let stage = Stage::slots(3);
    let inputs = (0..20).map(|number| Input::to(number % 3, [Reply::ok(f64::from(number * 7 % 5) + 1.0)]));
    stage.whole(inputs, BatchOptions::default());
    assert_eq!(stage.order(), (0..20).collect::<Vec<_>>());
}

#[test]
fn results_come_as_they_are_done_and_know_their_place() {
    let stage = Stage::slots(3);
    let play = stage.whole([30.0, 10.0, 20.0].map(|head| Input::to(0, [Reply::ok(head)])), BatchOptions::default());
    let delivered: Vec<_> = play.results.borrow().iter().map(|outcome| outcome.index).collect();
    assert_eq!(delivered, [1, 2, 0]);
}

#[test]
fn within_a_host_the_higher_priority_goes_first_then_the_earlier() {
    let stage = Stage::new(Limits { concurrency: 10, per_host: 1, rate: None });
    let inputs = [0.0, 0.0, -1.0, 5.0, 0.0, 5.0]
        .map(|priority| Input::to(0, [Reply::ok(10.0)]).with(|policy| policy.priority = priority));
    stage.whole(inputs, BatchOptions::default());
    assert_eq!(stage.order(), [0, 3, 5, 1, 4, 2]);
}

#[test]
fn a_retry_queues_behind_those_who_wait() {
    let stage = Stage::new(Limits { concurrency: 10, per_host: 1, rate: None });
    stage.set_chance(0.0);
    let again = Input::to(0, [Reply::status(503, 10.0), Reply::ok(10.0)]);
    stage.whole([again, Input::to(0, [Reply::ok(10.0)]), Input::to(0, [Reply::ok(10.0)])], BatchOptions::default());
    assert_eq!(stage.order(), [0, 1, 2, 0]);
}
