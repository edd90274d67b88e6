//! What `/metrics` tells, in the `OpenMetrics` text format. Everything is read when somebody asks; nothing is looked up or
//! registered per request. No label comes from a caller: workers, reasons, classes of status.

use crate::config_feed::ConfigFeed;
use arc_swap::ArcSwap;
use domain::directory::Directory;
use gateway::{AccessLogWriter, GatewayCounts, WorkerCounts};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, MetricEncoder};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::metrics::{MetricType, TypedMetric};
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use store::Store;

/// Where the numbers come from.
#[derive(Debug)]
pub(crate) struct Sources {
    pub(crate) gateway: GatewayCounts,
    pub(crate) directory: Arc<ArcSwap<Directory>>,
    pub(crate) access_log: Option<AccessLogWriter>,
    pub(crate) store: Store,
    pub(crate) feed: Arc<ConfigFeed>,
}

/// What gives the text.
pub(crate) fn text_of(sources: Sources) -> impl Fn() -> String {
    let mut registry = Registry::with_prefix("portcullis");
    let version = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
    registry.register("build", "The program", version);
    registry.register_collector(Box::new(sources));
    move || {
        let mut text = String::new();
        // Writing to a string cannot fail.
        encode(&mut text, &registry).unwrap_or_default();
        text
    }
}

impl Collector for Sources {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        let workers = self.gateway.read();
        gauges(encoder, "connections", "Open connections of callers", &workers, |worker| worker.connections)?;
        gauges(encoder, "requests_in_flight", "Requests not answered to their end", &workers, |one| one.in_flight)?;
        let help = "Delay between a wish to run and running, as last measured";
        let mut lags = gauge_family(encoder, "worker_lag_seconds", help)?;
        for (at, worker) in workers.iter().enumerate() {
            let seconds = Duration::from_micros(worker.lag_micros).as_secs_f64();
            ConstGauge::new(seconds).encode(lags.encode_family(&[("worker", at)])?)?;
        }
        counters(encoder, "connections_accepted", "Accepted connections", &workers, |worker| worker.accepted)?;
        let help = "Connections that could not be accepted";
        counters(encoder, "accept_failures", help, &workers, |worker| worker.accept_failures)?;
        let help = "Connections turned away because there were too many";
        counters(encoder, "connections_turned_away", help, &workers, |worker| worker.turned_away)?;
        let help = "Connections that ended before HTTP began: TLS handshake or PROXY header";
        counters(encoder, "handshake_failures", help, &workers, |worker| worker.handshake_failures)?;
        let help = "Requests shed because the worker was behind";
        counters(encoder, "requests_shed", help, &workers, |worker| worker.shed)?;
        counters(encoder, "panics", "Requests that panicked", &workers, |worker| worker.panics)?;
        let help = "Lines of the access log dropped because its writer was behind";
        counters(encoder, "access_log_lines_dropped", help, &workers, |worker| worker.access_log_dropped)?;
        answers(encoder, &workers)?;
        refusals(encoder, &workers)?;
        let mut failures = counter_family(encoder, "upstream_events", "What befell requests to upstreams, by kind")?;
        for (kind, count) in self.gateway.upstreams() {
            ConstCounter::new(count).encode(failures.encode_family(&[("kind", kind)])?)?;
        }
        let unwritten = self.access_log.as_ref().map_or(0, AccessLogWriter::unwritten_lines);
        let help = "Lines of the access log that could not be written";
        ConstCounter::new(unwritten).encode(counter_family(encoder, "access_log_lines_unwritten", help)?)?;
        let revision = ConstGauge::new(self.directory.load().revision().0);
        revision.encode(gauge_family(encoder, "directory_revision", "Revision of the directory in force")?)?;
        self.freshness(encoder)
    }
}

impl Sources {
    /// Whether the store can be used, how old the directory may be without it, and what a start without it would find.
    fn freshness(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let away = self.store.away_since_look();
        let help = "Whether the control database can be used, as of the last look";
        ConstGauge::new(i64::from(away.is_none())).encode(gauge_family(encoder, "store_available", help)?)?;
        let help = "Since the directory in force was last known to be as new as the control database";
        ConstGauge::new(self.feed.age().as_secs_f64()).encode(gauge_family(encoder, "directory_age_seconds", help)?)?;
        let kept = self.feed.kept();
        let help = "Revision that a start without the control database would find; 0: none";
        let revision = kept.revision.map_or(0, |revision| revision.0);
        ConstGauge::new(revision).encode(gauge_family(encoder, "directory_copy_revision", help)?)?;
        let help = "Writes of the copy of the directory that failed";
        ConstCounter::new(kept.failures).encode(counter_family(encoder, "directory_copy_failures", help)?)
    }
}

fn counter_family<'s>(
    encoder: &'s mut DescriptorEncoder<'_>,
    name: &'s str,
    help: &str,
) -> Result<MetricEncoder<'s>, fmt::Error> {
    encoder.encode_descriptor(name, help, None, <ConstCounter<u64> as TypedMetric>::TYPE)
}

fn gauge_family<'s>(
    encoder: &'s mut DescriptorEncoder<'_>,
    name: &'s str,
    help: &str,
) -> Result<MetricEncoder<'s>, fmt::Error> {
    encoder.encode_descriptor(name, help, None, MetricType::Gauge)
}

/// One counter per worker.
fn counters(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    workers: &[WorkerCounts],
    read: fn(&WorkerCounts) -> u64,
) -> fmt::Result {
    let mut family = counter_family(encoder, name, help)?;
    for (at, worker) in workers.iter().enumerate() {
        ConstCounter::new(read(worker)).encode(family.encode_family(&[("worker", at)])?)?;
    }
    Ok(())
}

/// One gauge per worker.
fn gauges(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    workers: &[WorkerCounts],
    read: fn(&WorkerCounts) -> u64,
) -> fmt::Result {
    let mut family = gauge_family(encoder, name, help)?;
    for (at, worker) in workers.iter().enumerate() {
        ConstGauge::new(read(worker)).encode(family.encode_family(&[("worker", at)])?)?;
    }
    Ok(())
}

/// Answers of all workers by the hundreds of their status.
fn answers(encoder: &mut DescriptorEncoder<'_>, workers: &[WorkerCounts]) -> fmt::Result {
    let mut family = counter_family(encoder, "requests", "Answered requests, by class of status")?;
    for (at, class) in ["1xx", "2xx", "3xx", "4xx", "5xx"].into_iter().enumerate() {
        let count: u64 = workers.iter().filter_map(|worker| worker.answers.get(at)).sum();
        ConstCounter::new(count).encode(family.encode_family(&[("status", class)])?)?;
    }
    Ok(())
}

/// Refused requests of all workers by reason; reasons that never came are left out.
fn refusals(encoder: &mut DescriptorEncoder<'_>, workers: &[WorkerCounts]) -> fmt::Result {
    let mut family = counter_family(encoder, "requests_refused", "Refused requests, by reason")?;
    for denial in domain::denial::Denial::ALL {
        let of_worker = |worker: &WorkerCounts| worker.refused.iter().find(|(one, _)| one == denial).map(|(_, n)| *n);
        let count: u64 = workers.iter().filter_map(of_worker).sum();
        if count > 0 {
            ConstCounter::new(count).encode(family.encode_family(&[("reason", denial.code())])?)?;
        }
    }
    Ok(())
}
