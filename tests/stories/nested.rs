//! Stories of calls that hooks make: none waits for the slot that its own caller holds.

use std::rc::Rc;

use crate::sim::{Input, Nested, Reply, Source, Stage};
use fanfetch::core::admission::{GateId, Limits, ROOT};
use fanfetch::pipeline::batch::BatchOptions;

fn quick(id: u32, host: u32) -> Input {
    Input { id, ..Input::to(host, [Reply::ok(10.0)]) }
}

fn reviewed(id: u32, host: u32, after: f64) -> Input {
    Input { after_response: Some((after, None)), ..quick(id, host) }
}

/// A request whose hook makes calls of its own, all behind `gate`, and waits for them.
fn nesting(stage: &Rc<Stage>, gate: GateId, id: u32, host: u32, inner: impl Fn() -> Vec<Input> + 'static) -> Input {
    let stage = Rc::downgrade(stage);
    let nested = Nested::new(move |holder| {
        let stage = stage.upgrade().expect("a stage");
        let play =
            stage.play_behind(gate, Source::at_hand(inner()), BatchOptions { holder, ..BatchOptions::default() });
        async move { play.ended().await }
    });
    Input { nested, ..reviewed(id, host, 5.0) }
}

/// The same with a single request in the place of a batch.
fn nesting_one(stage: &Rc<Stage>, id: u32, host: u32, inner: impl Fn() -> Input + 'static) -> Input {
    let stage = Rc::downgrade(stage);
    let nested = Nested::new(move |holder| {
        let stage = stage.upgrade().expect("a stage");
        let play =
            stage.play(Source::at_hand([inner()]), BatchOptions { single: true, holder, ..BatchOptions::default() });
        async move { play.ended().await }
    });
    Input { nested, ..reviewed(id, host, 5.0) }
}

#[test]
fn a_request_nested_in_a_review_does_not_wait_for_the_slot_of_its_caller() {
    for (concurrency, per_host) in [(1, u32::MAX), (1, 1), (9, 1)] {
        let stage = Rc::new(Stage::new(Limits { concurrency, per_host, rate: None }));
        let play = stage.whole([nesting_one(&stage, 0, 0, || quick(1, 0))], BatchOptions::default());
        assert_eq!((stage.starts(), play.end().0), (vec![(0, 0.0), (1, 15.0)], 25.0));
        assert_eq!(stage.peak(), 2);
    }
}

#[test]
fn a_batch_nested_in_a_review_does_not_wait_for_the_slot_of_its_caller() {
    for (concurrency, per_host) in [(1, u32::MAX), (1, 1), (9, 1)] {
        let stage = Rc::new(Stage::new(Limits { concurrency, per_host, rate: None }));
        let play = stage
            .whole([nesting(&stage, ROOT, 0, 0, || (1..4).map(|id| quick(id, 0)).collect())], BatchOptions::default());
        assert_eq!(stage.starts(), [(0, 0.0), (1, 15.0), (2, 25.0), (3, 35.0)]);
        assert_eq!((play.end().0, stage.peak()), (45.0, 2));
    }
}

#[test]
fn a_batch_nested_behind_the_gate_of_its_caller_does_not_wait_for_it() {
    let stage = Rc::new(Stage::slots(4));
    let gate = stage.gate(Limits { concurrency: 1, per_host: 1, rate: None });
    let outer = nesting(&stage, gate, 0, 0, || vec![quick(1, 0), quick(2, 1)]);
    let play = stage.play_behind(gate, Source::at_hand([outer]), BatchOptions::default());
    stage.run();
    assert_eq!((stage.starts(), play.end().0), (vec![(0, 0.0), (1, 15.0), (2, 25.0)], 35.0));
}

#[test]
fn batches_nested_in_all_the_hooks_of_a_batch_come_to_their_end() {
    for concurrency in 1..4 {
        let stage = Rc::new(Stage::new(Limits { concurrency, per_host: 1, rate: None }));
        let weak = Rc::downgrade(&stage);
        let nest = move |id| {
            let stage = weak.upgrade().expect("a stage");
            nesting(&stage, ROOT, id, id % 2, move || {
                (0..3).map(|inner| quick(100 * id + 100 + inner, inner % 2)).collect()
            })
        };
        let play = stage.whole((0..6).map(nest), BatchOptions::default());
        assert_eq!((play.failures(), stage.log.borrow().len()), (vec![None; 6], 24), "{concurrency} slots");
    }
}

#[test]
fn calls_nested_three_deep_come_to_their_end() {
    let stage = Rc::new(Stage::new(Limits { concurrency: 1, per_host: 1, rate: None }));
    let weak = Rc::downgrade(&stage);
    let middle = move || {
        let stage = weak.upgrade().expect("a stage");
        let weak = Rc::downgrade(&stage);
        nesting_one(&stage, 1, 0, move || {
            let stage = weak.upgrade().expect("a stage");
            nesting(&stage, ROOT, 2, 0, || vec![quick(3, 0), quick(4, 0)])
        })
    };
    let play = stage.whole([nesting_one(&stage, 0, 0, middle)], BatchOptions::default());
    assert_eq!(stage.starts(), [(0, 0.0), (1, 15.0), (2, 30.0), (3, 45.0), (4, 55.0)]);
    assert_eq!((play.end().0, stage.peak()), (65.0, 4));
}

#[test]
fn a_nested_call_goes_on_the_slot_of_its_caller_while_others_hold_theirs() {
    let stage = Rc::new(Stage::slots(2));
    let nests = nesting(&stage, ROOT, 0, 0, || vec![quick(2, 0)]);
    let reviews = Input { replies: [Reply::ok(40.0)].into(), ..reviewed(1, 0, 100.0) };
    let play = stage.whole([nests, reviews], BatchOptions::default());
    assert_eq!((stage.starts()[2], play.times()), ((2, 15.0), vec![25.0, 140.0]));
}

#[test]
fn a_call_nested_in_preparation_does_not_wait_for_the_kept_slot() {
    for single in [false, true] {
        let stage = Rc::new(Stage::slots(1));
        let nests = match single {
            true => nesting_one(&stage, 0, 0, || quick(1, 0)),
            false => nesting(&stage, ROOT, 0, 0, || vec![quick(1, 0), quick(2, 0)]),
        };
        let play =
            stage.whole([Input { after_response: None, before_request: Some(5.0), ..nests }], BatchOptions::default());
        let ended = if single { 25.0 } else { 35.0 };
        assert_eq!((play.end().0, stage.peak(), stage.starts()[0]), (ended, 1, (1, 5.0)));
    }
}

#[test]
fn a_nested_call_takes_no_slot_that_is_free_from_another() {
    let stage = Rc::new(Stage::slots(3));
    let play = stage.whole(
        [nesting(&stage, ROOT, 0, 0, || (10..15).map(|id| quick(id, 0)).collect()), reviewed(1, 0, 100.0)],
        BatchOptions::default(),
    );
    assert_eq!((stage.peak(), play.times()), (3, vec![65.0, 110.0]), "one after another in the third slot");
}
