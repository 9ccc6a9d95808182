//! Counts and times of requests, in Prometheus's text form.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper ends of the histogram's buckets, in microseconds.
const BUCKETS: [u64; 12] = [50, 100, 200, 300, 500, 1_000, 2_500, 5_000, 10_000, 50_000, 250_000, 1_000_000];

/// Operations that are counted apart; a client that makes up services finds an end.
const MOST_OPERATIONS: usize = 2000;

#[derive(Default)]
pub struct Metrics {
    operations: Mutex<BTreeMap<(String, String), Operation>>,
    barred: Mutex<BTreeMap<&'static str, u64>>,
    /// Open at this moment.
    pub connections: AtomicU64,
}

#[derive(Default)]
struct Operation {
    /// By error code; of successes empty.
    codes: BTreeMap<String, u64>,
    /// One more than there are ends: the last has none.
    buckets: [u64; BUCKETS.len() + 1],
    microseconds: u64,
}

impl Metrics {
    pub fn count(&self, service: &str, operation: &str, code: Option<&str>, took: Duration) {
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let mut operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        let mut key = (service.to_string(), operation.to_string());
        if operations.len() >= MOST_OPERATIONS && !operations.contains_key(&key) {
            key = ("other".to_string(), "other".to_string());
        }
        let entry = operations.entry(key).or_default();
        *entry.codes.entry(code.unwrap_or_default().to_string()).or_default() += 1;
        entry.buckets[BUCKETS.iter().position(|end| took <= *end).unwrap_or(BUCKETS.len())] += 1;
        entry.microseconds = entry.microseconds.saturating_add(took);
    }

    pub fn bar(&self, reason: &'static str) {
        *self.barred.lock().unwrap_or_else(PoisonError::into_inner).entry(reason).or_default() += 1;
    }

    pub fn write(&self, text: &mut String) {
        // Writing to a String does not fail.
        let _ = self.try_write(text);
    }

    fn try_write(&self, text: &mut String) -> std::fmt::Result {
        let operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(text, "# HELP croft_api_requests_total Requests by service, operation and error code.")?;
        writeln!(text, "# TYPE croft_api_requests_total counter")?;
        for ((service, operation), counts) in operations.iter() {
            for (code, count) in &counts.codes {
                writeln!(
                    text,
                    "croft_api_requests_total{{service=\"{service}\",operation=\"{operation}\",code=\"{code}\"}} {count}"
                )?;
            }
        }
        writeln!(text, "# HELP croft_api_request_seconds Time from a request's head to its answer.")?;
        writeln!(text, "# TYPE croft_api_request_seconds histogram")?;
        for ((service, operation), counts) in operations.iter() {
            let labels = format!("service=\"{service}\",operation=\"{operation}\"");
            let mut so_far = 0;
            for (n, count) in counts.buckets.iter().enumerate() {
                so_far += count;
                let end = BUCKETS.get(n).map_or("+Inf".to_string(), |end| seconds(*end));
                writeln!(text, "croft_api_request_seconds_bucket{{{labels},le=\"{end}\"}} {so_far}")?;
            }
            writeln!(text, "croft_api_request_seconds_sum{{{labels}}} {}", seconds(counts.microseconds))?;
            writeln!(text, "croft_api_request_seconds_count{{{labels}}} {so_far}")?;
        }
        writeln!(text, "# HELP croft_api_barred_total Requests of web pages and for foreign hosts, turned away.")?;
        writeln!(text, "# TYPE croft_api_barred_total counter")?;
        for (reason, count) in self.barred.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            writeln!(text, "croft_api_barred_total{{reason=\"{reason}\"}} {count}")?;
        }
        writeln!(text, "# HELP croft_api_connections Connections open now.")?;
        writeln!(text, "# TYPE croft_api_connections gauge")?;
        writeln!(text, "croft_api_connections {}", self.connections.load(Ordering::Relaxed))
    }
}

fn seconds(microseconds: u64) -> String {
    let text = format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000);
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_up_services_find_an_end() {
        let metrics = Metrics::default();
        for n in 0..MOST_OPERATIONS * 2 {
            metrics.count(&format!("s{n}"), "unknown", None, Duration::ZERO);
        }
        metrics.count("s0", "unknown", None, Duration::ZERO);
        let mut text = String::new();
        metrics.write(&mut text);
        let counted = |line: &str| text.lines().any(|l| l == line);
        assert!(counted("croft_api_requests_total{service=\"s0\",operation=\"unknown\",code=\"\"} 2"));
        assert!(counted("croft_api_requests_total{service=\"other\",operation=\"other\",code=\"\"} 2000"));
    }

    #[test]
    fn requests_are_counted_by_operation_and_code() {
        let metrics = Metrics::default();
        metrics.count("ec2", "DescribeVpcs", None, Duration::from_micros(120));
        metrics.count("ec2", "DescribeVpcs", None, Duration::from_secs(2));
        metrics.count("ec2", "DescribeVpcs", Some("UnauthorizedOperation"), Duration::from_micros(10));
        metrics.bar("page");
        let mut text = String::new();
        metrics.write(&mut text);
        for line in [
            "croft_api_requests_total{service=\"ec2\",operation=\"DescribeVpcs\",code=\"\"} 2",
            "croft_api_requests_total{service=\"ec2\",operation=\"DescribeVpcs\",code=\"UnauthorizedOperation\"} 1",
            "croft_api_request_seconds_bucket{service=\"ec2\",operation=\"DescribeVpcs\",le=\"0.00005\"} 1",
            "croft_api_request_seconds_bucket{service=\"ec2\",operation=\"DescribeVpcs\",le=\"0.0002\"} 2",
            "croft_api_request_seconds_bucket{service=\"ec2\",operation=\"DescribeVpcs\",le=\"1\"} 2",
            "croft_api_request_seconds_bucket{service=\"ec2\",operation=\"DescribeVpcs\",le=\"+Inf\"} 3",
            "croft_api_request_seconds_sum{service=\"ec2\",operation=\"DescribeVpcs\"} 2.00013",
            "croft_api_request_seconds_count{service=\"ec2\",operation=\"DescribeVpcs\"} 3",
            "croft_api_barred_total{reason=\"page\"} 1",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
    }
}
