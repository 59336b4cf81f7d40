//! Stories of identical requests that share one fetch.

use std::rc::Rc;

use crate::sim::{End, Input, Item, Play, Reply, Source, Stage};
use fanfetch::core::Instant;
use fanfetch::core::error::{BodyFault, Failure};
use fanfetch::pipeline::batch::BatchOptions;

fn twin(id: u32, replies: impl Into<Vec<Reply>>) -> Input {
    Input { id, key: Some(0), ..Input::to(0, replies) }
}

/// Begins one request after another, each at its time.
fn arriving(stage: &Stage, inputs: impl IntoIterator<Item = (f64, Input)>) -> Vec<Rc<Play>> {
    let begin = |(time, input)| {
        stage.clock.run_to(Instant::from_millis(time));
        stage.single(input)
    };
    inputs.into_iter().map(begin).collect()
}

fn deduplicated(stage: &Stage) -> u32 {
    let mut count = 0;
    stage.scope.stats(|stats| count = stats.totals.deduplicated);
    count
}

#[test]
fn identical_requests_in_flight_are_one_fetch() {
    let stage = Stage::slots(2);
    let body = Reply::ok(10.0).body([(30.0, 7.0)]);
    let play = stage.whole((0..5).map(move |id| twin(id, [body.clone()])), BatchOptions::default());
    assert_eq!((stage.starts(), stage.ends()), (vec![(0, 0.0)], vec![(40.0, End::Read)]));
    assert_eq!((play.times(), play.failures()), (vec![40.0; 5], vec![None; 5]));
    assert!(play.sorted().iter().all(|outcome| outcome.history.bytes == Some(7.0)));
    assert_eq!((deduplicated(&stage), stage.landed.borrow().clone()), (4, vec![0]));
}

#[test]
fn each_waiter_has_the_data_of_the_shared_fetch() {
    let stage = Stage::slots(2);
    let body = Reply::ok(10.0).body([(30.0, 7.0)]);
    let play = stage.whole((0..3).map(move |id| twin(id, [body.clone()])), BatchOptions::default());
    assert!(play.sorted().iter().all(|outcome| outcome.answer == Some(0)));
}

#[test]
fn a_request_that_comes_after_the_landing_is_sent_anew() {
    let stage = Stage::slots(2);
    let plays = arriving(&stage, [(0.0, twin(0, [Reply::ok(10.0)])), (10.0, twin(1, [Reply::ok(10.0)]))]);
    stage.run();
    assert_eq!((stage.starts(), plays[1].end().0), (vec![(0, 0.0), (1, 10.0)], 20.0));
    assert_eq!(stage.landed.borrow().len(), 2);
}

#[test]
fn other_keys_are_other_fetches() {
    let stage = Stage::slots(8);
    let inputs = (0..6).map(|id| Input { key: (id < 5).then_some(id % 2), ..twin(id, [Reply::ok(10.0)]) });
    stage.whole(inputs, BatchOptions::default());
    assert_eq!(stage.order(), [0, 1, 5]);
}

#[test]
fn a_shared_fetch_takes_one_slot() {
    let stage = Stage::slots(2);
    let other = |id| Input { id, ..Input::to(1, [Reply::ok(100.0)]) };
    let inputs = [twin(0, [Reply::ok(100.0)]), twin(1, [Reply::hang()]), twin(2, [Reply::hang()]), other(3), other(4)];
    stage.whole(inputs, BatchOptions::default());
    assert_eq!((stage.starts(), stage.peak()), (vec![(0, 0.0), (3, 0.0), (4, 100.0)], 2));
}

#[test]
fn each_waiter_aborts_alone() {
    let stage = Stage::slots(2);
    let play = stage.start((0..3).map(|id| twin(id, [Reply::ok(100.0)])), BatchOptions::default());
    stage.at(30.0, |scope| scope.host().0.abort(1));
    stage.run();
    assert_eq!((play.failures(), play.times()), (vec![None, Some(Failure::Aborted), None], vec![100.0, 30.0, 100.0]));
    assert_eq!(stage.ends(), [(100.0, End::Read)]);
}

#[test]
fn the_first_may_leave_and_the_others_stay() {
    let stage = Stage::slots(2);
    let play = stage.start((0..3).map(|id| twin(id, [Reply::ok(100.0)])), BatchOptions::default());
    stage.at(30.0, |scope| scope.host().0.abort(0));
    stage.run();
    assert_eq!((play.failures(), play.times()), (vec![Some(Failure::Aborted), None, None], vec![30.0, 100.0, 100.0]));
}

#[test]
fn with_the_last_waiter_the_fetch_is_aborted() {
    let stage = Stage::slots(1);
    let plays = arriving(&stage, [(0.0, twin(0, [Reply::hang()])), (5.0, twin(1, [Reply::hang()]))]);
    for (time, id) in [(20.0, 0), (50.0, 1)] {
        stage.at(time, move |scope| scope.host().0.abort(id));
    }
    stage.run();
    assert_eq!(stage.ends(), [(50.0, End::Aborted)]);
    let last = plays[1].only();
    assert_eq!((last.ended, last.at.as_millis(), last.history.attempts.len()), (Err(Failure::Aborted), 50.0, 1));
    assert_eq!(last.history.attempts[0].failure, Some(Failure::Aborted));
}

