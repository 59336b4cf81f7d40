//! Stories of clients that are closed, at whatever moment.

use std::rc::Rc;

use crate::sim::{End, Input, Item, Play, Reply, Source, Stage};
use fanfetch::core::admission::Limits;
use fanfetch::core::error::Failure;
use fanfetch::pipeline::batch::BatchOptions;

fn long() -> Input {
    Input::to(0, [Reply::ok(100.0)])
}

fn endless() -> Rc<Source> {
    Source::at_hand(std::iter::repeat_with(long))
}

fn close_at(stage: &Stage, millis: f64, play: &Rc<Play>) {
    let play = Rc::clone(play);
    stage.at(millis, move |_| play.batch.close());
}

fn count(play: &Play, wanted: Option<Failure>) -> usize {
    play.failures().into_iter().filter(|failure| *failure == wanted).count()
}

#[test]
fn a_close_fails_what_is_in_flight_and_the_rest_of_a_list() {
    let stage = Stage::slots(2);
    let play = stage.start((0..6).map(|_| long()), BatchOptions::default());
    close_at(&stage, 150.0, &play);
    close_at(&stage, 150.0, &play);
    stage.run();
    assert_eq!((count(&play, None), count(&play, Some(Failure::Closed)), play.end()), (2, 4, (150.0, Ok(()))));
    assert_eq!(stage.ends()[2..], [(150.0, End::Aborted); 2]);
}

#[test]
fn an_abort_gives_each_request_of_a_list_its_result() {
    let stage = Stage::slots(2);
    let play = stage.start((0..6).map(|_| long()), BatchOptions::default());
    let other = stage.single(long());
    let aborted = Rc::clone(&play);
    stage.at(150.0, move |_| aborted.batch.abort());
    stage.run();
    assert_eq!((count(&play, None), count(&play, Some(Failure::Aborted)), play.end()), (1, 5, (150.0, Ok(()))));
    assert_eq!((other.failures(), stage.starts().len()), (vec![None], 4));
}

#[test]
fn a_close_before_the_first_turn_sends_nothing() {
    let stage = Stage::slots(2);
    let play = stage.start([long(), long()], BatchOptions::default());
    let one = stage.single(long());
    play.batch.close();
    one.batch.close();
    stage.run();
    assert_eq!((play.failures(), one.failures()), (vec![Some(Failure::Closed); 2], vec![Some(Failure::Closed)]));
    assert_eq!((play.end(), one.end(), stage.starts().len()), ((0.0, Ok(())), (0.0, Ok(())), 0));
}

#[test]
fn a_close_ends_a_generator_and_makes_nothing_up() {
    let stage = Stage::slots(2);
    let play = stage.play(endless(), BatchOptions::default());
    close_at(&stage, 50.0, &play);
    stage.run();
    assert_eq!((play.failures(), play.end().0), (vec![Some(Failure::Closed); 2], 50.0));
    assert_eq!(play.source.closed.get(), 1);
}

#[test]
fn a_close_does_not_wait_for_an_input_to_come() {
    let stage = Stage::slots(3);
    let items = [0.0, f64::INFINITY].map(|after| Item { after, what: Ok(long()) });
    let play = stage.play(Source::new(items, true), BatchOptions::default());
    close_at(&stage, 50.0, &play);
    stage.run();
    assert_eq!((play.failures(), play.end()), (vec![Some(Failure::Closed)], (50.0, Ok(()))));
    assert_eq!(play.source.closed.get(), 1);
}

#[test]
fn a_close_ends_queues_waits_and_hooks() {
    let stage = Stage::new(Limits { concurrency: 9, per_host: 1, rate: None });
    let on = |host, input: Input| Input { host: Ok(host), ..input };
    let never = f64::INFINITY;
    let busy = || Reply::status(503, 10.0);
    let inputs = [
        on(0, long()),
        on(0, long()),
        on(1, Input::to(1, [busy().asking(5000.0)])),
        on(2, Input { after_response: Some((never, None)), ..Input::to(2, [Reply::ok(10.0)]) }),
        on(3, Input { before_request: Some(never), ..long() }),
        on(4, Input { validate: Some((never, Ok(()))), ..Input::to(4, [Reply::ok(10.0)]) }),
    ];
    let play = stage.start(inputs, BatchOptions::default());
    close_at(&stage, 50.0, &play);
    stage.run();
    assert_eq!((play.failures(), play.end().0), (vec![Some(Failure::Closed); 6], 50.0));
}

#[test]
fn a_close_while_paused_ends_everything() {
    let stage = Stage::slots(2);
    stage.scope.set_paused(true);
    let play = stage.start((0..3).map(|_| long()), BatchOptions::default());
    let one = stage.single(long());
    close_at(&stage, 50.0, &play);
    close_at(&stage, 50.0, &one);
    stage.run();
    assert_eq!((count(&play, Some(Failure::Closed)), count(&one, Some(Failure::Closed))), (3, 1));
}

#[test]
fn a_close_after_the_deadline_or_an_abort_changes_nothing() {
    let stage = Stage::slots(1);
    let late = stage.start([long(), long()], BatchOptions { deadline: 50.0, ..BatchOptions::default() });
    close_at(&stage, 50.0, &late);
    let aborted = stage.start([long()], BatchOptions::default());
    let failing = Rc::clone(&aborted);
    stage.at(60.0, move |_| {
        failing.batch.fail("enough");
        failing.batch.close();
    });
    stage.run();
    assert_eq!(late.sorted().len(), 2);
    assert_eq!((aborted.end(), aborted.sorted().len()), ((60.0, Err("enough")), 0));
}

#[test]
fn a_close_between_the_call_for_an_input_and_its_pull_pulls_nothing() {
    let stage = Stage::slots(2);
    let play = stage.play(Source::unsized_at_hand((0..3).map(|_| long())), BatchOptions::default());
    let closed = Rc::clone(&play);
    // It runs after the batch has called for an input, and before a worker pulls that.
    stage.clock.spawn(async move { closed.batch.close() });
    stage.run();
    assert_eq!((play.source.pulled.get(), play.source.closed.get(), play.end()), (0, 1, (0.0, Ok(()))));
}
