//! Stories of ends before the end: aborts, `stopOnError`, sources that throw.

use std::rc::Rc;

use crate::sim::{End, Input, Item, Play, Reply, Source, Stage};
use fanfetch::core::admission::{Limits, ROOT};
use fanfetch::core::error::Failure;
use fanfetch::pipeline::batch::BatchOptions;

fn quick() -> Input {
    Input::to(0, [Reply::ok(10.0)])
}

fn stop_on_error() -> BatchOptions {
    BatchOptions { stop_on_error: true, ..BatchOptions::default() }
}

/// Ends a batch from outside at a point in time.
fn fail_at(stage: &Stage, millis: f64, play: &Rc<Play>) {
    let play = Rc::clone(play);
    stage.at(millis, move |_| play.batch.fail("enough"));
}

#[test]
fn an_abort_ends_what_is_in_flight_and_starts_nothing_new() {
    let stage = Stage::slots(2);
    let play = stage.start((0..9).map(|_| Input::to(0, [Reply::ok(60.0)])), BatchOptions::default());
    fail_at(&stage, 100.0, &play);
    stage.run();
    assert_eq!(play.end(), (100.0, Err("enough")));
    assert_eq!(stage.starts(), [(0, 0.0), (1, 0.0), (2, 60.0), (3, 60.0)]);
    assert_eq!(stage.ends()[2..], [(100.0, End::Aborted); 2]);
    assert_eq!((play.sorted().len(), play.source.closed.get(), play.source.pulled.get()), (2, 1, 4));
}

#[test]
fn an_abort_before_the_first_turn_pulls_nothing() {
    let stage = Stage::slots(2);
    let play = stage.start([quick(), quick()], BatchOptions::default());
    play.batch.fail("enough");
    stage.run();
    assert_eq!((play.end(), play.source.pulled.get(), play.source.closed.get()), ((0.0, Err("enough")), 0, 1));
}

#[test]
fn an_abort_between_a_free_slot_and_its_input_pulls_nothing_more() {
    let stage = Stage::slots(1);
    let play = stage.start([quick(), quick()], BatchOptions::default());
    let aborting = Rc::clone(&play);
    stage.at(4.0, move |scope| {
        scope.set_concurrency(ROOT, 2);
        aborting.batch.fail("enough");
    });
    stage.run();
    assert_eq!((play.source.pulled.get(), play.end().0), (1, 4.0));
}

#[test]
fn an_abort_ends_waits_queues_and_bodies_in_the_making() {
    let stage = Stage::new(Limits { concurrency: 4, per_host: 1, rate: None });
    let waits = Input::to(1, [Reply::status(503, 10.0).asking(5000.0)]);
    let makes = Input { before_request: Some(f64::INFINITY), ..Input::to(2, [Reply::ok(10.0)]) };
    let play = stage.start([Input::to(0, [Reply::hang()]), quick(), waits, makes], BatchOptions::default());
    fail_at(&stage, 50.0, &play);
    stage.run();
    assert_eq!((play.end().0, play.sorted().len(), stage.starts().len()), (50.0, 0, 2));
}

#[test]
fn an_abort_of_one_batch_hands_its_slots_to_another_at_once() {
    let stage = Stage::slots(1);
    let first = stage.start((0..3).map(|_| Input::to(0, [Reply::hang()])), BatchOptions::default());
    let second = stage.start([quick()], BatchOptions::default());
    fail_at(&stage, 30.0, &first);
    stage.run();
    assert_eq!((second.times(), stage.peak()), (vec![40.0], 1));
}

#[test]
fn the_first_failure_ends_a_batch_that_stops_on_errors() {
    let stage = Stage::slots(2);
    let bad = Input::to(0, [Reply::status(404, 20.0)]);
    let inputs = [Input::to(0, [Reply::ok(50.0)]), bad, quick(), quick()];
    let play = stage.whole(inputs, stop_on_error());
    assert_eq!(play.end(), (20.0, Err("a failure")));
    assert_eq!(stage.ends(), [(20.0, End::Aborted), (20.0, End::Read)]);
    assert_eq!((play.only().index, play.source.closed.get(), play.source.pulled.get()), (1, 1, 2));
}

#[test]
fn the_first_word_counts() {
    let stage = Stage::slots(1);
    let play = stage.start([Input::to(0, [Reply::hang()])], BatchOptions::default());
    let twice = Rc::clone(&play);
    stage.at(5.0, move |_| {
        twice.batch.fail("first");
        twice.batch.fail("second");
    });
    stage.run();
    assert_eq!((play.end().1, play.source.closed.get()), (Err("first"), 1));
}

