//! Unit tests of the admission.

use super::*;
use crate::core::rate_limit::RateLimit;
use crate::core::shared_rate::SharedRate;
use crate::core::time::Millis;
#[cfg(target_arch = "wasm32")]
use crate::testing::test;

const NOW: Instant = Instant::NEVER;

fn at(millis: Millis) -> Instant {
    Instant::from_millis(millis)
}

fn admission(concurrency: u32, per_host: u32) -> Admission {
    let mut admission = Admission::new(Limits { concurrency, per_host, rate: None });
    (0..4).for_each(|host| {
        admission.retain(ROOT, host);
    });
    admission
}

fn drain(admission: &mut Admission, now: Instant) -> Vec<TaskId> {
    std::iter::from_fn(|| admission.next(now)).collect()
}

#[test]
fn a_slot_is_given_at_once_while_one_is_free() {
    let mut admission = admission(2, u32::MAX);
    assert!(admission.start(0, NOW) && admission.start(0, NOW) && !admission.start(0, NOW));
    admission.finish(0);
    assert!(admission.start(1, NOW));
    assert_eq!(admission.in_flight(), 2);
}

#[test]
fn a_queued_request_is_never_overtaken() {
    let mut admission = admission(1, u32::MAX);
    assert!(admission.start(0, NOW));
    admission.join(0, 0.0, 7);
    admission.finish(0);
    assert!(!admission.start(0, NOW), "the newcomer waits behind the one that waited");
    assert_eq!(drain(&mut admission, NOW), [7]);
}

#[test]
fn hosts_are_served_in_turn() {
    let mut admission = admission(1, u32::MAX);
    assert!(admission.start(3, NOW));
    for task in 0..3 {
        admission.join(0, 0.0, task);
    }
    admission.join(1, 0.0, 10);
    admission.join(2, 0.0, 20);
    let mut order = Vec::new();
    let mut host = 3;
    for _ in 0..5 {
        admission.finish(host);
        let task = admission.next(NOW).unwrap();
        host = task / 10;
        order.push(task);
    }
    assert_eq!(order, [0, 10, 20, 1, 2]);
}

#[test]
fn a_host_at_its_limit_blocks_nobody_else() {
    let mut admission = admission(3, 1);
    assert!(admission.start(0, NOW) && !admission.start(0, NOW));
    admission.join(0, 0.0, 1);
    assert!(drain(&mut admission, NOW).is_empty());
    assert!(admission.is_vacant(ROOT, || NOW), "a slot is free that no waiting request can take");
    assert!(admission.start(1, NOW));
    admission.finish(0);
    assert_eq!(drain(&mut admission, NOW), [1]);
}

#[test]
fn the_higher_priority_goes_first_and_equals_by_arrival() {
    let mut admission = admission(1, u32::MAX);
    assert!(admission.start(0, NOW));
    for (task, priority) in [(1, 0.0), (2, 5.0), (3, -1.0), (4, 5.0), (5, 0.0)] {
        admission.join(0, priority, task);
    }
    let order: Vec<_> = (0..5)
        .map(|_| {
            admission.finish(0);
            admission.next(NOW).unwrap()
        })
        .collect();
    assert_eq!(order, [2, 4, 1, 5, 3]);
}

#[test]
fn who_leaves_the_queue_burns_no_slot() {
    let mut admission = admission(1, u32::MAX);
    assert!(admission.start(0, NOW));
    let tickets: Vec<_> = (0..4).map(|task| admission.join(0, 0.0, task)).collect();
    for gone in [1, 3, 0] {
        admission.leave(tickets[gone]);
    }
    assert_eq!(admission.queued(), 1);
    admission.finish(0);
    assert_eq!(drain(&mut admission, NOW), [2]);
    admission.finish(0);
    assert!(admission.start(0, NOW), "the queue is empty and the slot free");
}

#[test]
fn a_freed_host_that_everyone_left_keeps_nobody_waiting() {
    let mut admission = admission(1, u32::MAX);
    assert!(admission.start(0, NOW));
    let ticket = admission.join(1, 0.0, 1);
    admission.join(2, 0.0, 2);
    admission.leave(ticket);
    admission.finish(0);
    assert_eq!(drain(&mut admission, NOW), [2]);
}

#[test]
fn a_cooling_host_waits_alone_and_says_until_when() {
    let mut admission = admission(2, u32::MAX);
    admission.cool_down(0, at(100.0));
    assert!(!admission.start(0, at(0.0)));
    admission.join(0, 0.0, 1);
    assert!(drain(&mut admission, at(0.0)).is_empty());
    assert_eq!(admission.next_time(at(0.0)), at(100.0));
    assert!(admission.start(1, at(50.0)));
    assert!(drain(&mut admission, at(99.9)).is_empty());
    assert_eq!(drain(&mut admission, at(100.0)), [1]);
}

