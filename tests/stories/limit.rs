//! Stories of slots: how many run at once, who holds one, and when it is given back.

use std::rc::Rc;

use crate::sim::{End, Input, Reply, Stage};
use fanfetch::core::admission::{Limits, ROOT};
use fanfetch::core::error::Failure;
use fanfetch::pipeline::batch::BatchOptions;

fn quick(host: u32) -> Input {
    Input::to(host, [Reply::ok(10.0)])
}

#[test]
fn as_many_run_as_there_are_slots_and_no_more() {
    let stage = Stage::slots(3);
    let play = stage.whole((0..7).map(|_| quick(0)), BatchOptions::default());
    assert_eq!(play.times(), [10.0, 10.0, 10.0, 20.0, 20.0, 20.0, 30.0]);
    assert_eq!(stage.peak(), 3);
}

#[test]
fn no_limit_at_all_starts_everything_at_once() {
    let stage = Stage::slots(u32::MAX);
    let play = stage.whole((0..500).map(|_| quick(0)), BatchOptions::default());
    assert_eq!((play.times(), stage.peak()), (vec![10.0; 500], 500));
}

#[test]
fn reserve_capacity_without_sending_request() {
    let stage = Stage::slots(1);
    let (scope, world) = (Rc::clone(&stage.scope), stage.scope.host().0.clone());
    stage.clock.spawn(async move {
        let lease = scope.retain(ROOT, 0);
        let (task, exchange) = scope.task();
        let permit = scope.acquire(&task, lease.lane(), 0.0, scope.now()).await.unwrap();
        world.clock.until(scope.now() + 50.0).await;
        drop(permit);
        scope.vacate(task, exchange);
        scope.fill_slots();
    });
    stage.clock.settle();
    stage.whole([quick(0), quick(0)], BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 50.0), (1, 60.0)], "held by one who sends nothing, then free again");
}

#[test]
fn response_error_releases_capacity() {
    let stage = Stage::slots(1);
    let lost = Reply { fault: Some(Failure::Network { transient: false }), ..Reply::ok(10.0) };
    let failing = [Input::to(0, [lost]), Input::to(0, [Reply::status(404, 10.0)]), Input::to(0, [Reply::ok(10.0)])];
    let play = stage.whole(failing, BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 0.0), (1, 10.0), (2, 20.0)]);
    assert_eq!(play.failures()[2], None);
}

#[test]
fn a_slot_is_held_to_the_end_of_the_body() {
    let stage = Stage::slots(1);
    let long = Input::to(0, [Reply::ok(10.0).body([(40.0, 5.0), (50.0, 5.0)])]);
    let play = stage.whole([long, quick(0)], BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 0.0), (1, 100.0)]);
    assert_eq!(play.sorted()[0].history.bytes, Some(10.0));
}

#[test]
fn a_body_that_nobody_wants_is_cancelled_at_once() {
    let stage = Stage::slots(1);
    let unread = Input::to(0, [Reply::ok(10.0).body([(1000.0, 5.0)])])
        .with(|policy| policy.read = fanfetch::core::policy::ReadAs::None);
    let play = stage.whole([unread, quick(0)], BatchOptions::default());
    assert_eq!(stage.ends(), [(10.0, End::Discarded), (20.0, End::Read)]);
    assert_eq!(play.sorted()[0].history.bytes, None);
}

#[test]
fn a_wait_holds_no_slot() {
    let stage = Stage::slots(1);
    stage.set_chance(0.5);
    let heals = Input::to(0, [Reply::status(503, 10.0), Reply::ok(10.0)]);
    let play = stage.whole([heals, quick(0), quick(0)], BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 0.0), (1, 10.0), (2, 20.0), (0, 160.0)]);
    assert_eq!((play.failures(), play.end()), (vec![None; 3], (170.0, Ok(()))));
}

#[test]
fn a_host_at_its_limit_leaves_the_other_slots_to_other_hosts() {
    let stage = Stage::new(Limits { concurrency: 3, per_host: 1, rate: None });
    stage.whole([quick(0), quick(0), quick(0), quick(1), quick(2), quick(1)], BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 0.0), (3, 0.0), (4, 0.0), (1, 10.0), (5, 10.0), (2, 20.0)]);
    assert_eq!((stage.peak(), stage.peak_at(0), stage.peak_at(1)), (3, 1, 1));
}

