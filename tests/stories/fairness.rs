//! Stories of hosts and batches that share slots.

use crate::sim::{Input, Reply, Stage};
use fanfetch::core::admission::Limits;
use fanfetch::pipeline::batch::BatchOptions;

fn named(id: u32, host: u32, head: f64) -> Input {
    Input { id, ..Input::to(host, [Reply::ok(head)]) }
}

#[test]
fn hosts_are_served_in_turn() {
    let stage = Stage::slots(1);
    stage.set_chance(0.0);
    // Six come back together to the slot that 60 holds: three of host 0 first, then two of host 1, one of host 2.
    let again = |id, host| Input { id, ..Input::to(host, [Reply::status(503, 10.0), Reply::ok(10.0)]) };
    let crowd = [again(1, 0), again(2, 0), again(3, 0), again(10, 1), again(11, 1), again(20, 2)].map(|input| {
        input.with(|policy| {
            policy.retry.backoff = fanfetch::core::backoff::Backoff {
                delay: 1000.0,
                jitter: fanfetch::core::backoff::Jitter::None,
                ..policy.retry.backoff
            }
        })
    });
    stage.whole(crowd.into_iter().chain([named(60, 5, 2000.0)]), BatchOptions::default());
    assert_eq!(stage.order()[7..], [1, 10, 20, 2, 11, 3]);
}

#[test]
fn the_other_three_hosts_finish_undisturbed() {
    let stage = Stage::new(Limits { concurrency: 10, per_host: 3, rate: None });
    let reply = |host| if host == 0 { Reply::hang() } else { Reply::ok(10.0) };
    let inputs = (0..300).map(move |number| Input::to(number % 4, [reply(number % 4)]));
    let once = inputs.map(|input| input.with(|policy| policy.retry.limit = 0));
    let play = stage.whole(once, BatchOptions::default());
    let others = play.sorted().into_iter().filter(|outcome| outcome.index % 4 > 0);
    // Three hosts of 75 requests, seven slots between them while three hang: 225 / 7 turns of 10 ms.
    assert_eq!(others.map(|outcome| outcome.at.as_millis()).fold(0.0, f64::max), 330.0);
    assert_eq!((stage.peak(), stage.peak_at(0), play.end().0), (10, 3, 250_000.0));
}

#[test]
fn a_hanging_host_takes_its_share_of_the_slots_alone() {
    let stage = Stage::new(Limits { concurrency: 4, per_host: 2, rate: None });
    let hanging = || Input::to(0, [Reply::hang()]).with(|policy| policy.retry.limit = 0);
    let inputs = [hanging(), hanging(), hanging(), named(3, 1, 10.0), named(4, 2, 10.0), named(5, 3, 10.0)];
    let play = stage.whole(inputs, BatchOptions::default());
    assert_eq!(play.times()[3..], [10.0, 10.0, 20.0]);
}

#[test]
fn two_batches_sharing_one_scope_are_served_in_turn() {
    let stage = Stage::slots(1);
    let one = stage.start((0..4).map(|id| named(id, 0, 10.0)), BatchOptions::default());
    let two = stage.start((10..13).map(|id| named(id, 0, 10.0)), BatchOptions::default());
    stage.run();
    assert_eq!(stage.order(), [0, 10, 1, 11, 2, 12, 3]);
    assert_eq!((one.end().0, two.end().0), (70.0, 60.0));
}

#[test]
fn a_batch_that_joins_late_has_its_turn_next() {
    let stage = Stage::slots(2);
    stage.start((0..6).map(|id| named(id, 0, 10.0)), BatchOptions::default());
    let late = Input { before_request: Some(0.0), ..named(20, 1, 10.0) };
    stage.start([late], BatchOptions::default());
    stage.run();
    assert_eq!(stage.starts().iter().find(|start| start.0 == 20), Some(&(20, 10.0)));
}

#[test]
fn a_source_that_takes_its_time_keeps_no_slot_from_another_batch() {
    let stage = Stage::slots(1);
    let item = crate::sim::Item { after: 1000.0, what: Ok(named(0, 0, 10.0)) };
    let slow = stage.play(crate::sim::Source::new([item], true), BatchOptions::default());
    let quick = stage.start((1..4).map(|id| named(id, 0, 10.0)), BatchOptions::default());
    stage.run();
    assert_eq!((quick.end().0, slow.end().0), (30.0, 1010.0));
}
