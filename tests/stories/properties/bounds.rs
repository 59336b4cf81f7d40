//! What must be true of all requests together: limits at every moment, one result for each input.

use fanfetch::core::admission::Limits;
use fanfetch::core::error::Failure;
use fanfetch::core::{Instant, Millis};

use super::oracle::{at, end_of};
use super::random::{Case, Drawn};
use crate::sim::Fetch;

/// Checks all gates and batches of a case that has run to its end.
pub(crate) fn check(case: &Case) {
    check_cancelled(case);
    case.batches.iter().for_each(|drawn| check_batch(case, drawn));
    let log = case.stage.log.borrow();
    let all: Vec<_> = (0..log.len()).collect();
    check_gate(&log, &all, &case.limits, |time| concurrency_at(case, time));
    for drawn in &case.batches {
        let Some(limits) = drawn.gate else { continue };
        let ids: Vec<_> = drawn.inputs.iter().map(|input| input.id).collect();
        let own: Vec<_> = (0..log.len()).filter(|place| ids.contains(&log[*place].id)).collect();
        check_gate(&log, &own, &limits, |_| limits.concurrency);
    }
}

/// The highest limit that holds in a moment: at its change both do.
fn concurrency_at(case: &Case, time: Instant) -> u32 {
    let time = time.as_millis();
    let mut changes = case.concurrency.clone();
    changes.sort_by(|one, other| one.0.total_cmp(&other.0));
    let until = |place: usize| changes.get(place + 1).map_or(Millis::INFINITY, |next| next.0);
    let holds = |place: &usize| changes[*place].0 <= time && time <= until(*place);
    (0..changes.len()).filter(holds).map(|place| changes[place].1).max().expect("a limit at any time")
}

fn check_gate(log: &[Fetch], own: &[usize], limits: &Limits, concurrency: impl Fn(Instant) -> u32) {
    let mut live: Vec<usize> = Vec::new();
    for place in own {
        let fetch = &log[*place];
        live.retain(|other| log[*other].end.expect("every fetch ends").0 > fetch.start);
        let most = concurrency(fetch.start) as usize;
        assert!(live.len() < most, "{} beside {fetch:?}", live.len());
        let same = live.iter().filter(|other| log[**other].host == fetch.host).count();
        assert!(same < limits.per_host as usize, "{same} at one host beside {fetch:?}");
        live.push(*place);
    }
    let Some(rate) = limits.rate else { return };
    for host in 0..4 {
        let starts = own.iter().map(|place| &log[*place]).filter(|fetch| !rate.per_host || fetch.host == host);
        let starts: Vec<_> = starts.map(|fetch| fetch.start).collect();
        for (early, late) in starts.iter().zip(starts.iter().skip(rate.limit.limit as usize)) {
            assert!(*late >= *early + rate.limit.interval, "{early:?} and {late:?} are too many in one window");
        }
    }
}

/// Whoever was in a cancelled queue was aborted in that moment, and nobody else.
fn check_cancelled(case: &Case) {
    let is_plain = |drawn: &Drawn| {
        let aborted = drawn.inputs.iter().any(|input| input.aborted || input.host.is_err());
        !drawn.signalled && !drawn.throws && !drawn.options.stop_on_error && drawn.aborted.is_none() && !aborted
    };
    if case.late > 0.0 || !case.batches.iter().all(is_plain) {
        return;
    }
    for (time, count) in case.cancelled.borrow().iter() {
        let results = case.batches.iter().flat_map(|drawn| drawn.play.sorted());
        let aborted = results.filter(|outcome| outcome.ended == Err(Failure::Aborted));
        let times: Vec<_> = aborted.map(|outcome| outcome.at).collect();
        assert_eq!((times.len(), times.iter().all(|at| at == time)), (*count as usize, true), "{times:?} at {time:?}");
    }
}

/// One result per input, each index once; a batch that ends early starts nothing more.
fn check_batch(case: &Case, drawn: &Drawn) {
    let Drawn { play, inputs, options, .. } = drawn;
    let (results, (ended, how)) = (play.sorted(), play.end());
    let log = case.stage.log.borrow();
    let own: Vec<_> = log.iter().filter(|fetch| inputs.iter().any(|input| input.id == fetch.id)).collect();
    assert!(own.len() <= options.max_fetches as usize, "more fetches than the budget has");
    for fetch in own {
        let input = inputs.iter().find(|input| input.id == fetch.id).expect("its input");
        // What others share goes on for them, and what was handed out for whoever reads it.
        if input.key.is_none() {
            let end = end_of(fetch).0;
            assert!(end <= at(ended) || input.is_handed_out() && how.is_ok(), "a fetch outlives its batch");
            assert!(end <= drawn.deadline() + case.late, "a fetch outlives the deadline");
            assert!(fetch.start < drawn.deadline(), "a start at or after the deadline");
            let stopped = [drawn.aborted, case.closed].into_iter().flatten().map(at);
            assert!(stopped.fold(Instant::NEVER, Instant::min) >= end, "a fetch outlives the end of its client");
        }
    }
    assert!(options.single || at(ended) <= drawn.deadline() + case.late, "it outlives its deadline");
    assert!(play.source.closed.get() <= 1);
    for (place, outcome) in results.iter().enumerate() {
        let input = &inputs[outcome.index as usize];
        assert_eq!(outcome.id, input.id, "the result of another input");
        assert!(how.is_err() || outcome.index as usize == place, "an index is missing");
    }
    match how {
        Ok(()) => {
            let may_give_up = options.deadline < f64::INFINITY || case.ends_early();
            let given_up = may_give_up && play.source.closed.get() == 1;
            assert!(!given_up || play.source.slow, "what is at hand has its results");
            assert!(!drawn.throws || given_up, "what the source threw is lost");
            assert_eq!(results.len(), play.source.pulled.get() as usize, "one result per input");
            assert!(given_up || results.len() == inputs.len(), "inputs were left");
        }
        Err("enough") => assert_eq!(drawn.aborted, Some(ended), "it ends in the moment of its abort"),
        Err("broken") => assert!(drawn.throws),
        Err(_) => {
            assert!(options.stop_on_error);
            let failed = play.results.borrow().last().cloned().expect("the failure that ended it");
            assert!(failed.ended.is_err() && failed.at == at(ended));
        }
    }
    let failures = results.iter().filter(|outcome| outcome.ended.is_err()).count();
    assert!(!options.stop_on_error || failures <= 1, "it stops at the first failure");
}
