//! Statistics of each host: counters, recent failures and latencies, in memory that does not grow.

pub mod failure_rate;
pub mod histogram;

use crate::core::admission::HostId;
use crate::core::time::{Instant, Millis};
use failure_rate::Sampling;
use histogram::Histogram;

/// Counters of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Totals {
    /// Requests begun.
    pub started: u32,
    /// Successful requests.
    pub succeeded: u32,
    /// Failed requests.
    pub failed: u32,
    /// Attempts beyond the first.
    pub retries: u32,
    /// Requests that shared the fetch of another.
    pub deduplicated: u32,
    /// Decoded body bytes read.
    pub bytes: f64,
}

/// Statistics of one host.
#[derive(Clone, Debug, Default)]
pub struct HostRecord {
    /// Counters of the host.
    pub totals: Totals,
    /// Recent attempts.
    pub sampling: Sampling,
    /// Durations of answered attempts.
    pub latency: Histogram,
}

/// Statistics of a client.
#[derive(Debug, Default)]
pub struct Stats {
    /// Counters of all hosts together.
    pub totals: Totals,
    hosts: Vec<Option<Box<HostRecord>>>,
}

impl Stats {
    /// Counts a request that begins; `host` is absent where it cannot be sent.
    pub fn begin(&mut self, host: Option<HostId>) {
        self.totals.started += 1;
        if let Some(record) = host.and_then(|host| self.of(host)) {
            record.totals.started += 1;
        }
    }

    /// Adds a finished attempt; `failed` if the host is to blame, `answered` if there was a response.
    pub fn attempt(&mut self, host: HostId, now: Instant, duration: Millis, failed: bool, answered: bool) {
        let Some(record) = self.of(host) else { return };
        record.sampling.add(now, failed);
        if answered {
            record.latency.add(duration);
        }
    }

    /// Adds a finished request.
    pub fn end(&mut self, host: Option<HostId>, success: bool, retries: u32, bytes: f64) {
        let add = |totals: &mut Totals| {
            totals.succeeded += u32::from(success);
            totals.failed += u32::from(!success);
            totals.retries += retries;
            totals.bytes += bytes;
        };
        add(&mut self.totals);
        if let Some(record) = host.and_then(|host| self.of(host)) {
            add(&mut record.totals);
        }
    }

    /// Forgets a host, whose number may be reused.
    pub fn forget(&mut self, host: HostId) {
        if let Some(record) = self.hosts.get_mut(host as usize) {
            *record = None;
        }
    }

    /// Iterates over the known hosts and their numbers.
    pub fn hosts(&self) -> impl Iterator<Item = (HostId, &HostRecord)> {
        self.hosts.iter().enumerate().filter_map(|(host, record)| Some((host as HostId, record.as_deref()?)))
    }

    fn of(&mut self, host: HostId) -> Option<&mut HostRecord> {
        let place = host as usize;
        if self.hosts.len() <= place {
            self.hosts.resize(place + 1, None);
        }
        self.hosts.get_mut(place).map(|record| &mut **record.get_or_insert_with(Box::default))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use crate::testing::test;

    #[test]
    fn a_host_has_its_share_of_the_totals() {
        let mut stats = Stats::default();
        (0..3).for_each(|host| stats.begin(Some(host)));
        stats.begin(None);
        stats.end(Some(0), true, 1, 10.0);
        stats.end(Some(2), false, 2, 0.0);
        stats.end(None, false, 0, 0.0);
        let of = |wanted: HostId| stats.hosts().find(|(host, _)| *host == wanted).unwrap().1.totals;
        assert_eq!((of(0).succeeded, of(0).retries, of(0).bytes, of(2).failed), (1, 1, 10.0, 1));
        assert_eq!((stats.totals.started, stats.totals.failed, stats.totals.retries), (4, 2, 3));
    }

    #[test]
    fn a_forgotten_host_leaves_the_totals_as_they_are() {
        let mut stats = Stats::default();
        stats.begin(Some(5));
        stats.end(Some(5), true, 0, 1.0);
        stats.forget(5);
        assert_eq!((stats.hosts().count(), stats.totals.succeeded), (0, 1));
    }

    #[test]
    fn only_answers_tell_of_latency() {
        let mut stats = Stats::default();
        stats.attempt(0, Instant::default(), 100.0, true, false);
        assert_eq!(stats.hosts().next().unwrap().1.latency.percentile(0.5), 0.0);
        assert_eq!(stats.hosts().next().unwrap().1.sampling.failure_rate(Instant::default()), 1.0);
    }
}
