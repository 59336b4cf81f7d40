//! A fetch that identical requests share: the first begins it, each leaves alone, and with the last it is aborted.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::core::Instant;
use crate::core::error::{Failure, Phase};

use super::batch::Batch;
use super::errand::{Bounds, Errand};
use super::host::Host;
use super::request;
use super::scope::Scope;
use super::seat::Seat;
use super::story::Story;

/// One fetch for several, with a seat and a wire of its own.
pub(super) struct Flight<H: Host> {
    /// Whose budget it spends, and whose gate it goes through.
    batch: Rc<Batch<H>>,
    seat: Rc<Seat>,
    wire: Cell<Option<H::Wire>>,
    bounds: Cell<Bounds>,
    /// Who waits for it. It stands for the first of them: the others are queued, as long as it is under way.
    passengers: RefCell<Vec<Passenger<H>>>,
    landed: RefCell<Option<(Story, Result<(), Failure>)>>,
}

struct Passenger<H: Host> {
    seat: Rc<Seat>,
    batch: Rc<Batch<H>>,
}

impl<H: Host> Batch<H> {
    /// Shares the fetch of an identical request that is under way, or begins one that others may share.
    ///
    /// # Errors
    /// That of the fetch, or what made this request leave it.
    pub(super) async fn share(
        self: &Rc<Self>,
        key: u32,
        errand: &Errand<'_, H>,
        story: &mut Story,
    ) -> Result<(), Failure> {
        // Nothing is sent for a request whose signal is aborted already.
        errand.seat.check()?;
        loop {
            let ended = self.ride(key, errand, story).await;
            // It may be the budget of another batch that is spent.
            if ended != Err(Failure::Budget) || !self.may_spend() {
                return ended;
            }
        }
    }

    async fn ride(self: &Rc<Self>, key: u32, errand: &Errand<'_, H>, story: &mut Story) -> Result<(), Failure> {
        let Errand { seat, wire, .. } = *errand;
        let scope = self.scope();
        let known = scope.flight(key);
        let waits = known.is_some().then(|| self.waiting(seat));
        let flight = match known {
            Some(flight) => {
                flight.bounds.set(flight.bounds.get().later(errand.bounds.get()));
                scope.books(|stats| stats.totals.deduplicated += 1);
                scope.pump();
                flight
            }
            None => self.launch(key, errand),
        };
        flight.board(self, seat);
        let (end, late) = errand.end();
        scope.expire(seat, end, Some(late));
        let has_landed = || flight.landed.borrow().is_some();
        let left = seat.until(&has_landed).await.map_err(|why| flight.told(why));
        scope.expire(seat, Instant::NEVER, None);
        drop(waits);
        if let Err(why) = left
            && flight.passengers.borrow().len() == 1
            && !has_landed()
        {
            // It ends in a turn or two, and tells what it had come to.
            scope.ground(key, &flight);
            flight.seat.interrupt(why);
            seat.wait_out(&has_landed).await;
        }
        if !has_landed() {
            flight.leave(seat);
        }
        let landed = flight.landed.borrow();
        let Some((told, ended)) = &*landed else {
            return left.and(Err(Failure::Aborted));
        };
        // What began before this one was taken up began at once, as far as it is concerned.
        let began = told.taken_up.as_millis() - story.taken_up.as_millis();
        story.clone_from(&Story { taken_up: story.taken_up, total: scope.now().since(story.taken_up), ..told.clone() });
        story.attempts.iter_mut().for_each(|attempt| attempt.started_at = (attempt.started_at + began).max(0.0));
        flight.with_wire(|shared| scope.host().copy(shared, wire));
        left.and(*ended)
    }

