//! Stories of limits inside limits: a call's or a derived client's, behind those of the client.

use crate::sim::{Input, Play, Reply, Source, Stage};
use fanfetch::core::Instant;
use fanfetch::core::admission::{GateId, Limits, ROOT, Rate};
use fanfetch::core::error::{Failure, Phase};
use fanfetch::core::rate_limit::RateLimit;
use fanfetch::pipeline::batch::BatchOptions;
use std::rc::Rc;

fn named(id: u32, host: u32, head: f64) -> Input {
    Input { id, ..Input::to(host, [Reply::ok(head)]) }
}

fn slots(concurrency: u32) -> Limits {
    Limits { concurrency, ..Limits::NONE }
}

fn rate(limit: u32, interval: f64, per_host: bool) -> Limits {
    Limits { rate: Some(Rate { limit: RateLimit { limit, interval }, per_host }), ..Limits::NONE }
}

fn behind(stage: &Stage, gate: GateId, inputs: impl IntoIterator<Item = Input, IntoIter: 'static>) -> Rc<Play> {
    stage.play_behind(gate, Source::at_hand(inputs), BatchOptions::default())
}

#[test]
fn a_call_keeps_its_own_limit_and_leaves_the_rest_to_others() {
    let stage = Stage::slots(5);
    let narrow = behind(&stage, stage.gate(slots(2)), (0..6).map(|id| named(id, 0, 10.0)));
    let wide = stage.start((10..19).map(|id| named(id, 0, 10.0)), BatchOptions::default());
    stage.run();
    assert_eq!(narrow.times(), [10.0, 10.0, 20.0, 20.0, 30.0, 30.0]);
    assert_eq!((wide.end().0, stage.peak()), (30.0, 5));
}

#[test]
fn a_call_never_has_more_than_its_client() {
    let stage = Stage::new(Limits { concurrency: 3, per_host: 2, rate: None });
    let gate = stage.gate(Limits { concurrency: 9, per_host: 7, rate: None });
    let play = behind(&stage, gate, (0..6).map(|id| named(id, id % 2, 10.0)));
    stage.run();
    assert_eq!((stage.peak(), stage.peak_at(0), stage.peak_at(1)), (3, 2, 2));
    assert_eq!(play.end().0, 20.0);
}

#[test]
fn a_call_keeps_its_own_limit_per_host() {
    let stage = Stage::slots(8);
    let gate = stage.gate(Limits { per_host: 1, ..Limits::NONE });
    let one = behind(&stage, gate, [named(0, 0, 10.0), named(1, 0, 10.0), named(2, 1, 10.0)]);
    let other = stage.start([named(10, 0, 10.0), named(11, 0, 10.0)], BatchOptions::default());
    stage.run();
    assert_eq!((one.times(), other.times()), (vec![10.0, 20.0, 10.0], vec![10.0, 10.0]));
    assert_eq!(stage.peak_at(0), 3, "the client itself has no limit for a host");
}

#[test]
fn a_host_that_the_client_is_full_of_keeps_a_call_from_that_host_alone() {
    let stage = Stage::new(Limits { concurrency: 8, per_host: 1, rate: None });
    stage.start([named(10, 0, 50.0)], BatchOptions::default());
    let play = behind(&stage, stage.gate(slots(2)), [named(0, 0, 10.0), named(1, 1, 10.0), named(2, 2, 10.0)]);
    stage.run();
    assert_eq!(play.times(), [60.0, 10.0, 10.0]);
}

#[test]
fn a_window_of_a_call_never_sees_more_than_its_limit() {
    let stage = Stage::slots(8);
    let slow = behind(&stage, stage.gate(rate(2, 100.0, false)), (0..5).map(|id| named(id, id, 1.0)));
    let free = stage.start((10..14).map(|id| named(id, 0, 1.0)), BatchOptions::default());
    stage.run();
    assert_eq!(slow.times(), [1.0, 1.0, 101.0, 101.0, 201.0]);
    assert_eq!(free.times(), [1.0; 4], "another call of the client has a rate of its own, or none");
}

