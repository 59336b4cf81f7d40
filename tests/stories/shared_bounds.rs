//! Stories of requests that share one fetch and end apart: by their own time, or with their batch.

use std::rc::Rc;

use crate::sim::{End, Input, Play, Reply, Source, Stage};
use fanfetch::core::Instant;
use fanfetch::core::admission::{Limits, ROOT};
use fanfetch::core::error::{Failure, Phase};
use fanfetch::pipeline::batch::BatchOptions;

fn twin(id: u32, replies: impl Into<Vec<Reply>>) -> Input {
    Input { id, key: Some(0), ..Input::to(0, replies) }
}

fn hurried(id: u32, total: f64) -> Input {
    twin(id, [Reply::ok(100.0)]).with(|policy| policy.timeout.total = total)
}

fn timed_out(phase: Phase) -> Option<Failure> {
    Some(Failure::Timeout { phase })
}

/// Begins one request after another, each at its time.
fn arriving(stage: &Stage, inputs: impl IntoIterator<Item = (f64, Input)>) -> Vec<Rc<Play>> {
    let begin = |(time, input)| {
        stage.clock.run_to(Instant::from_millis(time));
        stage.single(input)
    };
    inputs.into_iter().map(begin).collect()
}

#[test]
fn each_waiter_has_its_own_total() {
    let stage = Stage::slots(2);
    let plays = arriving(&stage, [(0.0, hurried(0, 40.0)), (10.0, hurried(1, 50.0)), (20.0, hurried(2, 500.0))]);
    stage.run();
    let ends: Vec<_> = plays.iter().map(|play| (play.end().0, play.only().ended.err())).collect();
    let late = timed_out(Phase::Total);
    assert_eq!(ends, [(40.0, late), (60.0, late), (100.0, None)], "something was sent for each");
}

#[test]
fn a_total_that_ends_with_the_last_waiter_says_it_was_sent() {
    let stage = Stage::slots(2);
    let play = stage.whole([hurried(0, 40.0)], BatchOptions::default());
    let only = play.only();
    assert_eq!((only.ended.err(), only.history.attempts.len()), (timed_out(Phase::Total), 1));
}

#[test]
fn a_total_that_runs_out_in_the_queue_says_so_to_each() {
    let stage = Stage::slots(1);
    stage.single(Input { id: 9, ..Input::to(0, [Reply::ok(100.0)]) });
    let plays = arriving(&stage, [(1.0, hurried(0, 40.0)), (2.0, hurried(1, 50.0))]);
    stage.run();
    let ends: Vec<_> = plays.iter().map(|play| (play.end().0, play.only().ended.err())).collect();
    assert_eq!(ends, [(41.0, timed_out(Phase::Queue)), (52.0, timed_out(Phase::Queue))]);
    assert_eq!(stage.order(), [9]);
}

#[test]
fn a_wait_is_begun_for_whoever_has_the_time() {
    let stage = Stage::slots(2);
    stage.set_chance(0.0);
    let replies = || [Reply::status(503, 10.0).asking(200.0), Reply::ok(10.0)];
    let hurried = twin(0, replies()).with(|policy| policy.timeout.total = 100.0);
    let plays = arriving(&stage, [(0.0, hurried), (5.0, twin(1, replies()))]);
    stage.run();
    assert_eq!((plays[0].end().0, plays[0].failures()), (100.0, vec![timed_out(Phase::Total)]));
    assert_eq!((plays[1].end().0, plays[1].failures()), (220.0, vec![None]));
}

#[test]
fn no_wait_is_begun_that_all_would_leave_in() {
    let stage = Stage::slots(2);
    stage.set_chance(0.0);
    let replies = || [Reply::status(503, 10.0).asking(200.0), Reply::ok(10.0)];
    let hurried = |id| twin(id, replies()).with(|policy| policy.timeout.total = 100.0);
    let play = stage.whole([hurried(0), hurried(1)], BatchOptions::default());
    assert_eq!(play.times(), [10.0, 10.0]);
    assert!(play.failures().iter().all(|failure| matches!(failure, Some(Failure::Http { status: 503, .. }))));
}

#[test]
fn requests_of_two_batches_share_a_fetch() {
    let stage = Stage::slots(1);
    let one = stage.start([twin(0, [Reply::ok(50.0)])], BatchOptions::default());
    stage.clock.run_to(Instant::from_millis(10.0));
    let two = stage.single(twin(1, [Reply::hang()]));
    stage.run();
    assert_eq!((one.end(), two.end(), stage.order()), ((50.0, Ok(())), (50.0, Ok(())), vec![0]));
}

#[test]
fn a_follower_stays_when_the_batch_of_the_first_is_aborted() {
    let stage = Stage::slots(1);
    stage.set_chance(0.0);
    let replies = [Reply::status(503, 50.0), Reply::ok(10.0)];
    let one = stage.start([twin(0, replies)], BatchOptions::default());
    stage.clock.run_to(Instant::from_millis(10.0));
    let two = stage.single(twin(1, [Reply::hang()]));
    let failing = Rc::clone(&one);
    stage.at(20.0, move |_| failing.batch.fail("enough"));
    stage.run();
    assert_eq!((one.end(), one.sorted().len()), ((20.0, Err("enough")), 0));
    assert_eq!((two.end().0, two.failures(), stage.starts()), (60.0, vec![None], vec![(0, 0.0), (0, 50.0)]));
}

