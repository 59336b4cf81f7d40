//! Stories of how inputs are pulled: only when a slot is free that no input pulled earlier can take.

use std::cell::Cell;
use std::rc::Rc;

use crate::sim::{Input, Item, Reply, Source, Stage};
use fanfetch::core::Instant;
use fanfetch::core::admission::{Limits, ROOT};
use fanfetch::pipeline::batch::BatchOptions;

#[test]
fn an_input_is_pulled_only_when_a_slot_is_free() {
    let stage = Stage::slots(2);
    let play = stage.start((0..).take(7).map(|_| Input::to(0, [Reply::ok(10.0)])), BatchOptions::default());
    for (time, pulled) in [(0.0, 2), (5.0, 2), (11.0, 4), (21.0, 6), (31.0, 7)] {
        let play = Rc::clone(&play);
        stage.at(time, move |_| assert_eq!(play.batch.pulled(), pulled, "at {time}"));
    }
    stage.run();
    assert_eq!(stage.peak(), 2);
}

#[test]
fn the_look_ahead_past_a_full_host_ends_at_a_thousand() {
    let stage = Stage::new(Limits { concurrency: 4, per_host: 1, rate: None });
    let inputs = (0..3000).map(|_| Input::to(0, [Reply::ok(10.0)]));
    let play = stage.start(inputs, BatchOptions::default());
    for (time, pulled) in [(5.0, 1001), (15.0, 1002), (25.0, 1003), (9999.0, 2000)] {
        let play = Rc::clone(&play);
        stage.at(time, move |scope| {
            assert_eq!(play.batch.pulled(), pulled, "at {time}");
            assert_eq!(scope.admission(|admission| admission.queued()), 1000);
        });
    }
    stage.run();
    assert_eq!((play.end().0, play.sorted().len()), (30_000.0, 3000));
}

#[test]
fn the_look_ahead_finds_the_host_that_is_free() {
    let stage = Stage::new(Limits { concurrency: 2, per_host: 1, rate: None });
    let inputs = (0..901).map(|number| Input::to(u32::from(number == 900), [Reply::ok(10.0)]));
    stage.whole(inputs, BatchOptions::default());
    assert_eq!(stage.starts()[..2], [(0, 0.0), (900, 0.0)]);
}

#[test]
fn the_look_ahead_counts_those_who_wait_between_attempts() {
    let stage = Stage::slots(1);
    let down = || Input::to(0, [Reply::status(503, 1.0).asking(50_000.0), Reply::ok(1.0)]);
    stage.set_chance(0.0);
    let play = stage.start((0..1500).map(move |_| down()), BatchOptions::default());
    let pulled = Rc::clone(&play);
    stage.at(40_000.0, move |_| assert_eq!(pulled.batch.pulled(), 1000));
    stage.run();
    assert_eq!(play.failures(), vec![None; 1500]);
}

#[test]
fn inputs_that_take_time_are_asked_for_one_by_one() {
    let stage = Stage::slots(3);
    let item = || Item { after: 10.0, what: Ok(Input::to(0, [Reply::ok(100.0)])) };
    stage.play(Source::new((0..5).map(move |_| item()), true), BatchOptions::default());
    stage.run();
    assert_eq!(stage.starts(), [(0, 10.0), (1, 20.0), (2, 30.0), (3, 120.0), (4, 130.0)]);
}

#[test]
fn an_endless_input_is_ended_by_its_abort() {
    let stage = Stage::slots(4);
    let play = stage.start(std::iter::repeat_with(|| Input::to(0, [Reply::ok(1.0)])), BatchOptions::default());
    let stop = Rc::clone(&play);
    stage.at(1000.5, move |_| stop.batch.fail("enough"));
    stage.run();
    assert_eq!((play.sorted().len(), play.source.pulled.get()), (4000, 4004));
}

#[test]
fn nothing_is_pulled_while_results_have_no_room() {
    use fanfetch::pipeline::Batch;
    use fanfetch::pipeline::batch::Sink;

    struct Narrow(Cell<u32>);
    impl Sink<crate::sim::Sim> for Narrow {
        fn deliver(&self, _: u32, _: crate::sim::Outcome) {
            self.0.set(self.0.get() + 1);
        }
        fn end(&self, thrown: Option<&'static str>) {
            assert_eq!(thrown, None);
        }
        fn has_room(&self) -> bool {
            self.0.get() < 2
        }
    }

    let stage = Stage::slots(1);
    let sink = Rc::new(Narrow(Cell::new(0)));
    let source = Source::at_hand((0..4).map(|_| Input::to(0, [Reply::ok(10.0)])));
    let batch = Batch::new(
        &stage.scope,
        ROOT,
        source,
        Rc::clone(&sink) as Rc<dyn Sink<crate::sim::Sim>>,
        BatchOptions::default(),
    );
    let (run, over) = (Rc::clone(&batch).run(), Rc::new(Cell::new(false)));
    let done = Rc::clone(&over);
    stage.clock.spawn(async move {
        run.await;
        done.set(true);
    });
    let reader = Rc::clone(&sink);
    stage.at(500.0, move |scope| {
        reader.0.set(0);
        scope.fill_slots();
    });
    stage.at(900.0, move |scope| {
        sink.0.set(0);
        scope.fill_slots();
    });
    while stage.clock.step() {}
    assert_eq!(stage.starts(), [(0, 0.0), (1, 10.0), (2, 500.0), (3, 510.0)]);
    assert!(over.get());
}

#[test]
fn a_list_that_has_more_than_its_size_says_is_read_to_its_end() {
    let stage = Stage::slots(1);
    let mut source = Source::at_hand((0..3).map(|id| Input { id, ..Input::to(0, [Reply::ok(10.0)]) }));
    Rc::get_mut(&mut source).unwrap().size = Some(2);
    let play = stage.play(source, BatchOptions::default());
    stage.clock.run_to(Instant::from_millis(15.0));
    stage.single(Input { id: 9, ..Input::to(0, [Reply::ok(100.0)]) });
    stage.run();
    assert_eq!(stage.starts(), [(0, 0.0), (1, 10.0), (9, 20.0), (2, 120.0)]);
    assert_eq!((play.times(), play.end()), (vec![10.0, 20.0, 130.0], (130.0, Ok(()))));
}
