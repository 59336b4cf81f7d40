//! Limits shared by calls.

use std::rc::Rc;

use crate::core::admission::{GateId, Limits, ROOT};
use crate::pipeline::Scope;

use super::host::WebHost;
use super::options::Options;

/// A set of limits. Dropping the last handle removes it from the scope.
#[derive(Debug)]
pub struct Gate {
    pub scope: Rc<Scope<WebHost>>,
    pub id: GateId,
    outer: Option<Rc<Self>>,
}

impl Gate {
    /// Makes an outermost gate with a scope of its own; `keeps_stats` for statistics.
    pub fn outermost(options: &Options, keeps_stats: bool) -> Rc<Self> {
        let scope = Scope::new(WebHost::new(options.hosts()), options.limits(), keeps_stats);
        Rc::new(Self { scope, id: ROOT, outer: None })
    }

    /// Makes a gate inside `outer` for the limits of the last layer of options; without any, that is `outer` itself.
    pub fn inside(outer: &Rc<Self>, options: &Options) -> Rc<Self> {
        let limits = options.limits();
        if limits == Limits::NONE {
            return Rc::clone(outer);
        }
        let id = outer.scope.admission(|admission| admission.open_gate(limits, outer.id));
        Rc::new(Self { scope: Rc::clone(&outer.scope), id, outer: Some(Rc::clone(outer)) })
    }

    /// Shares the rate limit of `other`, which may be of another scope, from now on.
    pub fn keep_pace(&self, other: &Self) {
        let hosts = self.scope.host().hosts.clone();
        let name = move |host: u32| hosts.name(host.into()) as u64;
        let pace = other.scope.admission(|admission| admission.shared_rate(other.id).map(|pace| pace.joined(name)));
        if let Some(pace) = pace {
            self.scope.admission(|admission| admission.share_rate(self.id, pace));
        }
    }

    /// Drops all tasks of the scope: its invocation has ended, and nothing can wake or end them any more.
    pub fn abandon(&self) {
        self.scope.set_paused(true);
        self.scope.host().abandon();
        self.scope.abandon();
    }

    /// Limit of requests in flight, with the gates around it.
    pub fn concurrency(&self) -> u32 {
        let own = self.scope.admission(|admission| admission.limits(self.id)).concurrency;
        self.outer.as_ref().map_or(own, |outer| own.min(outer.concurrency()))
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        if self.id != ROOT {
            self.scope.admission(|admission| admission.close_gate(self.id));
        }
    }
}