    fn launch(self: &Rc<Self>, key: u32, errand: &Errand<'_, H>) -> Rc<Flight<H>> {
        let scope = self.scope();
        let (seat, wire) = scope.seat();
        let twin = scope.host().twin(errand.request, errand.wire, &wire);
        let flight = Rc::new(Flight {
            batch: Rc::clone(self),
            seat,
            wire: Cell::new(Some(wire)),
            bounds: Cell::new(errand.bounds.get()),
            passengers: RefCell::default(),
            landed: RefCell::default(),
        });
        scope.depart(key, Rc::clone(&flight));
        // Until it has asked for its slot, nobody is pulled in to take it.
        let claim = scope.claim(self.gate());
        let (batch, flying) = (Rc::clone(self), Rc::clone(&flight));
        scope.host().spawn(async move {
            drop(claim);
            batch.fly(key, flying, &twin).await;
        });
        flight
    }

    async fn fly(self: Rc<Self>, key: u32, flight: Rc<Flight<H>>, request: &H::Request) {
        let (scope, host) = (self.scope(), self.scope().host());
        let Some(wire) = flight.wire.take() else { return };
        let mut story = Story::default();
        story.restart(scope.now());
        let policy = host.policy(request);
        let errand = Errand {
            batch: &self,
            seat: &flight.seat,
            wire: &wire,
            request,
            policy,
            bounds: &flight.bounds,
            shared: true,
        };
        let ended = request::run(&errand, &mut story).await.map(|_| ());
        if ended.is_err() {
            scope.expire(&flight.seat, Instant::NEVER, None);
        }
        if ended.is_err_and(Failure::is_final) {
            host.abort(&wire);
        }
        flight.wire.set(Some(wire));
        scope.ground(key, &flight);
        flight.landed.replace(Some((story, ended)));
        let seats: Vec<_> = flight.passengers.borrow().iter().map(|one| Rc::clone(&one.seat)).collect();
        seats.iter().for_each(|seat| seat.wake());
    }
}

impl<H: Host> Scope<H> {
    fn flight(&self, key: u32) -> Option<Rc<Flight<H>>> {
        self.flights.borrow().get(key as usize)?.clone()
    }

    fn depart(&self, key: u32, flight: Rc<Flight<H>>) {
        let mut flights = self.flights.borrow_mut();
        let place = key as usize;
        if flights.len() <= place {
            flights.resize(place + 1, None);
        }
        flights[place] = Some(flight);
    }

    /// Nobody joins the flight any more.
    fn ground(&self, key: u32, flight: &Rc<Flight<H>>) {
        let known = self.flight(key).is_some_and(|known| Rc::ptr_eq(&known, flight));
        if known {
            let gone = self.flights.borrow_mut().get_mut(key as usize).and_then(Option::take);
            drop(gone);
            self.host().land(key);
        }
    }
}

impl<H: Host> Flight<H> {
    fn board(&self, batch: &Rc<Batch<H>>, seat: &Rc<Seat>) {
        self.passengers.borrow_mut().push(Passenger { seat: Rc::clone(seat), batch: Rc::clone(batch) });
    }

    fn leave(&self, seat: &Rc<Seat>) {
        let mut passengers = self.passengers.borrow_mut();
        let Some(place) = passengers.iter().position(|other| Rc::ptr_eq(&other.seat, seat)) else { return };
        passengers.remove(place);
        if let Some(first) = passengers.first().filter(|_| place == 0) {
            drop(first.batch.waiting(&first.seat));
        }
    }

    /// Why somebody leaves it: with `timeout.total` spent in the queue only where it has sent nothing yet.
    fn told(&self, why: Failure) -> Failure {
        match why {
            Failure::Timeout { phase: Phase::Queue } if self.bounds.get().sent => {
                Failure::Timeout { phase: Phase::Total }
            }
            why => why,
        }
    }

    fn with_wire(&self, look: impl FnOnce(&H::Wire)) {
        if let Some(wire) = self.wire.take() {
            look(&wire);
            self.wire.set(Some(wire));
        }
    }
}

impl<H: Host> Drop for Flight<H> {
    fn drop(&mut self) {
        if let Some(wire) = self.wire.take() {
            let scope = self.batch.scope();
            scope.vacate(Rc::clone(&self.seat), wire);
        }
    }
}
