//! Stories of what a client's user turns while its requests run: pause, limits, the queue.

use std::rc::Rc;

use crate::sim::{End, Input, Item, Play, Reply, Source, Stage};
use fanfetch::core::Instant;
use fanfetch::core::admission::{Limits, ROOT, Rate};
use fanfetch::core::error::{Failure, Phase};
use fanfetch::core::rate_limit::RateLimit;
use fanfetch::pipeline::batch::BatchOptions;

fn long() -> Input {
    Input::to(0, [Reply::ok(100.0)])
}

/// Cancels the queue at a point in time, and looks at the count.
fn cancel_at(stage: &Stage, millis: f64, count: u32) {
    stage.at(millis, move |scope| {
        assert_eq!((scope.queued(), scope.cancel_queued()), (count, count), "at {millis}");
        assert_eq!(scope.cancel_queued(), 0, "nothing is cancelled twice");
    });
}

fn count(play: &Play, wanted: Option<Failure>) -> usize {
    play.failures().into_iter().filter(|failure| *failure == wanted).count()
}

#[test]
fn a_pause_before_the_first_turn_pulls_nothing() {
    let stage = Stage::slots(2);
    stage.scope.set_paused(true);
    let play = stage.start((0..3).map(|_| long()), BatchOptions::default());
    let one = stage.single(long());
    let pulled = Rc::clone(&play);
    stage.at(50.0, move |scope| {
        assert_eq!((pulled.batch.pulled(), scope.queued()), (0, 4));
        scope.set_paused(false);
    });
    stage.run();
    assert_eq!((one.end().0, play.times()), (150.0, vec![150.0, 250.0, 250.0]), "who was queued goes first");
}

#[test]
fn a_pause_lets_time_go_on() {
    let stage = Stage::slots(2);
    stage.scope.set_paused(true);
    let hurried = stage.single(long().with(|policy| policy.timeout.total = 40.0));
    let late = stage.start([long()], BatchOptions { deadline: 60.0, ..BatchOptions::default() });
    stage.at(500.0, |scope| scope.set_paused(false));
    stage.run();
    assert_eq!(hurried.failures(), [Some(Failure::Timeout { phase: Phase::Queue })]);
    assert_eq!((hurried.end().0, late.end().0, stage.starts().len()), (40.0, 60.0, 0));
}

#[test]
fn a_pause_holds_retries_and_tokens() {
    let rate = Some(Rate { limit: RateLimit { limit: 1, interval: 100.0 }, per_host: false });
    let stage = Stage::new(Limits { concurrency: 4, rate, ..Limits::default() });
    stage.set_chance(0.0);
    let flaky = Input::to(0, [Reply::status(503, 10.0), Reply::ok(10.0)]);
    stage.start([flaky, long()], BatchOptions::default());
    stage.at(50.0, |scope| scope.set_paused(true));
    stage.at(350.0, |scope| scope.set_paused(false));
    stage.run();
    assert_eq!(stage.starts(), [(0, 0.0), (1, 350.0), (0, 450.0)], "who waited first goes first");
}

#[test]
fn limits_go_up_and_down_under_load() {
    let stage = Stage::slots(2);
    let play = stage.start((0..12).map(|_| long()), BatchOptions::default());
    for (time, concurrency) in [(50.0, 4), (150.0, 1), (420.0, 5)] {
        stage.at(time, move |scope| scope.set_concurrency(ROOT, concurrency));
    }
    stage.run();
    let starts: Vec<_> = stage.starts().into_iter().map(|start| start.1).collect();
    // Two of 0 and two of 50 end at 100 and 150; 4 at once until 150; then they run down to one at a time.
    assert_eq!(starts, [0.0, 0.0, 50.0, 50.0, 100.0, 100.0, 200.0, 300.0, 400.0, 420.0, 420.0, 420.0]);
    assert_eq!(play.end().0, 520.0);
}

