//! Why the program ends: one closed set, each with its exit code and a sentence that says what to do.

use std::process::ExitCode;

use thiserror::Error;

/// Why a command of `sotto-server` did not do its work.
#[derive(Debug, Error)]
pub enum Failure {
    /// The command line asks for something that is not allowed.
    #[error("{0}")]
    Usage(String),
    /// An address cannot be listened on, or a connection cannot be served.
    #[error("{0}")]
    Network(String),
    /// A pack, a certificate, a token file or the data directory is not usable.
    #[error("{0}")]
    Data(String),
}

impl Failure {
    /// The exit code of the command: 2 usage, 4 network, 5 pack or data.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Usage(_) => 2,
            Self::Network(_) => 4,
            Self::Data(_) => 5,
        })
    }
}
