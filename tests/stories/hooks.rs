//! Stories of the user's own code on the way of a request: hooks, authorizations, schemas.

use std::rc::Rc;

use crate::sim::{End, Input, Play, Reply, Stage};
use fanfetch::core::error::{BodyFault, Failure, Phase};
use fanfetch::core::policy::ThrowHttpErrors;
use fanfetch::pipeline::batch::BatchOptions;

fn quick(id: u32, host: u32) -> Input {
    Input { id, ..Input::to(host, [Reply::ok(10.0)]) }
}

fn reviewed(id: u32, host: u32, after: f64) -> Input {
    Input { after_response: Some((after, None)), ..quick(id, host) }
}

fn unauthorized(replies: impl Into<Vec<Reply>>) -> Input {
    Input { refresh_auth: Some((30.0, Ok(()))), ..Input::to(0, replies) }
}

fn http(status: u16) -> Failure {
    Failure::Http { status }
}

#[test]
fn a_review_holds_the_slot() {
    let stage = Stage::slots(2);
    let inputs = [quick(0, 0), reviewed(1, 0, 40.0), quick(2, 0), quick(3, 0)];
    let play = stage.whole(inputs, BatchOptions::default());
    assert_eq!(play.times(), [10.0, 50.0, 20.0, 30.0]);
    assert_eq!(stage.peak(), 2);
}

#[test]
fn hooks_on_all_slots_let_nobody_of_the_same_batch_in() {
    let stage = Stage::slots(2);
    let play = stage.whole((0..6).map(|id| reviewed(id, 0, 40.0)), BatchOptions::default());
    assert_eq!((stage.peak(), play.times()), (2, vec![50.0, 50.0, 100.0, 100.0, 150.0, 150.0]));
}

#[test]
fn a_response_that_a_hook_gives_is_the_one_that_counts() {
    let stage = Stage::slots(1);
    stage.set_chance(0.0);
    let healed = Input { after_response: Some((5.0, Some(200))), ..Input::to(0, [Reply::status(500, 10.0)]) };
    let failed = Input { after_response: Some((5.0, Some(404))), ..Input::to(0, [Reply::ok(10.0)]) };
    let again = Input { after_response: Some((5.0, Some(503))), ..Input::to(0, [Reply::ok(10.0)]) };
    let play = stage.whole([healed, failed, again.with(|policy| policy.retry.limit = 1)], BatchOptions::default());
    assert_eq!(play.failures(), [None, Some(http(404)), Some(http(503))]);
    let statuses: Vec<Vec<_>> = play
        .sorted()
        .iter()
        .map(|outcome| outcome.history.attempts.iter().map(|attempt| attempt.status).collect())
        .collect();
    assert_eq!(statuses, [vec![200], vec![404], vec![503, 503]]);
}

#[test]
fn a_hook_that_throws_fails_its_own_request_alone() {
    let stage = Stage::slots(1);
    let throws = Input { reviewed: Err(Failure::Hook), ..reviewed(0, 0, 5.0) };
    let play = stage.whole([throws, quick(1, 0)], BatchOptions::default());
    assert_eq!((play.failures(), stage.starts()), (vec![Some(Failure::Hook), None], vec![(0, 0.0), (1, 15.0)]));
    assert_eq!(stage.ends()[0], (15.0, End::Aborted), "what is left of the response is not kept open");
}

#[test]
fn an_attempts_time_covers_its_review() {
    let stage = Stage::slots(1);
    let slow = reviewed(0, 0, f64::INFINITY).with(|policy| {
        policy.timeout.attempt = 60.0;
        policy.timeout.headers = 20.0;
        policy.retry.limit = 1;
    });
    stage.set_chance(0.0);
    let play = stage.whole([slow], BatchOptions::default());
    assert_eq!(play.failures(), [Some(Failure::Timeout { phase: Phase::Attempt })]);
    assert_eq!(stage.ends(), [(60.0, End::Aborted), (120.0, End::Aborted)]);
}

