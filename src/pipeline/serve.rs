//! The tasks of a batch: each takes requests, one after the other, to their results.

use std::cell::Cell;
use std::rc::Rc;

use crate::core::Instant;
use crate::core::error::Failure;

use super::batch::Batch;
use super::errand::{Bounds, Errand};
use super::host::Host;
use super::open::Open;
use super::rarely::rarely;
use super::request;
use super::scope::Intake;
use super::seat::Seat;
use super::story::Story;

impl<H: Host> Batch<H> {
    /// One task: requests, one after the other.
    pub(super) async fn serve(self: Rc<Self>) {
        let me: Rc<dyn Intake> = Rc::clone(&self) as Rc<dyn Intake>;
        let (seat, wire) = self.scope.seat();
        self.seats.borrow_mut().push(Rc::clone(&seat));
        let mut story = Story::default();
        while self.may_pull() {
            if self.scope.is_tired(story.taken_up) {
                rarely(self.breathe(&seat, &wire)).await;
                continue;
            }
            let Some((index, request)) = self.pull(&seat, &wire).await else { break };
            if let Some(why) = self.closing() {
                // It was closed before it began.
                seat.interrupt(why);
            }
            story.restart(self.scope.now());
            self.settle(index, &seat, &wire, request, &mut story).await;
            if self.over.get() || !self.scope.is_turn_of(&me) {
                break;
            }
            self.pulling.set(true);
        }
        self.seats.borrow_mut().retain(|other| !Rc::ptr_eq(other, &seat));
        self.scope.vacate(seat, wire);
        self.scope.pump();
        self.tell_keeper();
    }

    /// Takes a request to its result, and waits for the end of a body that it hands out.
    async fn settle(
        self: &Rc<Self>,
        index: u32,
        seat: &Rc<Seat>,
        wire: &H::Wire,
        request: H::Request,
        story: &mut Story,
    ) {
        let (scope, host) = (&self.scope, self.scope.host());
        let policy = host.policy(&request);
        let (taken_up, total, deadline) = (story.taken_up, policy.timeout.total, self.deadline);
        let bounds = Cell::new(Bounds { taken_up, total, deadline, sent: false });
        let errand = Errand { batch: self, seat, wire, request: &request, policy, bounds: &bounds, shared: false };
        let place = host.host_of(&request).ok();
        scope.books(|stats| stats.begin(place));
        let ended = match host.key_of(wire, &request) {
            None => request::run(&errand, story).await,
            Some(key) => rarely(self.share(key, &errand, story)).await.map(|()| None),
        };
        if ended.is_err() {
            story.total = scope.now().since(story.taken_up);
            // It may have left before its time, which must not ring for the next.
            scope.expire(seat, Instant::NEVER, None);
        }
        if matches!(&ended, Err(failure) if failure.is_final()) {
            // Whatever it waited for must not be heard by the next request.
            host.abort(wire);
        }
        let (open, ended) = match ended {
            Ok(open) => (open, Ok(())),
            Err(failure) => (None, Err(failure)),
        };
        let mut ok = ended.is_ok();
        // What ends a body that is handed out before anybody reads it.
        let mut stopped = None;
        if !self.over.get() {
            let mut outcome = host.outcome(index, wire, &request, story, ended);
            if host.announces(&request) {
                (outcome, stopped) = rarely(announced(&errand, outcome)).await;
                ok = host.error_of(&outcome).is_none();
            }
            if !self.over.get() {
                self.deliver(index, outcome, ok, story);
            }
        }
        scope.books(|stats| stats.end(place, ok, story.retries(), story.bytes.unwrap_or(0.0)));
        if let Some(open) = open {
            let stopped = match stopped {
                None if !ok => Some(Failure::Hook),
                None if self.over.get() => Some(Failure::Aborted),
                stopped => stopped,
            };
            rarely(self.linger(open, &errand, stopped)).await;
        }
    }

    async fn linger(&self, open: Open<H>, errand: &Errand<'_, H>, stopped: Option<Failure>) {
        self.lingering.set(self.lingering.get() + 1);
        self.tell_keeper();
        if let Some(why) = stopped {
            errand.seat.interrupt(why);
        }
        open.linger(errand).await;
        self.lingering.set(self.lingering.get() - 1);
    }

    /// What a closing batch has left is its keeper's to fail; a single request fails by itself.
    fn may_pull(&self) -> bool {
        let may = self.terms.single || self.closing().is_none();
        if !may {
            self.pulling.set(false);
        }
        may
    }