#[test]
fn a_rate_holds_starts_back_and_names_the_time() {
    let rate = Rate { limit: RateLimit { limit: 2, interval: 100.0 }, per_host: false };
    let mut admission = Admission::new(Limits { rate: Some(rate), ..Limits::default() });
    admission.retain(ROOT, 0);
    assert!(admission.start(0, at(0.0)) && admission.start(0, at(10.0)) && !admission.start(0, at(20.0)));
    admission.join(0, 0.0, 1);
    assert!(drain(&mut admission, at(20.0)).is_empty());
    assert_eq!(admission.next_time(at(20.0)), at(100.0));
    assert_eq!(drain(&mut admission, at(100.0)), [1]);
}

#[test]
fn a_rate_per_host_leaves_other_hosts_alone() {
    let rate = Rate { limit: RateLimit { limit: 1, interval: 100.0 }, per_host: true };
    let mut admission = Admission::new(Limits { rate: Some(rate), ..Limits::default() });
    (0..2).for_each(|host| {
        admission.retain(ROOT, host);
    });
    assert!(admission.start(0, at(0.0)) && !admission.start(0, at(1.0)) && admission.start(1, at(1.0)));
    admission.join(0, 0.0, 1);
    assert!(drain(&mut admission, at(1.0)).is_empty());
    assert_eq!((admission.next_time(at(1.0)), admission.is_vacant(ROOT, || NOW)), (at(100.0), true));
    assert_eq!(drain(&mut admission, at(100.0)), [1]);
}

#[test]
fn a_pause_starts_nothing_and_a_higher_limit_starts_more() {
    let mut admission = admission(1, u32::MAX);
    admission.set_paused(true);
    assert!(!admission.start(0, NOW) && !admission.is_vacant(ROOT, || NOW));
    (1..4).for_each(|task| {
        admission.join(0, 0.0, task);
    });
    admission.set_paused(false);
    assert_eq!(drain(&mut admission, NOW), [1]);
    admission.set_concurrency(ROOT, 3);
    assert_eq!(drain(&mut admission, NOW), [2, 3]);
}

#[test]
fn idle_hosts_are_forgotten_only_when_there_are_many() {
    let mut admission = admission(1, u32::MAX);
    assert_eq!(admission.release(0, || NOW), None, "few: kept");
    let lanes: Vec<_> = (4..1500).map(|host| admission.retain(ROOT, host)).collect();
    let last = *lanes.last().unwrap();
    assert_eq!(admission.release(last, || NOW), Some(0), "the one that has been idle the longest");
    let again = admission.retain(ROOT, 1499);
    admission.cool_down(1499, at(10.0));
    assert_eq!(admission.release(again, || at(0.0)), None, "it has something to remember");
}

#[test]
fn a_gate_holds_its_own_requests_back_and_nobody_elses() {
    let mut admission = admission(3, u32::MAX);
    let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
    let inner = admission.retain(gate, 0);
    assert!(admission.start(inner, NOW) && !admission.start(inner, NOW));
    admission.join(inner, 0.0, 7);
    assert!(drain(&mut admission, NOW).is_empty());
    assert_eq!((admission.is_vacant(gate, || NOW), admission.is_vacant(ROOT, || NOW)), (false, true));
    assert!(admission.start(0, NOW), "another call of the client");
    admission.finish(inner);
    assert_eq!((drain(&mut admission, NOW), admission.in_flight()), (vec![7], 2));
}

#[test]
fn hosts_behind_a_full_gate_are_served_in_turn() {
    let mut admission = admission(9, u32::MAX);
    let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
    let lanes = [0, 1, 2].map(|host| admission.retain(gate, host));
    assert!(admission.start(lanes[0], NOW));
    let mut lane = lanes[0];
    for (place, lane) in lanes.into_iter().enumerate() {
        admission.join(lane, 0.0, place as TaskId);
        admission.join(lane, 0.0, place as TaskId);
    }
    let mut order = vec![];
    for _ in 0..6 {
        admission.finish(lane);
        let task = drain(&mut admission, NOW);
        lane = lanes[task[0] as usize];
        order.extend(task);
    }
    assert_eq!(order, [0, 1, 2, 0, 1, 2]);
}

