//! The log: one JSON object per line on standard error.
//!
//! No line holds ciphertext, key bytes or a token; key ids appear by their first four bytes. The level can be chosen for
//! this crate's own lines alone: at their finer levels, HTTP libraries print headers, and those hold tokens.

use std::{env, io};

use tracing::{level_filters::LevelFilter, warn};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt as _, util::SubscriberInitExt as _};

/// The environment variable that holds the level: `off`, `error`, `warn`, `info` (the default), `debug` or `trace`.
const LEVEL: &str = "SOTTO_LOG";

/// Starts the log.
pub fn start() {
    let wanted = env::var(LEVEL).unwrap_or_else(|_| "info".into());
    let level = wanted.parse::<LevelFilter>();
    let filter = Targets::new()
        .with_target(env!("CARGO_CRATE_NAME"), level.as_ref().copied().unwrap_or(LevelFilter::INFO))
        .with_default(LevelFilter::WARN);
    let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_writer(io::stderr);
    tracing_subscriber::registry().with(lines).with(filter).init();
    if level.is_err() {
        warn!("{LEVEL} is none of off, error, warn, info, debug, trace; it is taken as info");
    }
}
