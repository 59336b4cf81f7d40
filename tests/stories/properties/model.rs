//! The state machine behind the slots against a plain list of who runs and who waits.

use std::iter::successors;

use fanfetch::core::admission::{Admission, GateId, HostId, LaneId, Limits, ROOT, Rate, TaskId, Ticket};
use fanfetch::core::rate_limit::RateLimit;
use fanfetch::core::{Instant, Millis};
use proptest::prelude::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    /// Through one of the open gates.
    Ask(usize, HostId, i8),
    Finish(usize),
    /// The latest grant comes to nothing.
    TakeBack,
    Leave(usize),
    /// A hook begins or ends on a slot.
    Lend(usize),
    Pass(u16),
    /// On to the time that was announced.
    Await,
    Concurrency(usize, u32),
    Pause(bool),
    /// Inside one of the open gates.
    Open(usize, Limits),
    /// For one who may have been sent by a hook.
    Invite(usize),
    Close(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..4usize, 0..4u32, -1..2i8).prop_map(|(gate, host, priority)| Step::Ask(gate, host, priority)),
        6 => (0..9usize).prop_map(Step::Finish),
        1 => Just(Step::TakeBack),
        3 => (0..9usize).prop_map(Step::Leave),
        3 => (0..9usize).prop_map(Step::Lend),
        3 => (0..90u16).prop_map(Step::Pass),
        3 => Just(Step::Await),
        1 => (0..4usize, 1..6u32).prop_map(|(gate, concurrency)| Step::Concurrency(gate, concurrency)),
        1 => prop::sample::select(vec![true, false, false]).prop_map(Step::Pause),
        2 => (0..4usize, limits()).prop_map(|(outer, limits)| Step::Open(outer, limits)),
        2 => (0..4usize).prop_map(Step::Invite),
        1 => (0..4usize).prop_map(Step::Close),
    ]
}

fn limits() -> impl Strategy<Value = Limits> {
    let rate = (1..4u32, 1..80u16, any::<bool>()).prop_map(|(limit, interval, per_host)| Rate {
        limit: RateLimit { limit, interval: f64::from(interval) },
        per_host,
    });
    (1..6u32, prop_oneof![Just(u32::MAX), 1..4u32], prop::option::of(rate))
        .prop_map(|(concurrency, per_host, rate)| Limits { concurrency, per_host, rate })
}

/// A gate, for as long as it is open or somebody goes through it.
struct Gate {
    id: GateId,
    outer: Option<usize>,
    limits: Limits,
    open: bool,
    nested: bool,
    starts: Vec<(HostId, Instant)>,
}

struct Running {
    gate: usize,
    host: HostId,
    lane: LaneId,
    since: Instant,
    held_by_hook: bool,
    /// On a slot that is held_by_hook.
    extra_slot: bool,
}

struct Waiter {
    task: TaskId,
    gate: usize,
    host: HostId,
    lane: LaneId,
    priority: i8,
    ticket: Ticket,
}

struct Model {
    machine: Admission,
    gates: Vec<Gate>,
    paused: bool,
    now: Instant,
    running: Vec<Running>,
    waiting: Vec<Waiter>,
    names: TaskId,
}

impl Model {
    fn new(limits: Limits) -> Self {
        let root = Gate { id: ROOT, outer: None, limits, open: true, nested: false, starts: vec![] };
        let machine = Admission::new(limits);
        Self {
            machine,
            gates: vec![root],
            paused: false,
            now: Instant::default(),
            running: vec![],
            waiting: vec![],
            names: 0,
        }
    }

    /// From the gate outward.
    fn path(&self, gate: usize) -> impl Iterator<Item = &Gate> {
        successors(Some(gate), |at| self.gates[*at].outer).map(|at| &self.gates[at])
    }

    fn open_gate(&self, nth: usize) -> usize {
        let open: Vec<_> = (0..self.gates.len()).filter(|gate| self.gates[*gate].open).collect();
        open[nth % open.len()]
    }

    /// Whether there is room for another of those that `of` picks.
    fn has_slot(&self, most: u32, nested: bool, of: impl Fn(&Running) -> bool) -> bool {
        let count = |is: &dyn Fn(&Running) -> bool| self.running.iter().filter(|it| of(it) && is(it)).count();
        let (running, held_by_hook, extra_slot) =
            (count(&|_| true), count(&|it| it.held_by_hook), count(&|it| it.extra_slot));
        running - extra_slot < most as usize || nested && extra_slot < held_by_hook
    }

    fn goes_through(&self, running: &Running, gate: &Gate) -> bool {
        self.path(running.gate).any(|other| other.id == gate.id)
    }

    fn has_slots(&self, gate: usize, host: HostId) -> bool {
        self.has_slots_as(self.gates[gate].nested, gate, host)
    }