#[test]
fn the_rate_of_a_gate_stands_beside_that_of_the_client() {
    let rate = |limit| Some(Rate { limit: RateLimit { limit, interval: 100.0 }, per_host: false });
    let mut admission = Admission::new(Limits { rate: rate(2), ..Limits::default() });
    let gate = admission.open_gate(Limits { rate: rate(1), ..Limits::NONE }, ROOT);
    let (inner, outer) = (admission.retain(gate, 0), admission.retain(ROOT, 0));
    assert!(admission.start(inner, at(0.0)) && !admission.start(inner, at(1.0)));
    admission.join(inner, 0.0, 1);
    assert!(drain(&mut admission, at(1.0)).is_empty());
    assert!(!admission.is_vacant(gate, || at(1.0)), "an input pulled now could not start");
    assert!(admission.start(outer, at(2.0)) && !admission.start(outer, at(3.0)));
    assert_eq!(admission.next_time(at(3.0)), at(100.0));
    assert_eq!(drain(&mut admission, at(100.0)), [1]);
}

#[test]
fn a_closed_gate_leaves_nothing_behind() {
    let mut admission = admission(1, u32::MAX);
    for _ in 0..10 {
        let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
        let lane = admission.retain(gate, 0);
        assert!(admission.start(lane, NOW));
        admission.finish(lane);
        assert_eq!(admission.release(lane, || NOW), None);
        admission.close_gate(gate);
    }
    assert_eq!((admission.lanes.len(), admission.gates.len(), admission.lanes[0].users), (5, 2, 1));
    assert!(admission.idle.is_empty(), "a reused lane must not be listed as idle");
}

#[test]
fn a_closed_gate_is_nowhere_waited_for() {
    let rate = Some(Rate { limit: RateLimit { limit: 1, interval: 100.0 }, per_host: true });
    let mut admission = Admission::new(Limits { concurrency: 4, per_host: 1, rate });
    let lanes = [0, 1].map(|host| admission.retain(ROOT, host));
    assert!(admission.start(lanes[0], at(0.0)) && admission.start(lanes[1], at(0.0)));
    admission.finish(lanes[1]);
    let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
    let inner = [0, 1, 2].map(|host| admission.retain(gate, host));
    assert!(admission.start(inner[2], at(0.0)));
    let tickets = inner.map(|lane| admission.join(lane, 0.0, lane));
    assert!(drain(&mut admission, at(1.0)).is_empty());
    admission.finish(inner[2]);
    assert!(drain(&mut admission, at(2.0)).is_empty(), "one is behind a slot, two behind tokens");
    tickets.into_iter().for_each(|ticket| admission.leave(ticket));
    inner.into_iter().chain([inner[2]]).for_each(|lane| assert_eq!(admission.release(lane, || at(2.0)), None));
    assert_eq!((admission.lanes[0].blocked.len(), admission.parked.len()), (1, 2), "they do not know yet");
    admission.close_gate(gate);
    assert_eq!((admission.lanes[0].blocked.len(), admission.parked.len(), admission.ready.len()), (0, 0, 0));
}

#[test]
fn a_nested_call_is_not_blocked_behind_an_empty_lane() {
    let mut admission = admission(3, u32::MAX);
    let narrow = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
    let inner = admission.retain(narrow, 0);
    assert!(admission.start(inner, NOW));
    let nested_waiters = admission.open_nested(narrow);
    let nested = admission.retain(nested_waiters, 1);
    admission.join(inner, 0.0, 1);
    let ticket = admission.join(nested, 0.0, 2);
    assert!(drain(&mut admission, NOW).is_empty(), "the narrow gate is full");
    admission.leave(ticket);
    assert!(admission.start(2, NOW) && admission.start(2, NOW));
    admission.finish(inner);
    admission.set_concurrency(ROOT, 2);
    assert!(drain(&mut admission, NOW).is_empty(), "the client is full");
    admission.join(nested, 0.0, 3);
    admission.hold_by_hook(2, true);
    admission.hold_by_hook(2, true);
    assert_eq!(drain(&mut admission, NOW), [3], "hooks hold all slots of the client");
}

#[test]
fn a_gate_is_closed_behind_the_last_who_goes_through_it() {
    let mut admission = admission(4, u32::MAX);
    let middle = admission.open_gate(Limits { concurrency: 2, ..Limits::NONE }, ROOT);
    let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, middle);
    let lane = admission.retain(gate, 0);
    assert!(admission.start(lane, NOW));
    admission.close_gate(gate);
    admission.close_gate(middle);
    let other = admission.open_gate(Limits::NONE, ROOT);
    assert_eq!((admission.in_flight_of(0), other), (1, 3), "its number is still its own");
    admission.finish(lane);
    assert_eq!(admission.in_flight_of(0), 0);
    assert_eq!(admission.release(lane, || NOW), None);
    assert_eq!(admission.gates.iter().flatten().count(), 2);
    assert_eq!(admission.lanes[0].users, 1);
}

