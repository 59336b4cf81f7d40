//! Statistics of a client, as its user reads them.

use wasm_bindgen::prelude::*;

use crate::core::admission::ROOT;
use crate::pipeline::Scope;

use crate::js::host::WebHost;
use crate::js::input::Hosts;

#[wasm_bindgen(module = "/src/js/output/stats.js")]
extern "C" {
    type StatsBuilder;
    #[wasm_bindgen(constructor)]
    fn new(hosts: &Hosts) -> StatsBuilder;
    #[wasm_bindgen(method)]
    fn put(this: &StatsBuilder, number: f64);
    #[wasm_bindgen(method, getter)]
    fn stats(this: &StatsBuilder) -> JsValue;
}

/// Counters of all requests so far, and of each host that is known.
pub fn stats_of(scope: &Scope<WebHost>) -> JsValue {
    let now = scope.now();
    let in_flight = scope.admission(|admission| admission.in_flight());
    let limits = scope.admission(|admission| admission.limits(ROOT));
    let most = limits.per_host.min(limits.concurrency);
    let queued = scope.queued();
    let told = StatsBuilder::new(&scope.host().hosts);
    scope.stats(|stats| {
        let all = stats.totals;
        tell(&told, &[all.started, all.succeeded, all.failed, all.retries, all.deduplicated, in_flight, queued]);
        told.put(all.bytes);
        for (host, record) in stats.hosts() {
            let own = record.totals;
            let (in_flight, queued, cooldown) = scope.admission(|admission| {
                (admission.in_flight_of(host), admission.queued_of(host), admission.cooldown_of(host, now))
            });
            tell(&told, &[host, in_flight, queued, own.succeeded, own.failed, own.retries]);
            told.put(record.sampling.failure_rate(now));
            told.put(cooldown);
            told.put(most.into());
            for share in [0.5, 0.95, 0.99] {
                told.put(record.latency.percentile(share));
            }
        }
    });
    told.stats()
}

fn tell(stats: &StatsBuilder, counts: &[u32]) {
    for count in counts {
        stats.put((*count).into());
    }
}