    fn has_slots_as(&self, nested: bool, gate: usize, host: HostId) -> bool {
        !self.paused
            && self.path(gate).all(|gate| {
                self.has_slot(gate.limits.concurrency, nested, |running| self.goes_through(running, gate))
                    && self.has_slot(gate.limits.per_host, nested, |running| {
                        running.host == host && self.goes_through(running, gate)
                    })
            })
    }

    fn has_token(&self, gate: &Gate, host: HostId) -> bool {
        gate.limits.rate.is_none_or(|rate| {
            let counts = |start: &&(HostId, Instant)| {
                (!rate.per_host || start.0 == host) && start.1 + rate.limit.interval > self.now
            };
            gate.starts.iter().filter(counts).count() < rate.limit.limit as usize
        })
    }

    fn may_start(&self, gate: usize, host: HostId) -> bool {
        self.has_slots(gate, host) && self.path(gate).all(|gate| self.has_token(gate, host))
    }

    fn start(&mut self, gate: usize, host: HostId, lane: LaneId) {
        let extra_slot = self.gates[gate].nested && !self.has_slots_as(false, gate, host);
        self.running.push(Running { gate, host, lane, since: self.now, held_by_hook: false, extra_slot });
        let mut at = Some(gate);
        while let Some(gate) = at {
            self.gates[gate].starts.push((host, self.now));
            at = self.gates[gate].outer;
        }
    }

    fn ended(&mut self, running: &Running) {
        if running.held_by_hook {
            self.machine.hold_by_hook(running.lane, false);
        }
        // Slots are alike, and those that were extra_slot go back first.
        let other = self.running.iter_mut().find(|other| other.lane == running.lane && other.extra_slot);
        if let Some(other) = other.filter(|_| !running.extra_slot) {
            other.extra_slot = false;
        }
    }