#[test]
fn several_slots_of_a_gate_at_once_go_to_as_many_hosts() {
    let mut admission = admission(9, u32::MAX);
    let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
    let lanes = [0, 1, 2, 3].map(|host| admission.retain(gate, host));
    assert!(admission.start(lanes[3], NOW));
    for lane in &lanes[..3] {
        for _ in 0..3 {
            admission.join(*lane, 0.0, *lane);
        }
    }
    assert!(drain(&mut admission, NOW).is_empty());
    admission.set_concurrency(gate, 4);
    assert_eq!(drain(&mut admission, NOW), lanes[..3]);
    admission.set_concurrency(gate, 6);
    assert_eq!(drain(&mut admission, NOW), lanes[..2]);
    admission.set_concurrency(gate, 9);
    assert_eq!(drain(&mut admission, NOW), [lanes[2], lanes[0], lanes[1]]);
}

#[test]
fn a_slot_costs_the_same_however_many_hosts_wait_for_it() {
    const MANY: u32 = 20_000;
    let mut admission = admission(9, u32::MAX);
    let gate = admission.open_gate(Limits { concurrency: 1, ..Limits::NONE }, ROOT);
    let lanes: Vec<_> = (0..MANY).map(|host| admission.retain(gate, host)).collect();
    assert!(admission.start(lanes[0], NOW));
    for lane in &lanes {
        admission.join(*lane, 0.0, *lane);
    }
    assert!(drain(&mut admission, NOW).is_empty());
    let mut at = lanes[0];
    for lane in lanes {
        admission.finish(at);
        assert!(admission.ready.len() <= 2, "only the first is looked at");
        assert_eq!(drain(&mut admission, NOW), [lane]);
        at = lane;
    }
}

fn sharing(rate: RateLimit, per_host: bool, concurrency: u32) -> [Admission; 2] {
    let rate = SharedRate::new(Rate { limit: rate, per_host });
    [(); 2].map(|()| {
        let mut admission = Admission::new(Limits { concurrency, ..Limits::NONE });
        admission.share_rate(ROOT, rate.joined(u64::from));
        admission.retain(ROOT, 0);
        admission
    })
}

#[test]
fn a_nested_call_that_lacks_only_a_token_reserves_it() {
    let [mut first, mut second] = sharing(RateLimit { limit: 1, interval: 100.0 }, false, 1);
    assert!(first.start(0, at(0.0)));
    first.hold_by_hook(0, true);
    let gate = first.open_nested(ROOT);
    let lane = first.retain(gate, 0);
    first.join(lane, 0.0, 7);
    assert!(drain(&mut first, at(1.0)).is_empty());
    assert_eq!(first.next_time(at(1.0)), at(100.0));
    assert!(!second.start(0, at(100.0)), "the token is reserved");
    assert_eq!(drain(&mut first, at(100.0)), [7]);
}

#[test]
fn a_slot_held_by_a_hook_wakes_no_other_request() {
    let mut admission = admission(1, u32::MAX);
    admission.cool_down(0, at(100.0));
    admission.join(0, 0.0, 7);
    assert!(drain(&mut admission, at(0.0)).is_empty());
    assert_eq!(admission.next_time(at(0.0)), at(100.0));
    assert!(admission.start(1, at(1.0)));
    admission.hold_by_hook(1, true);
    assert_eq!(admission.next_time(at(1.0)), Instant::NEVER);
    admission.finish(1);
    assert_eq!(drain(&mut admission, at(100.0)), [7]);
}

#[test]
fn a_host_that_cools_down_reserves_no_token_that_is_free() {
    let [mut first, mut second] = sharing(RateLimit { limit: 1, interval: 100.0 }, true, 9);
    first.cool_down(0, at(500.0));
    first.join(0, 0.0, 7);
    assert!(drain(&mut first, at(0.0)).is_empty());
    assert!(second.start(0, at(1.0)), "the token is free until the cool-down ends");
}

#[test]
fn an_idle_batch_may_pull_where_all_slots_are_waited_for() {
    let mut admission = admission(1, u32::MAX);
    assert!(!admission.may_pull_idle(ROOT), "there is a free slot, and nobody else wants it");
    admission.claim(ROOT, true);
    assert!(!admission.is_vacant(ROOT, || NOW) && admission.may_pull_idle(ROOT));
    admission.claim(ROOT, false);
    assert!(admission.start(0, NOW) && !admission.may_pull_idle(ROOT), "requests in flight have the slot");
    admission.hold_by_hook(0, true);
    let nested = admission.open_nested(ROOT);
    assert!(admission.may_pull_idle(nested) && !admission.may_pull_idle(ROOT));
    admission.hold_by_hook(0, false);
    admission.join(0, 0.0, 1);
    assert!(admission.may_pull_idle(ROOT));
    admission.set_paused(true);
    assert!(!admission.may_pull_idle(ROOT));
}
