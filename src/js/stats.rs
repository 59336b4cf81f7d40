//! The books of a client, as its user reads them.

use wasm_bindgen::prelude::*;

use crate::core::Millis;
use crate::core::admission::ROOT;
use crate::pipeline::Scope;

use super::host::WebHost;
use super::request::Hosts;

#[wasm_bindgen(module = "/src/js/stats.js")]
extern "C" {
    #[wasm_bindgen(js_name = makeStats)]
    fn make_stats(
        started: u32,
        succeeded: u32,
        failed: u32,
        retries: u32,
        deduplicated: u32,
        flying: u32,
        queued: u32,
        bytes: f64,
    ) -> JsValue;
    #[wasm_bindgen(js_name = addHost)]
    fn add_host(
        stats: &JsValue,
        hosts: &Hosts,
        host: u32,
        flying: u32,
        queued: u32,
        succeeded: u32,
        failed: u32,
        retries: u32,
        failure_rate: f64,
        cooldown: Millis,
        concurrency: u32,
        p50: Millis,
        p95: Millis,
        p99: Millis,
    );
}

/// Counters of all requests so far, and of each host that is known.
pub(super) fn stats_of(scope: &Scope<WebHost>) -> JsValue {
    let now = scope.now();
    let flying = scope.admission(|admission| admission.in_flight());
    let limits = scope.admission(|admission| admission.limits(ROOT));
    let queued = scope.queued();
    let mut stats = JsValue::UNDEFINED;
    scope.books(|books| {
        let all = books.totals;
        stats = make_stats(
            all.started,
            all.succeeded,
            all.failed,
            all.retries,
            all.deduplicated,
            flying,
            queued,
            all.bytes,
        );
        for (host, record) in books.hosts() {
            let own = record.totals;
            let (flying, queued, cooldown) = scope.admission(|admission| {
                (admission.in_flight_of(host), admission.queued_of(host), admission.cooldown_of(host, now))
            });
            let [p50, p95, p99] = [0.5, 0.95, 0.99].map(|share| record.latency.percentile(share));
            let rate = record.sampling.failure_rate(now);
            let most = limits.per_host.min(limits.concurrency);
            add_host(
                &stats,
                &scope.host().hosts,
                host,
                flying,
                queued,
                own.succeeded,
                own.failed,
                own.retries,
                rate,
                cooldown,
                most,
                p50,
                p95,
                p99,
            );
        }
    });
    stats
}
