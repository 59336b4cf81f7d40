//! Numbers by which gates, lanes, hosts and tasks are known.

/// Number of a gate; [`ROOT`] is the client's own.
pub type GateId = u32;
/// Number of a lane: one host behind one gate.
pub type LaneId = u32;
/// Number of a host: the shell assigns them from 0 and reuses those that [`Admission::release`](super::Admission::release)
/// returns.
pub type HostId = u32;
/// Number of a waiting task, returned by [`Admission::next`](super::Admission::next) when it may start.
pub type TaskId = u32;

/// The outermost gate, which every request passes.
pub const ROOT: GateId = 0;
/// No gate, no lane.
pub(super) const NONE: u32 = u32::MAX;

/// Position in the queue; [`Admission::leave`](super::Admission::leave) gives it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(pub(super) u32);