#[test]
fn a_source_that_throws_ends_the_batch_with_its_own_words() {
    for slow in [false, true] {
        let stage = Stage::slots(2);
        let good = Item { after: 5.0, what: Ok(Input::to(0, [Reply::hang()])) };
        let play =
            stage.play(Source::new([good, Item { after: 5.0, what: Err("broken") }], slow), BatchOptions::default());
        stage.run();
        let time = if slow { 10.0 } else { 0.0 };
        assert_eq!((play.end(), play.source.closed.get()), ((time, Err("broken")), 0), "it is not closed: it is over");
        assert!(stage.ends().iter().all(|end| *end == (time, End::Aborted)));
    }
}

#[test]
fn an_abort_does_not_wait_for_an_input_to_come() {
    let stage = Stage::slots(1);
    let item = Item { after: f64::INFINITY, what: Ok(quick()) };
    let play = stage.play(Source::new([item], true), BatchOptions::default());
    fail_at(&stage, 40.0, &play);
    stage.run();
    assert_eq!((play.end(), play.source.closed.get()), ((40.0, Err("enough")), 1));
}

#[test]
fn a_requests_own_signal_fails_it_alone() {
    let stage = Stage::slots(2);
    let play = stage.start((0..3).map(|_| Input::to(0, [Reply::ok(100.0)])), BatchOptions::default());
    stage.at(30.0, |scope| scope.host().0.abort(1));
    stage.run();
    assert_eq!(play.failures(), [None, Some(Failure::Aborted), None]);
    assert_eq!(stage.starts(), [(0, 0.0), (1, 0.0), (2, 30.0)]);
}

#[test]
fn leaving_the_queue_burns_no_slot() {
    let stage = Stage::new(Limits { concurrency: 4, per_host: 1, rate: None });
    let play = stage.start((0..4).map(|_| Input::to(0, [Reply::ok(100.0)])), BatchOptions::default());
    stage.at(50.0, |scope| {
        scope.host().0.abort(1);
        scope.host().0.abort(2);
    });
    stage.run();
    assert_eq!(stage.starts(), [(0, 0.0), (3, 100.0)]);
    assert_eq!((play.times(), play.sorted()[1].history.total), (vec![100.0, 50.0, 50.0, 200.0], 50.0));
}

#[test]
fn leaving_in_the_moment_of_the_turn_hands_it_on() {
    let stage = Stage::new(Limits { concurrency: 4, per_host: 1, rate: None });
    stage.start((0..3).map(|_| Input::to(0, [Reply::ok(100.0)])), BatchOptions::default());
    let hasty = |id| move |scope: &Rc<fanfetch::pipeline::Scope<crate::sim::Sim>>| scope.host().0.abort(id);
    // The slot is given to 1 in this turn, and 1 leaves in the same.
    stage.at(40.0, move |scope| {
        hasty(0)(scope);
        hasty(1)(scope);
    });
    stage.run();
    assert_eq!(stage.starts(), [(0, 0.0), (2, 40.0)]);
}

#[test]
fn an_input_that_cannot_be_sent_fails_alone_and_takes_no_slot() {
    let stage = Stage::slots(1);
    let bad = Input { host: Err(Failure::Input), ..quick() };
    let play = stage.whole([bad.clone(), quick(), bad], BatchOptions::default());
    assert_eq!(play.failures(), [Some(Failure::Input), None, Some(Failure::Input)]);
    assert_eq!(play.end().0, 10.0);
}

#[test]
fn a_batch_of_nothing_is_over_at_once() {
    let stage = Stage::slots(1);
    let play = stage.whole([], BatchOptions::default());
    assert_eq!((play.end(), play.sorted().len()), ((0.0, Ok(())), 0));
}

#[test]
fn nothing_of_a_request_that_left_early_disturbs_the_next() {
    let stage = Stage::slots(1);
    let hurried = Input { before_request: Some(f64::INFINITY), ..quick() }.with(|policy| policy.timeout.total = 100.0);
    let items = [(0.0, hurried), (500.0, quick())].map(|(after, input)| Item { after, what: Ok(input) });
    let play = stage.play(Source::new(items, true), BatchOptions::default());
    stage.at(50.0, |scope| scope.host().0.abort(0));
    stage.run();
    assert_eq!(play.failures(), [Some(Failure::Aborted), None]);
    assert_eq!(play.times(), [50.0, 560.0], "the next was being pulled when the first one's time would have been up");
}

#[test]
fn a_batch_does_not_inherit_the_end_of_anothers_request() {
    let stage = Stage::slots(3);
    let hurried = Input::to(0, [Reply::hang()]).with(|policy| policy.timeout.total = 50.0);
    stage.start([Input::to(0, [Reply::hang()]), hurried], BatchOptions::default());
    stage.clock.run_to(fanfetch::core::Instant::from_millis(60.0));
    let second = stage.start([quick()], BatchOptions::default());
    stage.run();
    assert_eq!((second.failures(), second.end()), (vec![None], (70.0, Ok(()))));
}