#[test]
fn bodies_are_made_side_by_side_and_hold_no_slot() {
    let stage = Stage::slots(3);
    let inputs = (0..4).map(|_| Input { before_request: Some(100.0), ..quick(0) });
    let play = stage.whole(inputs, BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 100.0), (1, 100.0), (2, 100.0), (3, 210.0)]);
    assert_eq!(play.times(), [110.0, 110.0, 110.0, 220.0]);
}

#[test]
fn a_slot_that_a_body_is_being_made_for_is_not_offered_again() {
    let stage = Stage::slots(1);
    let play = stage.start([Input { before_request: Some(100.0), ..quick(0) }, quick(0)], BatchOptions::default());
    let pulled = Rc::clone(&play);
    stage.at(99.0, move |_| assert_eq!(pulled.batch.pulled(), 1));
    stage.run();
    assert_eq!(stage.starts(), [(0, 100.0), (1, 110.0)]);
}

#[test]
fn an_attempt_begins_when_its_body_is_ready() {
    let stage = Stage::slots(1);
    let slow = Input { before_request: Some(100.0), ..Input::to(0, [Reply::hang()]) };
    let play = stage.whole(
        [slow.with(|policy| {
            policy.timeout.attempt = 30.0;
            policy.retry.limit = 0
        })],
        BatchOptions::default(),
    );
    let story = play.only().history;
    assert_eq!((story.attempts[0].started_at, story.attempts[0].duration, story.total), (100.0, 30.0, 130.0));
}

#[test]
fn a_higher_limit_starts_more_at_once_and_a_lower_one_lets_them_finish() {
    let stage = Stage::slots(1);
    stage.start((0..8).map(|_| Input::to(0, [Reply::ok(100.0)])), BatchOptions::default());
    stage.at(50.0, |scope| scope.set_concurrency(ROOT, 3));
    stage.at(120.0, |scope| scope.set_concurrency(ROOT, 1));
    stage.run();
    let starts = [(0, 0.0), (1, 50.0), (2, 50.0), (3, 100.0), (4, 200.0), (5, 300.0), (6, 400.0), (7, 500.0)];
    assert_eq!((stage.starts(), stage.peak()), (starts.into(), 3));
}

#[test]
fn a_higher_limit_starts_those_queued() {
    let stage = Stage::slots(1);
    stage.set_chance(0.5);
    // Both come back at 160, while the third holds the only slot.
    let again = || Input::to(0, [Reply::status(503, 5.0), Reply::ok(10.0)]);
    let inputs = [again(), again(), Input::to(0, [Reply::ok(400.0)])];
    stage.start(inputs, BatchOptions::default());
    stage.at(200.0, |scope| {
        assert_eq!(scope.admission(|admission| admission.queued()), 2);
        scope.set_concurrency(ROOT, 3);
    });
    stage.run();
    assert_eq!(stage.starts()[3..], [(0, 200.0), (1, 200.0)]);
}

#[test]
fn a_pause_starts_nothing_and_ends_nothing() {
    let stage = Stage::slots(2);
    let play = stage.start((0..4).map(|_| Input::to(0, [Reply::ok(100.0)])), BatchOptions::default());
    stage.at(50.0, |scope| scope.set_paused(true));
    stage.at(500.0, |scope| scope.set_paused(false));
    stage.run();
    assert_eq!(play.times(), [100.0, 100.0, 600.0, 600.0]);
}

#[test]
fn the_last_fetch_of_a_budget_leaves_the_rest_unsent() {
    let stage = Stage::slots(2);
    let flaky = Input::to(0, [Reply::status(503, 10.0)]);
    let options = BatchOptions { max_fetches: 2, ..BatchOptions::default() };
    let play = stage.whole([flaky, quick(0), quick(0), quick(0)], options);
    let failures = play.failures();
    assert_eq!(failures[2..], [Some(Failure::Budget); 2]);
    assert_eq!(failures[0], Some(Failure::Http { status: 503 }), "no wait for what cannot be sent");
    assert_eq!((stage.log.borrow().len(), play.end().0), (2, 10.0));
}
