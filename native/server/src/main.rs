//! `sotto-server`: see `sotto-server --help`.

use std::{
    io::{self, Write as _},
    num::NonZeroUsize,
    process::ExitCode,
    sync::Arc,
    thread,
};

use clap::Parser as _;
use lattice::Rlwe;
use serde_json::json;
use sotto_server::{
    auth::Tokens,
    backend::CpuBackend,
    cli::{Cert, Cli, Command, Serve, Token},
    failure::Failure,
    inspect, log, metrics, serve, tls,
};
use tokio::{runtime::Runtime, select, signal, sync::oneshot};

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("sotto-server: {failure}");
            failure.exit_code()
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(options) => {
            log::start();
            let runtime = Runtime::new()
                .map_err(|error| Failure::Network(format!("cannot start the server's threads: {error}")))?;
            let with_stdin = options.exit_with_stdin;
            let ended = runtime.block_on(async {
                select! {
                    ended = serve_until_signal(*options) => ended,
                    () = end_of_stdin(), if with_stdin => Ok(()),
                }
            });
            runtime.shutdown_background(); // a signal also ends the loading of a pack
            ended
        }
        Command::Inspect(options) => {
            let report = inspect::inspect(&options.pack)?;
            print(&if options.json { format!("{:#}\n", report.json()) } else { report.to_string() })
        }
        Command::Token(command) => token(command),
        Command::Cert(options) => certificate(&options),
    }
}

async fn serve_until_signal(options: Serve) -> Result<(), Failure> {
    if let Some(address) = options.metrics {
        metrics::listen(address)?;
    }
    let threads =
        options.threads.unwrap_or_else(|| thread::available_parallelism().unwrap_or(NonZeroUsize::MIN));
    let backend = CpuBackend::<Rlwe>::new(threads)
        .map_err(|error| Failure::Usage(format!("cannot start {threads} threads: {error}")))?;
    let mut signals = Signals::listen()?;
    let server = select! {
        server = serve::start(options.config(), Arc::new(backend)) => server?,
        () = signals.next() => return Ok(()),
    };
    let identity = server.identity.map(|identity| identity.to_string());
    let line = json!({ "event": "listening", "address": server.address.to_string(), "identity": identity });
    print(&format!("{line}\n"))?;
    signals.next().await;
    tracing::info!("shutting down; a second signal ends at once");
    select! {
        stopped = server.stop() => stopped,
        () = signals.next() => Ok(()),
    }
}

/// Standard input ends with the program that holds its other end, whichever way that program ends.
async fn end_of_stdin() {
    let (ended, end) = oneshot::channel();
    // A thread of its own: a read of standard input cannot be given up, and must not hold up the runtime's end.
    thread::spawn(move || {
        drop(io::copy(&mut io::stdin().lock(), &mut io::sink()));
        let _ = ended.send(());
    });
    drop(end.await);
}

/// SIGTERM and SIGINT, or Ctrl-C where there are no signals.
struct Signals {
    #[cfg(unix)]
    terminate: signal::unix::Signal,
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
}

impl Signals {
    fn listen() -> Result<Self, Failure> {
        #[cfg(unix)]
        let listen = || {
            use signal::unix::{SignalKind, signal};
            Ok(Self {
                terminate: signal(SignalKind::terminate())?,
                interrupt: signal(SignalKind::interrupt())?,
            })
        };
        #[cfg(not(unix))]
        let listen = || Ok(Self {});
        listen().map_err(|error: io::Error| Failure::Network(format!("cannot listen to signals: {error}")))
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        drop(signal::ctrl_c().await);
    }
}

fn token(command: Token) -> Result<(), Failure> {
    match command {
        Token::Add { name, file } => {
            let token = Tokens::change(&file.path, |tokens| tokens.add(&name))?;
            eprintln!("The token of {name}; it is not shown again:");
            print(&format!("{token}\n"))
        }
        Token::List { file, json } => {
            let tokens = Tokens::read(&file.path)?.tokens;
            if json {
                let tokens: Vec<_> = tokens
                    .iter()
                    .map(|token| json!({ "name": token.name, "created": token.created }))
                    .collect();
                return print(&format!("{:#}\n", json!({ "tokens": tokens })));
            }
            print(&tokens.iter().map(|token| format!("{}\n", token.name)).collect::<String>())
        }
        Token::Remove { name, file } => {
            Tokens::read(&file.path)?; // where there is none, none is made
            Tokens::change(&file.path, |tokens| tokens.remove(&name))
        }
    }
}

fn certificate(options: &Cert) -> Result<(), Failure> {
    let (path, fingerprint) = tls::make(&options.out, &options.name)?;
    if options.json {
        return print(&format!(
            "{:#}\n",
            json!({ "certificate": path.display().to_string(), "identity": fingerprint.to_string() })
        ));
    }
    print(&format!("{fingerprint}\n"))
}

fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .map_err(|error| Failure::Data(format!("cannot write to standard output: {error}")))
}
