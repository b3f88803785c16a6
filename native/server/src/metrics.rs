//! Counters for Prometheus. No label holds anything that a client chose.

use std::{net::SocketAddr, time::Duration};

use lattice::RequestKind;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tracing::error;

use crate::failure::Failure;

const CALLS: &str = "sotto_calls_total";
const CONNECTIONS: &str = "sotto_connections";
const HANDSHAKE_FAILURES: &str = "sotto_tls_handshake_failures_total";
const KEYS: &str = "sotto_keys_total";
const KEY_MEMORY: &str = "sotto_key_memory_bytes";
const PRODUCTS: &str = "sotto_products_total";
const ROWS: &str = "sotto_rows_total";
const PRODUCT_SECONDS: &str = "sotto_product_seconds";
const REFUSALS: &str = "sotto_refusals_total";
const WAITING: &str = "sotto_requests_waiting";
const RUNNING: &str = "sotto_requests_running";

/// Serves the counters on `http://ADDRESS/metrics`, without TLS. To be called within a runtime.
pub fn listen(address: SocketAddr) -> Result<(), Failure> {
    let refuse = |error: &dyn std::fmt::Display| {
        Failure::Network(format!(
            "cannot serve metrics on {address}: {error}; choose another --metrics address"
        ))
    };
    let (recorder, exporter) = PrometheusBuilder::new()
        .with_http_listener(address)
        .set_buckets_for_metric(
            Matcher::Full(PRODUCT_SECONDS.into()),
            &[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0],
        )
        .and_then(PrometheusBuilder::build)
        .map_err(|error| refuse(&error))?;
    metrics::set_global_recorder(recorder).map_err(|error| refuse(&error))?;
    tokio::spawn(async move {
        if exporter.await.is_err() {
            error!("metrics are not served any more");
        }
    });
    describe();
    Ok(())
}

fn describe() {
    describe_counter!(CALLS, "Calls that ended, by method and gRPC status code.");
    describe_gauge!(CONNECTIONS, "Open connections.");
    describe_counter!(HANDSHAKE_FAILURES, "Connections whose TLS handshake failed.");
    describe_counter!(KEYS, "Evaluation keys stored, read back, evicted from memory, deleted.");
    describe_gauge!(KEY_MEMORY, Unit::Bytes, "Memory of expanded evaluation keys.");
    describe_counter!(
        PRODUCTS,
        "Products computed, by kind: whole, preparation (for later), online (of prepared rows)."
    );
    describe_counter!(ROWS, "Rows of the products computed.");
    describe_histogram!(PRODUCT_SECONDS, Unit::Seconds, "Time from a request's arrival to its product.");
    describe_counter!(REFUSALS, "Requests of Multiply streams that were refused, by gRPC status code.");
    describe_gauge!(WAITING, "Requests that wait for the backend.");
    describe_gauge!(RUNNING, "Requests that the backend works on.");
}

/// A call ended with a gRPC status code.
pub fn call(method: &'static str, code: i32) {
    counter!(CALLS, "method" => method, "code" => code.to_string()).increment(1);
}

/// Counts a connection while it lives.
pub struct Connection(());

impl Connection {
    /// A connection opened.
    pub fn open() -> Self {
        gauge!(CONNECTIONS).increment(1.0);
        Self(())
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        gauge!(CONNECTIONS).decrement(1.0);
    }
}

/// A TLS handshake failed.
pub fn handshake_failed() {
    counter!(HANDSHAKE_FAILURES).increment(1);
}

/// What happened to evaluation keys.
#[derive(Clone, Copy)]
pub enum KeyEvent {
    /// Stored for the first time.
    Stored,
    /// Expanded again from the object store.
    ReadBack,
    /// Dropped from memory alone.
    Evicted,
    /// Deleted for good.
    Deleted,
}

/// Something happened to evaluation keys.
pub fn keys(event: KeyEvent) {
    let event = match event {
        KeyEvent::Stored => "stored",
        KeyEvent::ReadBack => "read-back",
        KeyEvent::Evicted => "evicted",
        KeyEvent::Deleted => "deleted",
    };
    counter!(KEYS, "event" => event).increment(1);
}

/// Memory of expanded keys, in bytes.
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
pub fn key_memory(bytes: usize) {
    gauge!(KEY_MEMORY).set(bytes as f64);
}

/// A product of `rows` rows was ready `time` after its request arrived.
pub fn product(kind: RequestKind, rows: u32, time: Duration) {
    let kind = match kind {
        RequestKind::Whole => "whole",
        RequestKind::Preparation => "preparation",
        RequestKind::Online => "online",
    };
    counter!(PRODUCTS, "kind" => kind).increment(1);
    counter!(ROWS, "kind" => kind).increment(rows.into());
    histogram!(PRODUCT_SECONDS, "kind" => kind).record(time);
}

/// A request of a Multiply stream was refused.
pub fn refusal(code: i32) {
    counter!(REFUSALS, "code" => code.to_string()).increment(1);
}

/// Requests that wait, and that are worked on.
#[expect(clippy::cast_precision_loss, reason = "exact below 2^53")]
pub fn queue(waiting: usize, running: usize) {
    gauge!(WAITING).set(waiting as f64);
    gauge!(RUNNING).set(running as f64);
}