#[test]
fn a_cancelled_queue_fails_the_rest_of_a_list_and_lets_the_others_finish() {
    let stage = Stage::slots(2);
    let play = stage.start((0..7).map(|_| long()), BatchOptions::default());
    cancel_at(&stage, 50.0, 5);
    stage.run();
    assert_eq!((count(&play, None), count(&play, Some(Failure::Aborted))), (2, 5));
    assert_eq!((play.end(), stage.ends()), ((100.0, Ok(())), vec![(100.0, End::Read); 2]));
    assert_eq!(play.times()[2..], [50.0; 5]);
}

#[test]
fn a_cancelled_queue_ends_waits_between_attempts() {
    let stage = Stage::slots(3);
    let waits = Input::to(0, [Reply::status(503, 10.0).asking(5000.0)]);
    let renews = Input { refresh_auth: Some((500.0, Ok(()))), ..Input::to(0, [Reply::status(401, 10.0)]) };
    let thinks = Input { should_retry: Some((500.0, None)), ..Input::to(0, [Reply::status(503, 10.0)]) };
    let play = stage.start([waits, renews, thinks, long()], BatchOptions::default());
    cancel_at(&stage, 50.0, 3);
    stage.run();
    assert_eq!(play.failures(), [Some(Failure::Aborted), Some(Failure::Aborted), Some(Failure::Aborted), None]);
    assert_eq!(play.times(), [50.0, 50.0, 50.0, 110.0]);
}

#[test]
fn a_cancelled_queue_ends_all_who_wait_for_a_slot() {
    let stage = Stage::new(Limits { concurrency: 9, per_host: 1, rate: None });
    let gate = stage.gate(Limits { concurrency: 1, ..Limits::NONE });
    let list = stage.start((0..3).map(|_| long()), BatchOptions::default());
    stage.clock.run_to(Instant::default());
    let singles: Vec<_> = (0..3).map(|host| stage.single_behind(gate, Input { host: Ok(host), ..long() })).collect();
    let makes = stage.single(Input { before_request: Some(500.0), ..long() });
    cancel_at(&stage, 50.0, 2 + 2 + 1);
    stage.run();
    assert_eq!(count(&list, Some(Failure::Aborted)) + count(&makes, Some(Failure::Aborted)), 3);
    assert_eq!(singles.iter().filter(|single| single.end().0 == 50.0).count(), 2);
    assert_eq!((stage.starts().len(), stage.scope.queued()), (2, 0));
}

#[test]
fn what_comes_after_a_cancelled_queue_is_sent() {
    let stage = Stage::slots(1);
    let first = stage.start((0..3).map(|_| long()), BatchOptions::default());
    cancel_at(&stage, 50.0, 2);
    stage.clock.run_to(Instant::from_millis(60.0));
    let second = stage.start((0..2).map(|_| long()), BatchOptions::default());
    stage.run();
    assert_eq!((count(&first, None), second.times()), (1, vec![200.0, 300.0]));
}

#[test]
fn a_cancelled_queue_lets_a_generator_go_on() {
    let stage = Stage::slots(2);
    let mut left = 0..6;
    let play = stage.play(
        Source::unsized_at_hand(std::iter::from_fn(move || left.next().map(|_| long()))),
        BatchOptions::default(),
    );
    cancel_at(&stage, 150.0, 0);
    stage.run();
    assert_eq!((play.failures(), play.end()), (vec![None; 6], (300.0, Ok(()))));
    assert_eq!(play.source.closed.get(), 0);
}

#[test]
fn a_cancelled_queue_lets_an_input_come_that_is_waited_for() {
    let stage = Stage::slots(3);
    let items = [0.0, 500.0].map(|after| Item { after, what: Ok(long()) });
    let play = stage.play(Source::new(items, true), BatchOptions::default());
    cancel_at(&stage, 50.0, 0);
    stage.run();
    assert_eq!((play.failures(), play.end()), (vec![None; 2], (600.0, Ok(()))));
    assert_eq!(play.source.closed.get(), 0);
}