#[test]
fn a_refused_authorization_is_renewed_once() {
    let stage = Stage::slots(1);
    let input = unauthorized([Reply::status(401, 10.0), Reply::ok(10.0)]).with(|policy| policy.retry.limit = 0);
    let play = stage.whole([input], BatchOptions::default());
    let story = play.only().history;
    assert_eq!((stage.starts(), play.failures()), (vec![(0, 0.0), (0, 40.0)], vec![None]));
    let statuses: Vec<_> = story.attempts.iter().map(|attempt| (attempt.status, attempt.wait)).collect();
    assert_eq!((statuses, story.total), (vec![(401, None), (200, None)], 50.0));
}

#[test]
fn an_authorization_that_is_refused_anew_is_the_end() {
    let stage = Stage::slots(1);
    let play = stage.whole([unauthorized([Reply::status(401, 10.0)])], BatchOptions::default());
    assert_eq!((play.failures(), stage.renewed.borrow().len()), (vec![Some(http(401))], 1));
    assert_eq!((stage.starts().len(), play.end().0), (2, 50.0));
}

#[test]
fn a_renewal_is_nobodys_retry() {
    let stage = Stage::slots(1);
    stage.set_chance(0.5);
    let replies = [Reply::status(401, 10.0), Reply::status(503, 10.0), Reply::status(503, 10.0), Reply::ok(10.0)];
    let play = stage.whole([unauthorized(replies)], BatchOptions::default());
    let only = play.only();
    assert_eq!((only.ended, only.waits()), (Ok(()), vec![150.0, 300.0]), "the first retry waits like a first");
    // The other way round.
    let stage = Stage::slots(1);
    stage.set_chance(0.5);
    let replies = [Reply::status(503, 10.0), Reply::status(401, 10.0), Reply::status(503, 10.0), Reply::ok(10.0)];
    let play = stage.whole([unauthorized(replies)], BatchOptions::default());
    assert_eq!((play.only().ended, play.only().waits()), (Ok(()), vec![150.0, 300.0]));
}

#[test]
fn a_renewal_holds_no_slot() {
    let stage = Stage::slots(1);
    let play =
        stage.whole([unauthorized([Reply::status(401, 10.0), Reply::ok(10.0)]), quick(1, 0)], BatchOptions::default());
    assert_eq!((stage.starts(), play.end().0), (vec![(0, 0.0), (1, 10.0), (0, 40.0)], 50.0));
}

#[test]
fn nothing_is_renewed_that_cannot_be_sent_again() {
    let stage = Stage::slots(1);
    let input = unauthorized([Reply::status(401, 10.0), Reply::ok(10.0)]);
    let play = stage.whole([input], BatchOptions { max_fetches: 1, ..BatchOptions::default() });
    assert_eq!((play.failures(), stage.renewed.borrow().len()), (vec![Some(http(401))], 0));
}

#[test]
fn a_renewal_that_throws_or_never_comes_ends_the_request() {
    let stage = Stage::slots(1);
    let throws = Input { refresh_auth: Some((30.0, Err(Failure::Hook))), ..unauthorized([Reply::status(401, 10.0)]) };
    let hangs = Input { refresh_auth: Some((f64::INFINITY, Ok(()))), ..unauthorized([Reply::status(401, 10.0)]) };
    let play = stage.whole([throws, hangs.with(|policy| policy.timeout.total = 100.0)], BatchOptions::default());
    assert_eq!(play.failures(), [Some(Failure::Hook), Some(Failure::Timeout { phase: Phase::Total })]);
    assert_eq!(play.times(), [40.0, 110.0]);
}

#[test]
fn a_tolerated_refusal_is_renewed_all_the_same() {
    let stage = Stage::slots(1);
    let input = unauthorized([Reply::status(401, 10.0), Reply::ok(10.0)]);
    let play =
        stage.whole([input.with(|policy| policy.throw_http_errors = ThrowHttpErrors::No)], BatchOptions::default());
    assert_eq!((play.failures(), play.only().history.attempts.len()), (vec![None], 2));
}