    fn is_used(&self, gate: usize) -> bool {
        self.gates[gate].open
            || self.gates.iter().enumerate().any(|(inner, other)| other.outer == Some(gate) && self.is_used(inner))
            || self.running.iter().any(|running| running.gate == gate)
            || self.waiting.iter().any(|waiter| waiter.gate == gate)
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Ask(gate, host, priority) => {
                let gate = self.open_gate(gate);
                let lane = self.machine.retain(self.gates[gate].id, host);
                let alone = self.waiting.iter().all(|waiter| (waiter.gate, waiter.host) != (gate, host));
                let at_once = self.may_start(gate, host) && alone;
                let started = self.machine.start(lane, self.now);
                // A nested may find others in line whom only a slot of their own lets go; its turn comes at once.
                let in_line = self.gates[gate].nested && !started;
                assert!(started == at_once || in_line, "nobody overtakes, nobody waits in vain");
                if started {
                    return self.start(gate, host, lane);
                }
                let (task, ticket) = (self.names, self.machine.join(lane, f64::from(priority), self.names));
                self.names += 1;
                self.waiting.push(Waiter { task, gate, host, lane, priority, ticket });
            }
            Step::Finish(nth) if !self.running.is_empty() => {
                let running = self.running.remove(nth % self.running.len());
                self.ended(&running);
                self.machine.finish(running.lane);
                self.release(running.lane);
            }
            Step::TakeBack if self.running.last().is_some_and(|last| last.since == self.now) => {
                let Some(running) = self.running.pop() else { return };
                self.ended(&running);
                let mut at = Some(running.gate);
                while let Some(gate) = at {
                    let starts = &mut self.gates[gate].starts;
                    let place = starts.iter().rposition(|start| *start == (running.host, running.since));
                    starts.remove(place.expect("it started"));
                    at = self.gates[gate].outer;
                }
                self.machine.take_back(running.lane, running.since);
                self.release(running.lane);
            }
            Step::Leave(nth) if !self.waiting.is_empty() => {
                let waiter = self.waiting.remove(nth % self.waiting.len());
                self.machine.leave(waiter.ticket);
                self.release(waiter.lane);
            }
            Step::Lend(nth) if !self.running.is_empty() => {
                let nth = nth % self.running.len();
                let running = &mut self.running[nth];
                running.held_by_hook = !running.held_by_hook;
                self.machine.hold_by_hook(running.lane, running.held_by_hook);
            }
            Step::Pass(millis) => self.now = self.now + Millis::from(millis),
            Step::Await => {
                let time = self.machine.next_time(self.now);
                if time < Instant::NEVER {
                    assert!(time > self.now, "the announced time lies ahead");
                    let just_before = Instant::from_millis(time.as_millis().next_down());
                    assert_eq!(self.machine.next(just_before), None, "refused before the announced time");
                    self.now = time;
                }
            }
            Step::Concurrency(gate, concurrency) => {
                let gate = self.open_gate(gate);
                self.gates[gate].limits.concurrency = concurrency;
                self.machine.set_concurrency(self.gates[gate].id, concurrency);
            }
            Step::Pause(paused) => {
                self.paused = paused;
                self.machine.set_paused(paused);
            }
            Step::Open(outer, limits) => {
                let outer = self.open_gate(outer);
                let id = self.machine.open_gate(limits, self.gates[outer].id);
                let used =
                    (0..self.gates.len()).filter(|gate| self.is_used(*gate)).any(|gate| self.gates[gate].id == id);
                assert!(!used, "the number of a gate that is used");
                self.gates.push(Gate { id, outer: Some(outer), limits, open: true, nested: false, starts: vec![] });
            }
            Step::Invite(outer) => {
                let outer = self.open_gate(outer);
                let id = self.machine.open_nested(self.gates[outer].id);
                let outer = Some(outer);
                self.gates.push(Gate { id, outer, limits: Limits::NONE, open: true, nested: true, starts: vec![] });
            }
            Step::Close(gate) => {
                let gate = self.open_gate(gate);
                let holds = |other: &Gate| other.open && other.outer == Some(gate);
                if gate > 0 && !self.gates.iter().any(holds) {
                    self.gates[gate].open = false;
                    self.machine.close_gate(self.gates[gate].id);
                }
            }
            Step::Finish(_) | Step::TakeBack | Step::Leave(_) | Step::Lend(_) => {}
        }
    }

    fn release(&mut self, lane: LaneId) {
        assert_eq!(self.machine.release(lane, || self.now), None, "few are kept");
    }

    fn drain(&mut self) {
        while let Some(task) = self.machine.next(self.now) {
            let place = self.waiting.iter().position(|waiter| waiter.task == task).expect("one who waits");
            let Waiter { gate, host, lane, priority, .. } = self.waiting.remove(place);
            assert!(self.may_start(gate, host), "{task} starts above a limit");
            let ahead = |(other, waiter): (usize, &Waiter)| {
                (waiter.gate, waiter.host) == (gate, host)
                    && (waiter.priority > priority || waiter.priority == priority && other < place)
            };
            assert!(!self.waiting.iter().enumerate().any(ahead), "{task} overtakes");
            self.start(gate, host, lane);
        }
    }

    fn check(&self) {
        let could = self.waiting.iter().find(|waiter| self.may_start(waiter.gate, waiter.host));
        assert!(could.is_none(), "{} could start and was not named", could.unwrap().task);
        assert_eq!(self.machine.in_flight() as usize, self.running.len());
        assert_eq!(self.machine.queued() as usize, self.waiting.len());
        for host in 0..4 {
            let own = self.running.iter().filter(|running| running.host == host).count();
            assert_eq!(self.machine.in_flight_of(host) as usize, own);
        }
        let root = self.gates[0].limits;
        let own = self.running.iter().filter(|running| !running.extra_slot).count();
        let has_room = !self.paused && own < root.concurrency as usize;
        let own = |waiter: &Waiter| {
            let tokens = |gate: &Gate| {
                gate.id == ROOT && root.rate.is_some_and(|rate| !rate.per_host) || self.has_token(gate, waiter.host)
            };
            self.has_slots(waiter.gate, waiter.host) && self.path(waiter.gate).all(tokens)
        };
        let vacant = self.machine.is_vacant(ROOT, || self.now);
        assert!(!vacant || has_room && !self.waiting.iter().any(own), "a slot that somebody waits for");
        assert!(vacant || !has_room || !self.waiting.is_empty(), "a slot that nobody is offered");
        for gate in self.gates.iter().filter(|gate| gate.open) {
            let inside = |running: &&Running| self.goes_through(running, gate) && !running.extra_slot;
            let inside = self.running.iter().filter(inside).count();
            let vacant = self.machine.is_vacant(gate.id, || self.now);
            assert!(!vacant || has_room && inside < gate.limits.concurrency as usize, "a gate that is full");
        }
        if self.machine.next_time(self.now) == Instant::NEVER {
            let in_time = |waiter: &Waiter| self.has_slots(waiter.gate, waiter.host);
            assert!(!self.waiting.iter().any(in_time), "someone waits for a time that nobody announced");
        }
    }

    /// Everyone who waits has his turn in the end, whatever was before.
    fn wind_up(&mut self) {
        self.take(Step::Pause(false));
        for _ in 0..2000 {
            self.drain();
            self.check();
            if self.waiting.is_empty() && self.running.is_empty() {
                return;
            }
            self.take(if self.running.is_empty() { Step::Await } else { Step::Finish(0) });
        }
        panic!("{} wait for ever", self.waiting.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn the_admission_agrees_with_a_plain_list(limits in limits(), steps in prop::collection::vec(step(), 1..100)) {
        let mut model = Model::new(limits);
        for step in steps {
            model.take(step);
            model.drain();
            model.check();
        }
        model.wind_up();
    }
}
