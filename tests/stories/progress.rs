//! Stories of how far a batch says that it is, and of the statistics of its client.

use crate::sim::{Input, Play, Reply, Stage};
use fanfetch::core::admission::Limits;
use fanfetch::core::error::Failure;
use fanfetch::core::stats::Totals;
use fanfetch::pipeline::batch::{BatchOptions, Progress};

/// What was said last at each point in time: started, succeeded, failed, in flight, queued.
fn told(play: &Play) -> Vec<(f64, [u32; 5])> {
    let mut told: Vec<(f64, [u32; 5])> = Vec::new();
    for (time, progress) in play.progress_calls.borrow().iter() {
        let numbers = [progress.started, progress.succeeded, progress.failed, progress.in_flight, progress.queued];
        match told.last_mut() {
            Some(last) if last.0 == *time => last.1 = numbers,
            _ => told.push((*time, numbers)),
        }
    }
    told
}

fn totals(stage: &Stage) -> Totals {
    let mut totals = Totals::default();
    stage.scope.stats(|stats| totals = stats.totals);
    totals
}

#[test]
fn what_has_begun_and_ended_is_told() {
    let stage = Stage::slots(2);
    let body = |head: f64| Input::to(0, [Reply::ok(head).body([(0.0, 40.0), (0.0, 2.0)])]);
    let play = stage.whole([body(10.0), Input::to(0, [Reply::status(404, 20.0)]), body(30.0)], BatchOptions::default());
    let story = [(0.0, [2, 0, 0, 2, 0]), (10.0, [3, 1, 0, 2, 0]), (20.0, [3, 1, 1, 1, 0]), (40.0, [3, 2, 1, 0, 0])];
    assert_eq!(told(&play), story);
    let end = Progress { started: 3, succeeded: 2, failed: 1, bytes: 84.0, ..Progress::default() };
    assert_eq!(play.batch.progress(), end);
}

#[test]
fn who_waits_for_another_attempt_is_queued() {
    let stage = Stage::slots(1);
    stage.set_chance(0.5);
    let flaky = Input::to(0, [Reply::status(503, 10.0), Reply::ok(10.0)]);
    let play = stage.whole([flaky, Input::to(0, [Reply::ok(500.0)])], BatchOptions::default());
    let story = [(0.0, [1, 0, 0, 1, 0]), (10.0, [2, 0, 0, 1, 1]), (510.0, [2, 1, 0, 1, 0]), (520.0, [2, 2, 0, 0, 0])];
    assert_eq!((told(&play), play.batch.progress().retries), (story.into(), 1));
}

#[test]
fn no_count_ever_runs_away() {
    let stage = Stage::new(Limits { concurrency: 3, per_host: 2, rate: None });
    let input = |id: u32| {
        let reply = if id.is_multiple_of(4) { Reply::status(503, 7.0) } else { Reply::ok(f64::from(5 + id % 3)) };
        Input { key: id.is_multiple_of(5).then_some(0), ..Input::to(id % 2, [reply]) }
    };
    let play = stage.whole((0..60).map(input), BatchOptions::default());
    for (time, progress) in play.progress_calls.borrow().iter() {
        assert_eq!(
            progress.started,
            progress.succeeded + progress.failed + progress.in_flight + progress.queued,
            "at {time}"
        );
        assert!(progress.in_flight <= 3, "at {time}: {progress:?}");
    }
    let end = play.batch.progress();
    assert_eq!((end.started, end.succeeded + end.failed, end.in_flight, end.queued), (60, 60, 0, 0));
}

#[test]
fn statistics_of_a_client_know_every_request_of_every_call() {
    let stage = Stage::slots(2);
    stage.set_chance(0.0);
    let body = |id| Input { id, ..Input::to(id, [Reply::ok(10.0).body([(0.0, 5.0)])]) };
    stage.start([body(0), Input::to(1, [Reply::status(503, 10.0), Reply::ok(10.0)])], BatchOptions::default());
    stage.start([Input::to(1, [Reply::status(500, 10.0)])], BatchOptions::default());
    stage.single(Input { host: Err(Failure::Input), ..body(9) });
    stage.run();
    let totals = totals(&stage);
    assert_eq!((totals.succeeded, totals.failed, totals.retries, totals.bytes), (2, 2, 3, 5.0));
    let mut rows = Vec::new();
    stage.scope.stats(|stats| {
        rows = stats.hosts().map(|(host, record)| (host, record.totals.succeeded, record.totals.failed)).collect();
    });
    assert_eq!(rows, [(0, 1, 0), (1, 1, 1)]);
}

#[test]
fn requests_that_are_never_taken_up_are_counted_as_failures() {
    let stage = Stage::slots(1);
    let play = stage.start(
        (0..5).map(|_| Input::to(0, [Reply::hang()])),
        BatchOptions { deadline: 50.0, ..BatchOptions::default() },
    );
    stage.run();
    let totals = totals(&stage);
    assert_eq!((play.sorted().len(), totals.started, totals.failed), (5, 5, 5));
}

#[test]
fn recent_failures_and_latencies_are_kept_by_host() {
    let stage = Stage::slots(4);
    let policy = |input: Input| input.with(|policy| policy.retry.limit = 0);
    let bad = move |id: u32| {
        policy(Input::to(0, [if id.is_multiple_of(4) { Reply::status(500, 100.0) } else { Reply::ok(100.0) }]))
    };
    stage.whole((0..8).map(bad).chain([policy(Input::to(1, [Reply::status(404, 20.0)]))]), BatchOptions::default());
    let now = stage.scope.now();
    stage.scope.stats(|stats| {
        let rows: Vec<_> = stats.hosts().map(|(_, record)| record).collect();
        assert_eq!((rows[0].sampling.failure_rate(now), rows[1].sampling.failure_rate(now)), (0.25, 0.0));
        let median = rows[0].latency.percentile(0.5);
        assert!((90.0..110.0).contains(&median), "{median}");
    });
}
