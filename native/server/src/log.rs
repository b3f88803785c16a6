//! The log: one JSON object per line on standard error.
//!
//! No line holds ciphertext, key bytes or a token; key ids appear by their first four bytes.

use std::io;

use tracing_subscriber::EnvFilter;

/// The environment variable that selects levels, as `info` or `sotto_server=debug`.
const FILTER: &str = "SOTTO_LOG";

/// Starts the log, at level `info` unless `SOTTO_LOG` says otherwise.
pub fn start() {
    let filter = EnvFilter::try_from_env(FILTER).unwrap_or_else(|_| EnvFilter::new("info"));
    let started = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_writer(io::stderr)
        .with_env_filter(filter)
        .try_init();
    // Another subscriber is there already when a test embeds the server: it gets the events.
    drop(started);
}