    async fn pull(&self, seat: &Rc<Seat>, wire: &H::Wire) -> Option<(u32, H::Request)> {
        seat.restart();
        // It may have ended between being asked to pull and doing so.
        if self.over.get() || self.exhausted.get() {
            self.pulling.set(false);
            return None;
        }
        self.puller.set(Some(seat.id));
        let host = self.scope.host();
        let stopped = match host.pull(&self.source, wire) {
            // What it came to is in `pulled`, whatever that was.
            Some(work) => seat.during(work).await.is_err() && seat.check().is_err(),
            None => false,
        };
        self.puller.set(None);
        self.pulling.set(false);
        if self.terms.single {
            self.exhausted.set(true);
        }
        if stopped {
            host.abort(wire);
            return None;
        }
        match host.pulled(&self.source, wire) {
            Ok(Some(request)) if !self.over.get() => {
                let index = self.pulled.get();
                self.pulled.set(index + 1);
                return Some((index, request));
            }
            Ok(Some(_)) => {}
            Ok(None) => self.exhausted.set(true),
            Err(thrown) => {
                self.exhausted.set(true);
                self.fail(thrown);
            }
        }
        None
    }

    fn deliver(&self, index: u32, outcome: H::Outcome, ok: bool, story: &Story) {
        let ends = !ok && self.terms.stop_on_error;
        let error = ends.then(|| self.scope.host().error_of(&outcome)).flatten();
        let mut tally = self.tally.get();
        tally.add(ok, story);
        self.tally.set(tally);
        self.sink.deliver(index, outcome);
        self.moved();
        if let Some(error) = error {
            self.fail(error);
        }
    }

    /// No more is sent: at the deadline and when its client is closed, what is under way ends now; when its queue is
    /// cancelled, it goes on. Inputs not yet pulled have their result at once, but for those that take time to come and
    /// those of which nobody can say how many they are: their source is closed.
    pub(super) async fn give_up(&self, seat: &Rc<Seat>, wire: &H::Wire, why: Failure) {
        let host = self.scope.host();
        let is_late = matches!(why, Failure::Timeout { .. });
        if self.closing().is_none() {
            self.closing.set(Some(why));
        }
        if is_late {
            self.interrupt(why, |_| true);
        }
        let size = self.size();
        let mut story = Story::default();
        loop {
            // A list may have more than it says.
            let is_listed = size.is_some_and(|size| self.pulled.get() <= size);
            if (host.is_async(&self.source) || !is_late && !is_listed) && !self.exhausted.replace(true) {
                host.close(&self.source);
            }
            if self.exhausted.get() {
                return;
            }
            if seat.until(&|| self.exhausted.get() || self.sink.has_room()).await.is_err() {
                // Told something else meanwhile, which is in `closing` by now.
                seat.restart();
                continue;
            }
            if self.scope.is_tired(story.taken_up) {
                self.breathe(seat, wire).await;
            }
            let Some((index, request)) = self.pull(seat, wire).await else { continue };
            // An input whose own signal is aborted already tells the seat so; that ends it alone.
            seat.restart();
            story.restart(self.scope.now());
            let place = host.host_of(&request).ok();
            // Nobody else will, and a host that nobody gives up is never forgotten.
            drop(place.map(|place| self.scope.adopt(self.gate(), place)));
            self.scope.books(|stats| {
                stats.begin(place);
                stats.end(place, false, 0, 0.0);
            });
            let why = self.closing().unwrap_or(why);
            // The number of those that were cancelled was told.
            let is_bad = place.is_none() && why != Failure::Aborted;
            let ended = Err(if is_bad { Failure::Input } else { why });
            let mut outcome = host.outcome(index, wire, &request, &story, ended);
            if host.announces(&request) {
                let _ = seat.during(host.announce(wire, &request, outcome)).await;
                outcome = host.announced(wire);
            }
            self.deliver(index, outcome, false, &story);
        }
    }

    /// Lets the host have another turn.
    async fn breathe(&self, seat: &Rc<Seat>, wire: &H::Wire) {
        let _ = seat.during(self.scope.host().breathe(wire)).await;
        self.scope.note_rest();
    }
}

/// The result, after hooks were told of it: within the time that the request has left, should they take any; and what ended
/// that early.
async fn announced<H: Host>(errand: &Errand<'_, H>, outcome: H::Outcome) -> (H::Outcome, Option<Failure>) {
    let Errand { seat, wire, request, .. } = *errand;
    let host = errand.host();
    seat.restart();
    let heard = errand.asked(host.announce(wire, request, outcome)).await;
    errand.scope().expire(seat, Instant::NEVER, None);
    seat.restart();
    (host.announced(wire), heard.err().filter(|failure| failure.is_final()))
}