#[test]
fn the_tighter_of_two_windows_counts_at_every_start() {
    let stage = Stage::new(Limits { concurrency: 8, ..rate(3, 100.0, false) });
    let gate = stage.gate(rate(2, 70.0, false));
    behind(&stage, gate, (0..7).map(|id| named(id, 0, 1.0)));
    stage.run();
    // Two at once; 70 later the call has two tokens and its client one; and so on.
    let starts: Vec<_> = stage.starts().into_iter().map(|start| start.1).collect();
    assert_eq!(starts, [0.0, 0.0, 70.0, 100.0, 140.0, 170.0, 210.0]);
}

#[test]
fn a_rate_per_host_behind_a_gate_counts_the_calls_own_starts() {
    let stage = Stage::slots(8);
    let gate = stage.gate(rate(1, 100.0, true));
    let one = behind(&stage, gate, [named(0, 0, 1.0), named(1, 0, 1.0), named(2, 1, 1.0)]);
    let two = behind(&stage, stage.gate(rate(1, 100.0, true)), [named(10, 0, 1.0), named(11, 0, 1.0)]);
    stage.run();
    assert_eq!((one.times(), two.times()), (vec![1.0, 101.0, 1.0], vec![1.0, 101.0]));
}

#[test]
fn who_leaves_the_queue_of_a_gate_burns_no_token_of_it() {
    let stage = Stage::slots(8);
    let hasty = named(1, 0, 1.0).with(|policy| policy.timeout.total = 100.0);
    let play = behind(&stage, stage.gate(rate(1, 100.0, false)), [named(0, 0, 1.0), hasty, named(2, 0, 1.0)]);
    stage.run();
    assert_eq!(play.failures()[1], Some(Failure::Timeout { phase: Phase::Queue }));
    assert_eq!(stage.starts(), [(0, 0.0), (2, 100.0)]);
}

#[test]
fn hosts_behind_a_full_gate_are_served_in_turn() {
    let stage = Stage::slots(9);
    let gate = stage.gate(slots(1));
    stage.single_behind(gate, named(0, 9, 10.0));
    for (id, host) in [(1, 0), (2, 0), (3, 0), (10, 1), (11, 1), (20, 2)] {
        stage.single_behind(gate, named(id, host, 10.0));
    }
    stage.run();
    assert_eq!(stage.order(), [0, 1, 10, 20, 2, 11, 3]);
    assert_eq!(stage.log.borrow()[6].start, Instant::from_millis(60.0));
}

#[test]
fn a_full_gate_keeps_nobody_from_the_clients_slots() {
    let stage = Stage::slots(2);
    let gate = stage.gate(slots(1));
    let inner: Vec<_> = (0..3).map(|id| stage.single_behind(gate, named(id, 0, 100.0))).collect();
    let outer: Vec<_> = (10..13).map(|id| stage.single(named(id, 0, 10.0))).collect();
    stage.run();
    assert_eq!(outer.iter().map(|play| play.end().0).collect::<Vec<_>>(), [10.0, 20.0, 30.0]);
    assert_eq!(inner.iter().map(|play| play.end().0).collect::<Vec<_>>(), [100.0, 200.0, 300.0]);
}

#[test]
fn who_waits_behind_the_client_and_a_gate_has_a_turn_at_both() {
    let stage = Stage::slots(1);
    let gate = stage.gate(slots(1));
    for id in 0..3 {
        stage.single_behind(gate, named(id, 0, 10.0));
        stage.single(named(id + 10, 0, 10.0));
    }
    stage.run();
    assert_eq!(stage.order(), [0, 10, 1, 11, 2, 12]);
}

#[test]
fn gates_may_stand_three_deep() {
    let stage = Stage::slots(4);
    let middle = stage.gate(slots(3));
    let open = |concurrency| stage.scope.admission(|admission| admission.open_gate(slots(concurrency), middle));
    let (left, right) = (open(2), open(2));
    behind(&stage, left, (0..4).map(|id| named(id, 0, 10.0)));
    behind(&stage, right, (10..14).map(|id| named(id, 1, 10.0)));
    stage.start((20..22).map(|id| named(id, 2, 10.0)), BatchOptions::default());
    stage.at(5.0, |scope| assert_eq!(scope.admission(|admission| admission.in_flight()), 4));
    stage.run();
    assert_eq!((stage.peak(), stage.peak_at(0), stage.peak_at(1)), (4, 2, 2));
    let at_once = |hosts: [u32; 2]| {
        let log = stage.log.borrow();
        let ours = || log.iter().filter(|fetch| hosts.contains(&fetch.host));
        ours().map(|one| ours().filter(|two| two.start <= one.start && one.start < two.end.unwrap().0).count()).max()
    };
    assert_eq!(at_once([0, 1]), Some(3));
}

