//! The limits that calls stand behind.

use std::rc::Rc;

use crate::core::admission::{GateId, Limits, ROOT};
use crate::pipeline::Scope;

use super::host::WebHost;
use super::options::Options;

/// A set of limits, for as long as somebody stands behind it.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) scope: Rc<Scope<WebHost>>,
    pub(crate) id: GateId,
    outer: Option<Rc<Self>>,
}

impl Gate {
    /// One with nothing around it, and a scope of its own; `keeps_books` for statistics.
    pub(crate) fn outermost(options: &Options, keeps_books: bool) -> Rc<Self> {
        let scope = Scope::new(WebHost::new(options.hosts()), options.limits(), keeps_books);
        Rc::new(Self { scope, id: ROOT, outer: None })
    }

    /// The limits that the last layer of options adds, or `outer` itself where there are none.
    pub(crate) fn inside(outer: &Rc<Self>, options: &Options) -> Rc<Self> {
        let limits = options.limits();
        if limits == Limits::NONE {
            return Rc::clone(outer);
        }
        let id = outer.scope.admission(|admission| admission.open_gate(limits, outer.id));
        Rc::new(Self { scope: Rc::clone(&outer.scope), id, outer: Some(Rc::clone(outer)) })
    }

    /// Keeps to the rate of `other` from now on, together with all who do; `other` may be of another scope.
    pub(crate) fn keep_pace(&self, other: &Self) {
        let hosts = self.scope.host().hosts.clone();
        let name = move |host: u32| hosts.name(host.into()) as u64;
        let pace = other.scope.admission(|admission| admission.pace(other.id).map(|pace| pace.joined(name)));
        if let Some(pace) = pace {
            self.scope.admission(|admission| admission.keep_pace(self.id, pace));
        }
    }

    /// Drops all that is under way in its scope, where nothing of it can be woken or ended any more.
    #[cfg(feature = "npm")]
    pub(crate) fn abandon(&self) {
        self.scope.set_paused(true);
        self.scope.host().abandon();
        self.scope.abandon();
    }

    /// Most that may be in flight through it.
    pub(crate) fn concurrency(&self) -> u32 {
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
