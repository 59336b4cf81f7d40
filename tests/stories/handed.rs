//! Stories of bodies that are handed out unread, and hold their slots until somebody has read them.

use std::rc::Rc;

use crate::sim::{End, Input, Item, Play, Reply, Source, Stage};
use fanfetch::core::Instant;
use fanfetch::core::admission::Limits;
use fanfetch::core::error::{BodyFault, Failure, Phase};
use fanfetch::core::policy::{ReadAs, ThrowHttpErrors};
use fanfetch::pipeline::batch::BatchOptions;

/// A head after 10 ms and a body of so many chunks, each read after so long a silence.
fn streamed(chunks: usize, silence: f64) -> Input {
    handed(Reply::ok(10.0).body(vec![(silence, 100.0); chunks]))
}

fn handed(reply: Reply) -> Input {
    Input::to(0, [reply]).with(|policy| policy.read = ReadAs::Stream)
}

fn timed_out(phase: Phase) -> Failure {
    Failure::Timeout { phase }
}

fn broken(stage: &Stage) -> Vec<(f64, Failure)> {
    stage.broken.borrow().iter().map(|(time, failure)| (time.as_millis(), *failure)).collect()
}

/// Ends a batch from outside at a point in time.
fn fail_at(stage: &Stage, millis: f64, play: &Rc<Play>) {
    let play = Rc::clone(play);
    stage.at(millis, move |_| play.batch.fail("enough"));
}

#[test]
fn a_body_that_is_handed_out_holds_its_slot_until_it_is_read() {
    let stage = Stage::slots(1);
    let play = stage.whole((0..3).map(|_| streamed(3, 30.0)), BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 0.0), (1, 100.0), (2, 200.0)]);
    assert_eq!((play.times(), stage.peak()), (vec![10.0, 110.0, 210.0], 1), "its result comes with the head");
    let first = &play.sorted()[0];
    assert_eq!((first.history.bytes, first.history.attempts[0].duration, first.history.total), (None, 10.0, 10.0));
}

#[test]
fn a_batch_ends_before_its_bodies_are_read() {
    for slots in [1, 2, 5] {
        let stage = Stage::slots(slots);
        let play = stage.start([streamed(1, 500.0)], BatchOptions::default());
        stage.run();
        assert_eq!((play.end(), stage.ends()), ((10.0, Ok(())), vec![(510.0, End::Read)]), "{slots} slots");
    }
}

#[test]
fn a_batch_whose_bodies_hold_all_slots_ends_when_its_list_is_through() {
    let stage = Stage::slots(2);
    let play = stage.whole((0..2).map(|_| streamed(1, 500.0)), BatchOptions::default());
    assert_eq!((play.end(), play.source.over.get()), ((10.0, Ok(())), false));
    let stage = Stage::slots(2);
    let source = Source::unsized_at_hand((0..2).map(|_| streamed(1, 500.0)));
    let play = stage.play(source, BatchOptions::default());
    stage.run();
    assert_eq!(play.end(), (510.0, Ok(())), "nobody knows how many a generator has, and asking takes a slot");
}

#[test]
fn an_empty_body_holds_nothing() {
    let stage = Stage::slots(1);
    let play = stage.whole((0..2).map(|_| handed(Reply::status(204, 10.0))), BatchOptions::default());
    assert_eq!((stage.starts(), play.end().0), (vec![(0, 0.0), (1, 10.0)], 20.0));
}

#[test]
fn what_waits_for_an_unread_body_starts_with_its_end() {
    let stage = Stage::new(Limits { concurrency: 3, per_host: 1, rate: None });
    stage.single(streamed(2, 100.0));
    let next = stage.single(Input { id: 1, ..Input::to(0, [Reply::ok(10.0)]) });
    stage.run();
    assert_eq!((stage.starts()[1], next.end().0), ((1, 210.0), 220.0));
}

#[test]
fn a_silence_in_a_handed_out_body_is_cut_off() {
    let stage = Stage::slots(1);
    let input = handed(Reply::ok(10.0).body([(20.0, 1.0), (29.0, 1.0), (500.0, 1.0)]));
    let play =
        stage.whole([input.with(|policy| policy.timeout.idle = 30.0), streamed(1, 1.0)], BatchOptions::default());
    assert_eq!(broken(&stage), [(89.0, timed_out(Phase::Idle))]);
    assert_eq!((stage.ends()[0], stage.starts()[1].1), ((89.0, End::Aborted), 89.0), "its slot goes on at once");
    assert_eq!(play.failures(), [None, None], "the results were there long before");
}

