//! Stories of calls that cannot wake one another, and keep to one rate all the same (Cloudflare Workers).

use crate::sim::{Input, Item, Play, Random, Reply, Source, Stage};
use fanfetch::core::admission::{Limits, Rate};
use fanfetch::core::rate_limit::RateLimit;
use fanfetch::core::{Instant, Millis};
use fanfetch::pipeline::batch::BatchOptions;

use std::rc::Rc;

fn stages<const COUNT: usize>(limit: u32, per_host: bool) -> [Stage; COUNT] {
    let rate = Some(Rate { limit: RateLimit { limit, interval: 100.0 }, per_host });
    let first = Stage::new(Limits { concurrency: 6, rate, ..Limits::default() });
    std::array::from_fn(|place| first.beside(place as u32))
}

fn quick(host: u32) -> Input {
    Input::to(host, [Reply::ok(10.0)])
}

fn begin(stage: &Stage, count: u32) -> Rc<Play> {
    stage.start((0..count).map(|_| quick(0)), BatchOptions::default())
}

fn run(stages: &[Stage]) {
    Stage::run_all(&stages.iter().collect::<Vec<_>>());
}

/// All starts in order.
fn starts<'a>(stages: impl IntoIterator<Item = &'a Stage>) -> Vec<Millis> {
    let mut starts: Vec<_> = stages.into_iter().flat_map(|stage| stage.starts()).map(|(_, time)| time).collect();
    starts.sort_by(Millis::total_cmp);
    starts
}

fn assert_kept(starts: &[Millis], limit: usize, interval: Millis) {
    for pair in starts.windows(limit + 1) {
        assert!(pair[0] + interval <= pair[limit], "{} starts within {interval} ms: {pair:?}", limit + 1);
    }
}

#[test]
fn calls_share_a_rate_and_take_their_starts_in_turn() {
    let stages: [_; 5] = stages(10, false);
    let plays: Vec<_> = stages.iter().map(|stage| begin(stage, 30)).collect();
    run(&stages);
    let starts = starts(&stages);
    assert_kept(&starts, 10, 100.0);
    assert_eq!((starts.len(), starts.last().copied()), (150, Some(1400.0)), "and nothing is given away");
    assert!(plays.iter().all(|play| play.end().0 >= 1100.0), "no call went before all others");
}

#[test]
fn timers_that_ring_late_do_not_make_a_window_fuller() {
    let stages: [_; 5] = stages(3, false);
    for (late, stage) in [0.0, 0.25, 1.5, 7.0, 40.0].into_iter().zip(&stages) {
        stage.set_late(late);
        begin(stage, 12);
    }
    run(&stages);
    let starts = starts(&stages);
    assert_eq!(starts.len(), 60);
    assert_kept(&starts, 3, 100.0);
}

#[test]
fn who_leaves_gives_its_place_to_the_next_who_asks() {
    let [first, second, third, fourth] = stages(1, false);
    begin(&first, 1);
    let hasty = second.start([quick(0).with(|policy| policy.timeout.total = 50.0)], BatchOptions::default());
    begin(&third, 1);
    first.clock.run_to(Instant::from_millis(60.0));
    begin(&fourth, 1);
    Stage::run_all(&[&first, &second, &third, &fourth]);
    assert_eq!((first.starts(), hasty.end().0), (vec![(0, 0.0)], 50.0));
    assert_eq!((third.starts(), fourth.starts()), (vec![(0, 200.0)], vec![(0, 100.0)]));
}

#[test]
fn a_lost_call_holds_the_others_up_for_a_second_at_most() {
    let [first, gone, third] = stages(1, false);
    begin(&first, 1);
    begin(&gone, 1);
    begin(&third, 3);
    gone.vanish();
    Stage::run_all(&[&first, &third]);
    let starts = third.starts();
    assert_eq!(gone.starts(), []);
    assert!(starts.last().is_some_and(|(_, time)| *time <= 100.0 + 1000.0 + 300.0), "{starts:?}");
}

#[test]
fn a_hosts_rate_is_shared_by_its_name_whatever_its_number() {
    // The second calls the host 0 what the first calls 1.
    let [first, second] = stages(2, true);
    first.start((0..4).map(|_| quick(1)).chain([quick(0)]), BatchOptions::default());
    second.start((0..4).map(|_| quick(0)), BatchOptions::default());
    Stage::run_all(&[&first, &second]);
    let of = |stage: &Stage, host: u32| -> Vec<_> {
        stage.log.borrow().iter().filter(|fetch| fetch.host == host).map(|fetch| fetch.start.as_millis()).collect()
    };
    let mut shared = [of(&first, 1), of(&second, 0)].concat();
    shared.sort_by(Millis::total_cmp);
    assert_kept(&shared, 2, 100.0);
    assert_eq!((shared.len(), shared.last().copied()), (8, Some(300.0)));
    assert_eq!(of(&first, 0), [0.0]);
}

#[test]
fn while_its_slots_are_taken_a_call_keeps_no_place_from_others() {
    let [busy, other] = stages(2, false);
    busy.scope.set_concurrency(0, 1);
    busy.start([Input::to(0, [Reply::ok(1000.0)]), quick(0)], BatchOptions::default());
    begin(&other, 4);
    Stage::run_all(&[&busy, &other]);
    assert_eq!(starts([&other]), [0.0, 100.0, 100.0, 200.0]);
}

#[test]
fn paused_a_call_keeps_no_place_from_others() {
    let [paused, other] = stages(1, false);
    begin(&paused, 2);
    paused.at(50.0, |scope| scope.set_paused(true));
    paused.at(500.0, |scope| scope.set_paused(false));
    other.clock.run_to(Instant::from_millis(60.0));
    begin(&other, 3);
    Stage::run_all(&[&paused, &other]);
    assert_eq!((starts([&other]), paused.starts()), (vec![100.0, 200.0, 300.0], vec![(0, 0.0), (1, 500.0)]));
}

#[test]
fn whatever_happens_no_window_ever_sees_more_than_the_limit() {
    for seed in 0..300 {
        let random = Random::new(seed);
        let (limit, per_host) = (1 + random.below(5), random.often(50));
        let stages: [_; 4] = stages(limit, per_host);
        for stage in &stages {
            stage.set_late(random.pick(&[0.0, 0.25, 3.0, 30.0]));
            let items: Vec<_> = (0..1 + random.below(20))
                .map(|_| Item { after: random.millis(60), what: Ok(any_input(&random)) })
                .collect();
            stage.play(Source::new(items, true), BatchOptions::default());
        }
        run(&stages);
        let names = if per_host { 4..10 } else { 0..1 };
        for name in names {
            let of_stage = |(place, stage): (usize, &Stage)| -> Vec<_> {
                let log = stage.log.borrow();
                let mine = log.iter().filter(|fetch| !per_host || fetch.host + place as u32 == name);
                mine.map(|fetch| fetch.start.as_millis()).collect()
            };
            let mut times: Vec<_> = stages.iter().enumerate().flat_map(of_stage).collect();
            times.sort_by(Millis::total_cmp);
            assert_kept(&times, limit as usize, 100.0);
        }
    }
}

fn any_input(random: &Random) -> Input {
    let replies: Vec<_> = (0..1 + random.below(3))
        .map(|_| random.pick(&[Reply::ok(10.0), Reply::status(503, 5.0), Reply::lost(1.0), Reply::ok(250.0)]))
        .collect();
    let patience = random.pick(&[f64::INFINITY, 700.0, 60.0]);
    Input::to(4 + random.below(2), replies).with(|policy| policy.timeout.total = patience)
}
