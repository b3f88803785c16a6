//! The log: one JSON object per line on standard error.
//!
//! No line holds ciphertext, key bytes or a token; key ids appear by their first four bytes, and panics by their place,
//! since their messages could quote data. The level can be chosen for
//! this crate's own lines alone: at their finer levels, HTTP libraries print headers, and those hold tokens.

use std::{
    env, io,
    panic::{self, PanicHookInfo},
};

use tracing::{error, level_filters::LevelFilter, warn};
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
    panic::set_hook(Box::new(tell_of));
    if level.is_err() {
        warn!("{LEVEL} is none of off, error, warn, info, debug, trace; it is taken as info");
    }
}

fn tell_of(panic: &PanicHookInfo<'_>) {
    error!(place = panic.location().map(display), "a panic, which is a defect of the server");
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        fs::{self, File},
        sync::Arc,
    };

    #[test]
    fn a_panic_tells_its_place_and_not_its_message() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let lines = tracing_subscriber::fmt::layer().json().flatten_event(true);
        let lines = lines.with_writer(Arc::new(File::create(file.path()).unwrap()));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            let before = panic::take_hook();
            panic::set_hook(Box::new(tell_of));
            assert!(panic::catch_unwind(|| panic!("row 3 holds 42")).is_err());
            panic::set_hook(before);
        });
        let log = fs::read_to_string(file.path()).unwrap();
        let line: serde_json::Value = serde_json::from_str(&log).unwrap();
        assert!(line["place"].as_str().unwrap().contains("log.rs:"), "{log}");
        assert!(!log.contains("42"), "{log}");
    }
}