#[test]
fn a_follower_stays_when_the_gate_of_the_first_is_closed() {
    let stage = Stage::slots(1);
    let gate = stage.gate(Limits { concurrency: 1, ..Limits::NONE });
    let one = stage.play_behind(gate, Source::at_hand([twin(0, [Reply::ok(50.0)])]), BatchOptions::default());
    stage.clock.run_to(Instant::from_millis(10.0));
    let two = stage.single(twin(1, [Reply::hang()]));
    stage.at(20.0, move |scope| {
        one.batch.fail("enough");
        scope.admission(|admission| admission.close_gate(gate));
    });
    // Its number goes to another call meanwhile.
    let other = Rc::new(std::cell::Cell::new(ROOT));
    let opened = Rc::clone(&other);
    stage.at(30.0, move |scope| {
        opened.set(scope.admission(|admission| admission.open_gate(Limits { concurrency: 3, ..Limits::NONE }, ROOT)));
    });
    stage.at(31.0, move |scope| assert_eq!(scope.admission(|admission| admission.in_flight()), 1));
    stage.run();
    assert_eq!((two.end().0, two.failures()), (50.0, vec![None]));
    let inputs = (2..5).map(|id| Input { id, ..Input::to(0, [Reply::ok(10.0)]) });
    stage.play_behind(other.get(), Source::at_hand(inputs), BatchOptions::default());
    stage.run();
    assert_eq!(stage.starts()[1..], [(2, 50.0), (3, 60.0), (4, 70.0)]);
}

#[test]
fn the_spent_budget_of_one_batch_is_not_that_of_another() {
    let stage = Stage::slots(2);
    let poor = BatchOptions { max_fetches: 1, ..BatchOptions::default() };
    // While the first is made ready, the second takes the only fetch of their batch.
    let first = Input { before_request: Some(5.0), ..twin(7, [Reply::ok(10.0)]) };
    let second = Input { id: 8, before_request: Some(2.0), ..Input::to(1, [Reply::ok(50.0)]) };
    let one = stage.start([first, second], poor);
    stage.clock.run_to(Instant::from_millis(1.0));
    let two = stage.single(twin(9, [Reply::ok(10.0)]));
    stage.run();
    assert_eq!(one.failures(), [Some(Failure::Budget), None]);
    assert_eq!((two.failures(), two.end().0), (vec![None], 15.0), "its own batch has fetches left");
}

#[test]
fn a_batch_that_stops_on_errors_stops_at_a_shared_one() {
    let stage = Stage::slots(3);
    let inputs = [
        twin(0, [Reply::status(404, 20.0)]),
        twin(1, [Reply::hang()]),
        Input { id: 2, ..Input::to(1, [Reply::hang()]) },
    ];
    let play = stage.whole(inputs, BatchOptions { stop_on_error: true, ..BatchOptions::default() });
    assert_eq!((play.end(), play.sorted().len()), ((20.0, Err("a failure")), 1));
    assert_eq!(stage.ends()[1], (20.0, End::Aborted));
}

#[test]
fn an_aborted_batch_aborts_what_only_it_shares() {
    let stage = Stage::slots(3);
    let play = stage.start((0..3).map(|id| twin(id, [Reply::hang()])), BatchOptions::default());
    let failing = Rc::clone(&play);
    stage.at(20.0, move |_| failing.batch.fail("enough"));
    stage.run();
    assert_eq!((play.end().0, stage.ends()), (20.0, vec![(20.0, End::Aborted)]));
}

#[test]
fn a_close_ends_all_who_share() {
    let stage = Stage::slots(3);
    let play = stage.start((0..3).map(|id| twin(id, [Reply::hang()])), BatchOptions::default());
    let closing = Rc::clone(&play);
    stage.at(20.0, move |_| closing.batch.close());
    stage.run();
    assert_eq!((play.failures(), play.end()), (vec![Some(Failure::Closed); 3], (20.0, Ok(()))));
    assert_eq!(stage.ends(), [(20.0, End::Aborted)]);
}

#[test]
fn a_deadline_ends_its_own_batch_alone() {
    let stage = Stage::slots(2);
    let one = stage.start(
        (0..2).map(|id| twin(id, [Reply::ok(100.0)])),
        BatchOptions { deadline: 40.0, ..BatchOptions::default() },
    );
    let two = stage.single(twin(5, [Reply::ok(100.0)]));
    stage.run();
    assert_eq!(one.failures(), [timed_out(Phase::Deadline); 2]);
    assert_eq!((two.failures(), two.end().0, stage.ends()), (vec![None], 100.0, vec![(100.0, End::Read)]));
}
