//! Stories of redirects that are followed within an attempt.

use crate::sim::{End, Input, Reply, Stage};
use fanfetch::core::error::Failure;
use fanfetch::pipeline::batch::BatchOptions;

#[test]
fn redirects_are_followed_within_one_attempt() {
    for status in [301, 302, 303, 307, 308] {
        let stage = Stage::slots(1);
        let replies = [Reply::redirect(status, 10.0), Reply::redirect(status, 20.0), Reply::ok(30.0)];
        let play = stage.whole([Input::to(0, replies), Input::to(0, [Reply::ok(5.0)])], BatchOptions::default());
        assert_eq!(stage.starts(), [(0, 0.0), (0, 10.0), (0, 30.0), (1, 60.0)], "the slot is held throughout");
        assert_eq!(stage.hops.borrow().clone(), [(status, 0), (status, 1)]);
        let attempts = &play.sorted()[0].history.attempts;
        assert_eq!((attempts.len(), attempts[0].status, attempts[0].duration), (1, 200, 60.0));
    }
}

#[test]
fn a_redirect_that_leads_nowhere_is_the_response() {
    let stage = Stage::slots(1);
    let play = stage.whole([Input::to(0, [Reply::status(302, 10.0)])], BatchOptions::default());
    assert_eq!((play.failures(), stage.ends().len()), (vec![Some(Failure::Http { status: 302 })], 1));
    assert_eq!(stage.hops.borrow().clone(), [(302, 0)]);
}

#[test]
fn only_the_statuses_of_redirects_are_followed() {
    for status in [200, 300, 304, 306, 309, 404] {
        let stage = Stage::slots(1);
        stage.whole([Input::to(0, [Reply::status(status, 10.0)])], BatchOptions::default());
        assert_eq!((stage.starts().len(), stage.hops.borrow().len()), (1, 0), "{status}");
    }
}

#[test]
fn the_limit_of_an_attempt_covers_its_redirects() {
    let stage = Stage::slots(1);
    let input = Input::to(0, [Reply::redirect(302, 60.0)]).with(|policy| {
        policy.timeout.attempt = 150.0;
        policy.retry.limit = 0;
    });
    stage.whole([input], BatchOptions::default());
    assert_eq!(stage.ends(), [(60.0, End::Discarded), (120.0, End::Discarded), (150.0, End::Aborted)]);
}