#[test]
fn a_queue_that_is_cancelled_before_the_first_turn_is_cancelled_whole() {
    let stage = Stage::slots(2);
    let play = stage.start((0..5).map(|_| long()), BatchOptions::default());
    stage.clock.spawn({
        let scope = Rc::clone(&stage.scope);
        async move { assert_eq!(scope.cancel_queued(), 5) }
    });
    stage.run();
    assert_eq!((play.failures(), stage.starts().len()), (vec![Some(Failure::Aborted); 5], 0));
}

#[test]
fn a_long_list_is_cancelled_whole() {
    let stage = Stage::slots(1);
    let play = stage.start((0..3500).map(|_| long()), BatchOptions { deadline: 5000.0, ..BatchOptions::default() });
    cancel_at(&stage, 50.0, 3499);
    stage.run();
    assert_eq!((count(&play, Some(Failure::Aborted)), play.end().0), (3499, 100.0));
}

#[test]
fn a_cancelled_queue_stops_a_batch_that_stops_on_errors() {
    let stage = Stage::slots(2);
    let play = stage.start((0..9).map(|_| long()), BatchOptions { stop_on_error: true, ..BatchOptions::default() });
    stage.at(50.0, |scope| assert_eq!(scope.cancel_queued(), 7));
    stage.run();
    assert_eq!((play.end(), play.sorted().len()), ((50.0, Err("a failure")), 1));
}

#[test]
fn a_slot_that_came_in_the_moment_of_the_cancel_is_handed_on() {
    let stage = Stage::new(Limits { concurrency: 9, per_host: 1, rate: None });
    let first = stage.single(Input { id: 0, ..long() });
    let second = stage.single(Input { id: 1, ..long() });
    stage.at(30.0, |scope| {
        scope.host().0.abort(0);
        scope.cancel_queued();
    });
    stage.clock.run_to(Instant::from_millis(30.0));
    let third = stage.single(Input { id: 2, ..long() });
    stage.run();
    assert_eq!((first.end().0, second.end().0, third.end().0), (30.0, 30.0, 130.0));
    assert_eq!(stage.starts(), [(0, 0.0), (2, 30.0)]);
}

#[test]
fn the_queue_counts_who_waits_and_what_was_not_pulled() {
    let stage = Stage::new(Limits { concurrency: 2, per_host: 1, rate: None });
    stage.set_chance(0.0);
    let flaky = Input::to(1, [Reply::status(503, 10.0).asking(200.0), Reply::ok(10.0)]);
    stage.start([long(), long(), flaky, Input { host: Ok(2), ..long() }], BatchOptions::default());
    for (time, queued) in [(5.0, 2), (15.0, 2), (105.0, 1), (195.0, 1), (205.0, 1), (215.0, 0)] {
        stage.at(time, move |scope| assert_eq!(scope.queued(), queued, "at {time}"));
    }
    stage.run();
    assert_eq!(stage.scope.queued(), 0);
}

#[test]
fn a_shared_fetch_counts_once_for_all_who_wait_for_it() {
    let twin = |id| Input { id, key: Some(0), ..long() };
    for waits in [false, true] {
        let stage = Stage::slots(2);
        let twin = move |id| match waits {
            true => Input { replies: [Reply::status(503, 10.0).asking(5000.0)].into(), ..twin(id) },
            false => twin(id),
        };
        let plays: Vec<_> = (0..3).map(|id| stage.single(twin(id))).collect();
        let queued = if waits { [3, 2] } else { [2, 1] };
        stage.at(20.0, move |scope| {
            assert_eq!(scope.queued(), queued[0]);
            scope.host().0.abort(0);
        });
        cancel_at(&stage, 50.0, queued[1]);
        stage.run();
        let ends: Vec<_> = plays.iter().map(|play| (play.end().0, play.failures()[0])).collect();
        let second = if waits { (50.0, Some(Failure::Aborted)) } else { (100.0, None) };
        assert_eq!(ends, [(20.0, Some(Failure::Aborted)), second, (50.0, Some(Failure::Aborted))]);
        assert_eq!(stage.starts().len(), 1);
    }
}