#[test]
fn with_the_last_waiter_a_wait_between_attempts_ends() {
    let stage = Stage::slots(1);
    let play =
        stage.start((0..2).map(|id| twin(id, [Reply::status(503, 10.0).asking(5000.0)])), BatchOptions::default());
    for (time, id) in [(20.0, 0), (50.0, 1)] {
        stage.at(time, move |scope| scope.host().0.abort(id));
    }
    stage.run();
    assert_eq!((play.times(), play.end().0, stage.starts().len()), (vec![20.0, 50.0], 50.0, 1));
}

#[test]
fn whoever_comes_after_the_last_has_left_begins_anew() {
    let stage = Stage::slots(2);
    let first = stage.single(twin(0, [Reply::hang()]));
    stage.clock.run_to(Instant::from_millis(20.0));
    stage.abort(0);
    let second = stage.single(twin(1, [Reply::ok(10.0)]));
    stage.run();
    assert_eq!((first.end().0, second.end().0, second.failures()), (20.0, 30.0, vec![None]));
    assert_eq!(stage.landed.borrow().clone(), [0, 0]);
}

#[test]
fn retries_are_shared_and_told_to_each() {
    let stage = Stage::slots(2);
    stage.set_chance(0.5);
    let replies = [Reply::status(503, 10.0), Reply::ok(10.0)];
    let play = stage.whole((0..3).map(move |id| twin(id, replies.clone())), BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 0.0), (0, 160.0)]);
    for outcome in play.sorted() {
        assert_eq!((outcome.history.attempts.len(), outcome.waits(), outcome.history.total), (2, vec![150.0], 170.0));
    }
}

#[test]
fn times_are_told_from_where_each_was_taken_up() {
    let stage = Stage::slots(2);
    stage.set_chance(0.5);
    let replies = || [Reply::status(503, 50.0), Reply::ok(10.0)];
    let plays = arriving(&stage, [(0.0, twin(0, replies())), (30.0, twin(1, replies()))]);
    stage.run();
    let told = |play: &Play| {
        let story = play.only().history;
        let starts: Vec<_> = story.attempts.iter().map(|attempt| attempt.started_at).collect();
        (starts, story.total, story.attempts.last().map(|attempt| attempt.duration))
    };
    assert_eq!(told(&plays[0]), (vec![0.0, 200.0], 210.0, Some(10.0)));
    assert_eq!(told(&plays[1]), (vec![0.0, 170.0], 180.0, Some(10.0)), "the first began before");
}

#[test]
fn the_total_of_a_failure_is_counted_from_where_each_was_taken_up() {
    let stage = Stage::slots(2);
    let reply = || [Reply::status(404, 50.0)];
    let plays = arriving(&stage, [(0.0, twin(0, reply())), (30.0, twin(1, reply()))]);
    stage.run();
    assert_eq!([&plays[0], &plays[1]].map(|play| play.only().history.total), [50.0, 20.0]);
}

#[test]
fn a_failure_is_that_of_all() {
    let stage = Stage::slots(2);
    let broken = Reply { broken: Some(Failure::Body(BodyFault::TooLarge)), ..Reply::ok(10.0).body([(5.0, 1.0)]) };
    let play = stage.whole((0..3).map(move |id| twin(id, [broken.clone()])), BatchOptions::default());
    assert_eq!(play.failures(), [Some(Failure::Body(BodyFault::TooLarge)); 3]);
    assert_eq!(play.times(), [15.0; 3]);
}

#[test]
fn who_waits_for_anothers_fetch_lets_the_next_be_pulled() {
    let stage = Stage::slots(2);
    let inputs = (0..500).map(|id| twin(id, [Reply::ok(50.0)]));
    let last = Input { id: 500, ..Input::to(1, [Reply::ok(10.0)]) };
    let play = stage.whole(inputs.chain([last]), BatchOptions::default());
    assert_eq!((stage.starts(), play.end().0), (vec![(0, 0.0), (500, 0.0)], 50.0));
}

#[test]
fn data_that_do_not_fit_their_schema_fail_all() {
    let stage = Stage::slots(2);
    let unfit = Some((5.0, Err(Failure::Body(BodyFault::Schema))));
    let play = stage
        .whole((0..2).map(move |id| Input { validate: unfit, ..twin(id, [Reply::ok(10.0)]) }), BatchOptions::default());
    assert_eq!((play.failures(), play.times()), (vec![Some(Failure::Body(BodyFault::Schema)); 2], vec![15.0; 2]));
    assert_eq!(stage.validated.borrow().len(), 1);
}

#[test]
fn an_aborted_input_begins_no_shared_fetch() {
    let stage = Stage::slots(2);
    let inputs = [Input { aborted: true, ..twin(0, [Reply::hang()]) }, twin(1, [Reply::ok(10.0)])];
    let play = stage
        .play(Source::new(inputs.map(|input| Item { after: 1.0, what: Ok(input) }), true), BatchOptions::default());
    stage.run();
    assert_eq!((play.failures(), stage.starts()), (vec![Some(Failure::Aborted), None], vec![(1, 2.0)]));
}

#[test]
fn an_input_that_cannot_be_sent_fails_with_its_own_word() {
    let stage = Stage::slots(2);
    let bad = Input { host: Err(Failure::Input), ..twin(0, [Reply::ok(10.0)]) };
    let play = stage.whole([bad], BatchOptions::default());
    assert_eq!((play.failures(), play.end().0), (vec![Some(Failure::Input)], 0.0));
}
