//! Stories of the batch's deadline.

use crate::sim::{End, Input, Item, Reply, Source, Stage};
use fanfetch::core::admission::{Limits, Rate};
use fanfetch::core::error::{Failure, Phase};
use fanfetch::core::rate_limit::RateLimit;
use fanfetch::pipeline::batch::BatchOptions;

fn until(deadline: f64) -> BatchOptions {
    BatchOptions { deadline, ..BatchOptions::default() }
}

fn late() -> Option<Failure> {
    Some(Failure::Timeout { phase: Phase::Deadline })
}

#[test]
fn at_the_deadline_freed_slots_start_nothing() {
    let stage = Stage::slots(2);
    let play = stage.whole((0..10).map(|_| Input::to(0, [Reply::hang()])), until(100.0));
    assert_eq!(stage.starts(), [(0, 0.0), (1, 0.0)]);
    assert_eq!(stage.ends(), [(100.0, End::Aborted); 2]);
    assert_eq!((play.failures(), play.end()), (vec![late(); 10], (100.0, Ok(()))));
}

#[test]
fn what_is_done_by_the_deadline_stays_done() {
    let stage = Stage::slots(1);
    let play = stage.whole((0..4).map(|_| Input::to(0, [Reply::ok(40.0)])), until(100.0));
    assert_eq!(play.failures(), [None, None, late(), late()]);
    assert_eq!(play.times(), [40.0, 80.0, 100.0, 100.0]);
}

#[test]
fn no_wait_is_begun_that_would_cross_the_deadline() {
    let stage = Stage::slots(1);
    stage.set_chance(0.5);
    let down = || Input::to(0, [Reply::status(503, 10.0)]);
    let play = stage.whole([down()], until(160.0));
    assert_eq!(play.failures(), [Some(Failure::Http { status: 503 })]);
    assert_eq!(play.end().0, 10.0, "back at 160 would be too late");
}

#[test]
fn a_queue_and_a_wait_end_at_the_deadline() {
    let rate = Some(Rate { limit: RateLimit { limit: 2, interval: 1000.0 }, per_host: true });
    let stage = Stage::new(Limits { rate, ..Limits::default() });
    let asks = Input::to(1, [Reply::status(503, 10.0).asking(80.0)]);
    let play = stage.whole(
        [Input::to(0, [Reply::ok(10.0)]), Input::to(0, [Reply::ok(10.0)]), Input::to(0, [Reply::ok(10.0)]), asks],
        until(100.0),
    );
    assert_eq!(play.failures()[..3], [None, None, late()]);
    assert_eq!(play.end().0, 100.0);
}

#[test]
fn a_wait_that_the_deadline_interrupts_ends_there() {
    let stage = Stage::slots(1);
    stage.set_late(30.0);
    stage.set_chance(0.0);
    let asks = Input::to(1, [Reply::status(503, 10.0).asking(85.0)]);
    let play = stage.whole([asks], until(100.0));
    assert_eq!((play.failures(), stage.starts().len()), (vec![late()], 1), "the timer of 95 rang at 125");
}

#[test]
fn an_endless_input_at_hand_is_cut_into_turns_of_the_host() {
    let stage = Stage::slots(1);
    let play = stage.whole((0..2500).map(|_| Input::to(0, [Reply::hang()])), until(50.0));
    assert_eq!((play.failures().len(), play.end()), (2500, (50.0, Ok(()))));
}

#[test]
fn inputs_that_take_time_to_come_are_not_waited_for() {
    let stage = Stage::slots(1);
    let item = |after| Item { after, what: Ok(Input::to(0, [Reply::ok(10.0)])) };
    let source = Source::new([item(0.0), item(1000.0), item(0.0)], true);
    let play = stage.play(source, until(100.0));
    stage.run();
    assert_eq!((play.failures(), play.end()), (vec![None], (100.0, Ok(()))));
    assert_eq!(play.source.closed.get(), 1);
}

#[test]
fn a_deadline_ends_an_answer_that_never_comes() {
    let stage = Stage::slots(1);
    let asks = Input { should_retry: Some((f64::INFINITY, None)), ..Input::to(0, [Reply::status(503, 10.0)]) };
    let play = stage.whole([asks], until(5000.0));
    assert_eq!((play.failures(), play.end().0), (vec![late()], 5000.0));
}

#[test]
fn an_input_that_cannot_be_sent_says_so_even_after_the_deadline() {
    let stage = Stage::slots(1);
    let bad = Input { host: Err(Failure::Input), ..Input::to(0, [Reply::ok(1.0)]) };
    let play = stage.whole([Input::to(0, [Reply::hang()]), bad], until(50.0));
    assert_eq!(play.failures(), [late(), Some(Failure::Input)]);
}

#[test]
fn the_deadline_of_one_batch_leaves_another_alone() {
    let stage = Stage::slots(2);
    let hurried = stage.start((0..5).map(|_| Input::to(0, [Reply::hang()])), until(30.0));
    let patient = stage.start((0..3).map(|_| Input::to(1, [Reply::ok(100.0)])), BatchOptions::default());
    stage.run();
    assert_eq!(hurried.end().0, 30.0);
    assert_eq!(patient.times(), [100.0, 130.0, 200.0]);
}

#[test]
fn a_slot_between_the_deadline_and_its_late_timer_starts_nothing() {
    let stage = Stage::new(Limits { concurrency: 2, per_host: 1, rate: None });
    stage.set_late(50.0);
    let play = stage.whole([0, 0].map(|host| Input::to(host, [Reply::ok(120.0)])), until(100.0));
    assert_eq!(stage.starts(), [(0, 0.0)]);
    assert_eq!((play.failures(), play.times()), (vec![None, late()], vec![120.0, 120.0]));
}

#[test]
fn an_aborted_input_after_the_deadline_ends_nothing_but_itself() {
    let stage = Stage::slots(1);
    let aborted = || Input { aborted: true, ..Input::to(0, [Reply::ok(10.0)]) };
    let waits = Input::to(0, [Reply::status(503, 10.0).asking(80.0)]);
    stage.set_chance(0.0);
    let play = stage.whole([waits, Input::to(0, [Reply::hang()]), aborted(), aborted()], until(85.0));
    assert_eq!((play.failures().len(), play.end()), (4, (85.0, Ok(()))));
}