#[test]
fn an_attempts_time_covers_the_reading_of_its_body() {
    let stage = Stage::slots(1);
    stage.whole([streamed(100, 30.0).with(|policy| policy.timeout.attempt = 120.0)], BatchOptions::default());
    assert_eq!(broken(&stage), [(120.0, timed_out(Phase::Attempt))]);
}

#[test]
fn the_total_covers_the_reading_of_a_body() {
    let stage = Stage::slots(1);
    stage.set_chance(0.0);
    let body = Reply::ok(10.0).body(vec![(30.0, 1.0); 100]);
    let input = Input::to(0, [Reply::status(503, 10.0).asking(50.0), body]);
    let input = input.with(|policy| {
        policy.read = ReadAs::Stream;
        policy.timeout.total = 200.0;
    });
    stage.whole([input], BatchOptions::default());
    assert_eq!((stage.starts()[1].1, broken(&stage)), (60.0, vec![(200.0, timed_out(Phase::Total))]));
}

#[test]
fn the_deadline_breaks_a_body_off_though_its_batch_has_ended() {
    let stage = Stage::slots(2);
    let play = stage.whole([streamed(9, 30.0)], BatchOptions { deadline: 100.0, ..BatchOptions::default() });
    assert_eq!((play.end(), play.failures()), ((10.0, Ok(())), vec![None]));
    assert_eq!(broken(&stage), [(100.0, timed_out(Phase::Deadline))]);
}

#[test]
fn an_abort_breaks_bodies_off() {
    let stage = Stage::slots(2);
    let play = stage.start((0..3).map(|_| streamed(9, 30.0)), BatchOptions::default());
    fail_at(&stage, 50.0, &play);
    stage.run();
    assert_eq!(play.end(), (50.0, Err("enough")));
    assert_eq!(broken(&stage), [(50.0, Failure::Aborted); 2]);
}

#[test]
fn an_abort_after_the_end_breaks_bodies_off() {
    let stage = Stage::slots(3);
    let play = stage.start((0..2).map(|_| streamed(9, 30.0)), BatchOptions::default());
    fail_at(&stage, 50.0, &play);
    stage.run();
    assert_eq!((play.end(), broken(&stage)), ((10.0, Ok(())), vec![(50.0, Failure::Aborted); 2]));
    assert_eq!(stage.ends(), [(50.0, End::Aborted); 2]);
}

#[test]
fn a_close_breaks_bodies_off() {
    for singles in [false, true] {
        let stage = Stage::slots(2);
        let play = if singles {
            stage.single(streamed(9, 30.0))
        } else {
            stage.start([streamed(9, 30.0)], BatchOptions::default())
        };
        let closing = Rc::clone(&play);
        stage.at(50.0, move |_| closing.batch.close());
        stage.run();
        assert_eq!((broken(&stage), play.failures()), (vec![(50.0, Failure::Closed)], vec![None]));
    }
}

#[test]
fn a_requests_own_signal_breaks_its_body_off_alone() {
    let stage = Stage::slots(2);
    stage.start((0..2).map(|_| streamed(3, 30.0)), BatchOptions::default());
    let tasks = Rc::new(std::cell::RefCell::new(Vec::new()));
    let kept = Rc::clone(&tasks);
    stage.at(5.0, move |scope| kept.borrow_mut().push(scope.host().0.task_of(0)));
    stage.at(50.0, move |_| tasks.take().into_iter().flatten().for_each(|task| task.interrupt(Failure::Aborted)));
    stage.run();
    assert_eq!(broken(&stage), [(50.0, Failure::Aborted)]);
    assert_eq!(stage.ends(), [(50.0, End::Aborted), (100.0, End::Read)]);
}

#[test]
fn a_body_that_the_server_cuts_off_gives_its_slot_back() {
    let stage = Stage::slots(1);
    let cut = Reply { broken: Some(Failure::Body(BodyFault::Truncated)), ..Reply::ok(10.0).body([(30.0, 1.0)]) };
    let play = stage.whole([handed(cut), streamed(1, 1.0)], BatchOptions::default());
    assert_eq!((play.failures(), stage.starts()[1].1), (vec![None, None], 40.0), "nothing is tried again");
}