#[test]
fn data_that_fit_are_a_success_and_others_a_failure() {
    let stage = Stage::slots(1);
    let checked = |fits| Input { validate: Some((20.0, fits)), ..Input::to(0, [Reply::ok(10.0)]) };
    let inputs = [Ok(()), Err(Failure::Body(BodyFault::Schema)), Err(Failure::Hook)].map(checked);
    let play = stage.whole(inputs, BatchOptions::default());
    assert_eq!(play.failures(), [None, Some(Failure::Body(BodyFault::Schema)), Some(Failure::Hook)]);
    assert_eq!(
        (play.times(), stage.starts().len()),
        (vec![30.0, 40.0, 50.0], 3),
        "no slot is held, nothing sent again"
    );
    let stories = play.sorted().into_iter().map(|outcome| (outcome.history.total, outcome.history.attempts[0].failure));
    let unfit = Some(Failure::Body(BodyFault::Schema));
    assert_eq!(stories.collect::<Vec<_>>(), [(30.0, None), (30.0, unfit), (30.0, None)]);
}

#[test]
fn a_validation_that_never_ends_is_ended_by_the_total() {
    let stage = Stage::slots(1);
    let input = Input { validate: Some((f64::INFINITY, Ok(()))), ..quick(0, 0) };
    let play = stage.whole([input.with(|policy| policy.timeout.total = 100.0), quick(1, 0)], BatchOptions::default());
    assert_eq!(play.failures(), [Some(Failure::Timeout { phase: Phase::Total }), None]);
    assert_eq!(play.times(), [100.0, 20.0]);
}

#[test]
fn hooks_are_told_of_a_retry_after_its_wait() {
    let stage = Stage::slots(1);
    stage.set_chance(0.5);
    let input =
        Input { before_retry: Some((40.0, Ok(()))), ..Input::to(0, [Reply::status(503, 10.0), Reply::ok(10.0)]) };
    let play = stage.whole([input], BatchOptions::default());
    assert_eq!((stage.starts()[1].1, play.only().history.waited), (200.0, 150.0));
}

#[test]
fn no_wait_is_begun_for_which_the_reading_of_an_error_leaves_no_time() {
    let stage = Stage::slots(1);
    stage.set_chance(0.5);
    let reply = |status| Reply::status(status, 10.0).body([(60.0, 5.0)]);
    let told = || Input { before_retry: Some((5.0, Ok(()))), ..Input::to(0, [reply(503)]) };
    let failing = told().with(|policy| policy.timeout.total = 200.0);
    let tolerated = told().with(|policy| {
        policy.timeout.total = 200.0;
        policy.throw_http_errors = ThrowHttpErrors::No;
    });
    let play = stage.whole([failing, tolerated], BatchOptions::default());
    assert_eq!((play.failures(), play.times()), (vec![Some(http(503)), None], vec![70.0, 140.0]));
    let stories: Vec<_> = play.sorted().into_iter().map(|outcome| outcome.history).collect();
    assert!(stories.iter().all(|story| story.attempts.len() == 1 && story.attempts[0].wait.is_none()));
    assert_eq!(stories[1].bytes, Some(5.0));
}

#[test]
fn a_hook_that_throws_before_a_retry_ends_the_request() {
    let stage = Stage::slots(1);
    stage.set_chance(0.0);
    let input = Input { before_retry: Some((40.0, Err(Failure::Hook))), ..Input::to(0, [Reply::status(503, 10.0)]) };
    let play = stage.whole([input], BatchOptions::default());
    assert_eq!((play.failures(), stage.starts().len(), play.end().0), (vec![Some(Failure::Hook)], 1, 50.0));
}

#[test]
fn an_abort_ends_hooks_at_once() {
    let stage = Stage::slots(9);
    let never = f64::INFINITY;
    let busy = || Reply::status(503, 10.0);
    let inputs = [
        reviewed(0, 0, never),
        Input { refresh_auth: Some((never, Ok(()))), ..Input::to(0, [Reply::status(401, 10.0)]) },
        Input { validate: Some((never, Ok(()))), ..quick(2, 0) },
        Input { before_retry: Some((never, Ok(()))), ..Input::to(0, [busy().asking(0.0)]) },
        Input { should_retry: Some((never, None)), ..Input::to(0, [busy()]) },
        Input { before_request: Some(never), ..quick(5, 0) },
    ];
    let play = stage.start(inputs, BatchOptions::default());
    let failing: Rc<Play> = Rc::clone(&play);
    stage.at(50.0, move |_| failing.batch.fail("enough"));
    stage.run();
    assert_eq!((play.end(), play.sorted().len(), stage.starts().len()), ((50.0, Err("enough")), 0, 5));
    assert_eq!(stage.ends()[0], (50.0, End::Aborted));
}
