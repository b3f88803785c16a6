//! The command line.

use std::{num::NonZeroUsize, path::PathBuf, time::Duration};

use clap::{Args, Parser, Subcommand};

use crate::{
    limits::Limits,
    serve::{Config, Tls},
    weights_cache,
};

/// Applies the matrices of a pack to encrypted rows, without seeing the rows.
///
/// Exit codes: 0 done, 2 usage, 4 network, 5 pack or data.
#[derive(Debug, Parser)]
#[command(name = "sotto-server", version)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve packs to clients until SIGTERM or SIGINT
    Serve(Box<Serve>),
    /// Check a pack and show the bounds of its matrices
    Inspect(Inspect),
    /// Add, list or remove the tokens that clients call with
    #[command(subcommand)]
    Token(Token),
    /// Make a self-signed certificate and show its fingerprint
    Cert(Cert),
}

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Serve {
    /// Folder of a pack, as made by `sotto-pack build`; may be given several times
    #[arg(long, value_name = "DIR", required = true)]
    pack: Vec<PathBuf>,
    /// Address to listen on; port 0 takes a free one, which the line on standard output tells
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:7443")]
    listen: String,
    /// Certificate, PEM; without it the server makes a self-signed one (and keeps it in --data)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Private key of --tls-cert, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Token file (see `sotto-server token`); needed unless the address is loopback
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
    /// Folder for keys and the self-signed certificate, of one server at a time; without it both are forgotten at
    /// the end
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Folder for encoded matrices, about 11 bytes for each weight, with which the next start is faster; servers of one
    /// user may share it, and then share memory. `none` for none [default: `weights` in --data, else none]
    #[arg(long, value_name = "DIR|none")]
    weights_cache: Option<PathBuf>,
    /// Bytes that --weights-cache may take; the least recently used files are removed
    #[arg(long, value_name = "N", default_value_t = weights_cache::DEFAULT_BYTES)]
    weights_cache_bytes: u64,
    /// Speak HTTP/2 without TLS; for tests that read the wire, on loopback addresses only
    #[arg(long, conflicts_with = "tls_cert")]
    insecure_no_tls: bool,
    /// Serve Prometheus metrics on this address, in clear
    #[arg(long, value_name = "IP:PORT")]
    pub metrics: Option<std::net::SocketAddr>,
    /// Threads that multiply [default: one per core]
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Longest message of a client, in bytes
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_message_bytes, value_parser = at_least_one)]
    max_message_bytes: usize,
    /// Requests of one stream that are read ahead of their answers
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_in_flight, value_parser = at_least_one)]
    max_in_flight: usize,
    /// Requests of all streams that wait together, before more are refused
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_queue, value_parser = at_least_one)]
    max_queue: usize,
    /// Key ids that one account may have stored
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_keys_per_account, value_parser = at_least_one)]
    max_keys_per_account: usize,
    /// Longest evaluation keys, in bytes
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_key_bytes, value_parser = at_least_one)]
    max_key_bytes: usize,
    /// Memory for keys in use, in bytes; the least recently used are read back from --data when needed
    #[arg(long, value_name = "N", default_value_t = Limits::default().key_memory)]
    key_memory: usize,
    /// Memory for tables that make requests of many rows several times as fast, in bytes, 128 for each weight; 0 for
    /// none [default: a quarter of what is free when the packs are loaded]
    #[arg(long, value_name = "N")]
    many_rows_memory: Option<usize>,
    /// Connections of all clients together
    #[arg(long, value_name = "N", default_value_t = Limits::default().max_connections, value_parser = at_least_one)]
    max_connections: usize,
    /// Seconds that open calls may take to end after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    grace: u64,
    /// End at once when standard input ends, as it does when the program that started the server is gone
    #[arg(long)]
    pub exit_with_stdin: bool,
}

/// Most of what is counted by a semaphore.
const MAX_COUNT: usize = 1 << 28;

fn at_least_one(text: &str) -> Result<usize, String> {
    let number = text.parse().map_err(|error| format!("{error}"))?;
    if (1..=MAX_COUNT).contains(&number) {
        return Ok(number);
    }
    Err(format!("allowed are 1 to {MAX_COUNT}"))
}

impl Serve {
    /// The configuration that the options describe.
    pub fn config(self) -> Config {
        let tls = match (self.tls_cert, self.tls_key) {
            (Some(certificate), Some(key)) => Tls::Files { certificate, key },
            _ if self.insecure_no_tls => Tls::None,
            _ => Tls::SelfSigned,
        };
        let weights_cache = match self.weights_cache {
            Some(folder) if folder.as_os_str() == "none" => None,
            Some(folder) => Some(folder),
            None => self.data.as_ref().map(|data| data.join("weights")),
        };
        Config {
            packs: self.pack,
            listen: self.listen,
            tls,
            tokens: self.tokens,
            data: self.data,
            weights_cache,
            weights_cache_bytes: self.weights_cache_bytes,
            limits: Limits {
                max_message_bytes: self.max_message_bytes,
                max_in_flight: self.max_in_flight,
                max_keys_per_account: self.max_keys_per_account,
                max_key_bytes: self.max_key_bytes,
                key_memory: self.key_memory,
                max_queue: self.max_queue,
                max_connections: self.max_connections,
                ..Limits::default()
            },
            many_rows_memory: self.many_rows_memory,
            grace: Duration::from_secs(self.grace),
        }
    }
}

/// Options of `inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// Folder of a pack
    #[arg(long, value_name = "DIR")]
    pub pack: PathBuf,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
}

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Add an account and print its token, once
    Add {
        /// Name of the account
        name: String,
        /// Which token file
        #[command(flatten)]
        file: TokenFile,
    },
    /// List the accounts
    List {
        /// Which token file
        #[command(flatten)]
        file: TokenFile,
        /// One JSON object instead of text
        #[arg(long)]
        json: bool,
    },
    /// Remove an account's token; a running server notices at once
    Remove {
        /// Name of the account
        name: String,
        /// Which token file
        #[command(flatten)]
        file: TokenFile,
    },
}

/// Which token file.
#[derive(Debug, Args)]
pub struct TokenFile {
    /// The token file, which holds hashes only
    #[arg(long = "tokens", value_name = "FILE")]
    pub path: PathBuf,
}

/// Options of `cert`.
#[derive(Debug, Args)]
pub struct Cert {
    /// Folder for cert.pem and key.pem
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Host name or address that clients use, beside localhost; may be given several times
    #[arg(long, value_name = "HOST")]
    pub name: Vec<String>,
    /// One JSON object instead of text
    #[arg(long)]
    pub json: bool,
}