#[test]
fn a_gates_limit_changes_while_it_is_used() {
    let stage = Stage::slots(9);
    let gate = stage.gate(slots(1));
    let many: Vec<_> = (0..6).map(|id| stage.single_behind(gate, named(id, 0, 100.0))).collect();
    stage.at(50.0, move |scope| scope.set_concurrency(gate, 3));
    stage.at(120.0, move |scope| scope.set_concurrency(gate, 1));
    stage.run();
    assert_eq!(many.iter().map(|play| play.end().0).collect::<Vec<_>>(), [100.0, 150.0, 150.0, 200.0, 300.0, 400.0]);
}

#[test]
fn a_lowered_gate_keeps_the_order_of_those_who_wait() {
    let stage = Stage::slots(9);
    let gate = stage.gate(slots(3));
    (0..3).for_each(|id| drop(stage.single_behind(gate, named(id, id, 10.0 + f64::from(id)))));
    (3..7).for_each(|id| drop(stage.single_behind(gate, named(id, id, 10.0))));
    stage.at(5.0, move |scope| scope.set_concurrency(gate, 1));
    stage.run();
    assert_eq!(stage.starts()[3..], [(3, 12.0), (4, 22.0), (5, 32.0), (6, 42.0)]);
}

#[test]
fn a_closed_gate_is_forgotten_with_all_that_waited_behind_it() {
    let stage = Stage::new(Limits { concurrency: 2, per_host: 1, rate: None });
    for turn in 0..20 {
        let gate = stage.gate(slots(1));
        let first = 10 * turn;
        let hasty = named(first + 1, 1, 10.0).with(|policy| policy.timeout.total = 4.0);
        stage.single_behind(gate, named(first, 0, 10.0));
        stage.single_behind(gate, hasty.clone());
        stage.single_behind(gate, Input { id: first + 2, ..hasty });
        stage.single(named(first + 3, 0, 5.0));
        stage.run();
        stage.scope.admission(|admission| admission.close_gate(gate));
    }
    let sent = stage.starts().len();
    assert_eq!(sent, 40, "who waited behind a full gate for 4 ms was never sent");
    // The same numbers, for lanes of others.
    let gate = stage.gate(slots(1));
    for (id, host) in [(1000, 9), (1001, 0), (1002, 0), (1010, 1), (1011, 1), (1020, 2)] {
        stage.single_behind(gate, named(id, host, 10.0));
    }
    stage.run();
    assert_eq!(stage.order()[sent..], [1000, 1001, 1010, 1020, 1002, 1011]);
}

#[test]
fn an_idle_host_is_kept_while_few_are_known_through_whatever_gate() {
    let stage = Stage::slots(50);
    let gate = stage.gate(slots(40));
    behind(&stage, gate, (0..1500).map(|id| named(id, id, 1.0)));
    stage.run();
    let forgotten = stage.forgotten.borrow().len();
    assert!((400..=1450).contains(&forgotten), "{forgotten}");
    stage.scope.admission(|admission| admission.close_gate(gate));
    stage.forgotten.borrow_mut().clear();
    stage.whole([named(9000, 3000, 1.0)], BatchOptions::default());
    assert_eq!(stage.forgotten.borrow().len(), 0, "there is room again for idle hosts: their gate is gone");
}

#[test]
fn a_pause_holds_every_gate() {
    let stage = Stage::slots(4);
    let play = behind(&stage, stage.gate(slots(2)), (0..4).map(|id| named(id, 0, 10.0)));
    stage.at(5.0, |scope| scope.set_paused(true));
    stage.at(105.0, |scope| scope.set_paused(false));
    stage.run();
    assert_eq!((play.times(), play.batch.gate() == ROOT), (vec![10.0, 10.0, 115.0, 115.0], false));
}