#[test]
fn a_cancelled_queue_leaves_bodies_alone() {
    let stage = Stage::slots(1);
    let play = stage.start((0..3).map(|_| streamed(2, 50.0)), BatchOptions::default());
    stage.at(20.0, |scope| {
        assert_eq!(scope.queued(), 2);
        assert_eq!(scope.cancel_queued(), 2);
    });
    stage.run();
    assert_eq!(play.failures(), [None, Some(Failure::Aborted), Some(Failure::Aborted)]);
    assert_eq!((play.end().0, stage.ends()), (20.0, vec![(110.0, End::Read)]));
}

#[test]
fn a_failing_status_is_read_for_its_error_and_not_handed_out() {
    let stage = Stage::slots(1);
    let play = stage.whole([handed(Reply::status(404, 10.0).body([(20.0, 1.0)]))], BatchOptions::default());
    assert_eq!((play.end().0, stage.ends()), (30.0, vec![(30.0, End::Read)]));
    assert!(broken(&stage).is_empty());
}

#[test]
fn a_tolerated_status_is_handed_out_when_nothing_is_left_to_try() {
    let stage = Stage::slots(1);
    stage.set_chance(0.0);
    let input = handed(Reply::status(503, 10.0).body([(20.0, 1.0)])).with(|policy| {
        policy.throw_http_errors = ThrowHttpErrors::No;
        policy.retry.limit = 1;
    });
    let play = stage.whole([input], BatchOptions::default());
    assert_eq!((play.failures(), play.times()), (vec![None], vec![20.0]));
    assert_eq!(stage.ends(), [(10.0, End::Discarded), (40.0, End::Read)]);
}

#[test]
fn a_tolerated_status_is_read_before_the_user_is_asked_about_a_retry() {
    let stage = Stage::slots(1);
    let tolerated = handed(Reply::status(503, 10.0).body([(20.0, 1.0), (30.0, 1.0)]));
    let input = Input { should_retry: Some((5.0, Some(false))), ..tolerated }
        .with(|policy| policy.throw_http_errors = ThrowHttpErrors::No);
    let play = stage.whole([input], BatchOptions::default());
    let only = play.only();
    assert_eq!((only.ended, only.at.as_millis(), only.history.bytes), (Ok(()), 65.0, Some(2.0)));
    assert_eq!(stage.ends(), [(60.0, End::Read)], "no slot is held while the user thinks");
}

#[test]
fn a_source_that_takes_time_goes_on_while_bodies_are_read() {
    let stage = Stage::slots(2);
    let items = (0..3).map(|_| Item { after: 40.0, what: Ok(streamed(1, 100.0)) });
    let play = stage.play(Source::new(items, true), BatchOptions::default());
    stage.run();
    assert_eq!(stage.starts(), [(0, 40.0), (1, 80.0), (2, 190.0)]);
    assert_eq!(play.end(), (200.0, Ok(())));
}

#[test]
fn results_wait_for_no_reader() {
    let stage = Stage::slots(3);
    let plays: Vec<_> = (0..3).map(|_| stage.single(streamed(1, f64::INFINITY))).collect();
    stage.clock.run_to(Instant::from_millis(50.0));
    assert!(plays.iter().all(|play| play.only().at == Instant::from_millis(10.0)));
    plays.iter().for_each(|play| play.batch.close());
    stage.run();
    assert_eq!(broken(&stage), [(50.0, Failure::Closed); 3]);
}

#[test]
fn a_host_whose_body_is_still_read_is_not_forgotten() {
    let stage = Stage::slots(3000);
    let gate = stage.gate(Limits { concurrency: 2000, ..Limits::NONE });
    let inputs = (0..1500).map(|host| Input { host: Ok(host), ..streamed(1, 100.0) });
    let play = stage.play_behind(gate, Source::at_hand(inputs), BatchOptions::default());
    stage.at(50.0, |scope| assert_eq!(scope.host().0.forgotten.borrow().len(), 0));
    stage.at(60.0, move |scope| {
        scope.admission(|admission| admission.close_gate(gate));
        assert_eq!(scope.admission(|admission| admission.in_flight()), 1500);
    });
    stage.run();
    assert_eq!((play.end().0, stage.ends()[0], stage.peak()), (10.0, (110.0, End::Read), 1500));
}
