//! The command line: arguments in, text or JSON out.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Serialize;

use crate::Remote;
use crate::build::{Options, build};
use crate::error::Error;
use crate::inspect::{Bytes, inspect};
use crate::verify::verify;
use crate::watch::Watch;

/// Makes packs for Sotto: a client bundle (ONNX graphs, weights, tokenizer) and a server bundle (the matrices that
/// a server multiplies with encrypted rows).
#[derive(Debug, Parser)]
#[command(
    name = "sotto-pack",
    version,
    after_help = "Exit codes: 0 done, 2 wrong usage, 5 wrong data, 130 interrupted."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a pack from a Hugging Face model directory
    ///
    /// The directory holds config.json, the weights as safetensors (one file, or shards with their index; 32-bit,
    /// 16-bit or 8-bit with scales) and tokenizer.json, or vocab.json and merges.txt. GPT-2 models are supported.
    /// The pack appears whole or not at all; the same input gives the same bytes.
    Build(Build),
    /// Check every hash, reference and bound of a pack
    Verify(Pack),
    /// Show what a pack is made of
    Inspect(Pack),
}

#[derive(Debug, Args)]
struct Build {
    /// The Hugging Face model directory
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// The folder to make
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Which matrices the server applies
    #[arg(long, value_enum, default_value_t = RemoteMatrices::Attention)]
    remote: RemoteMatrices,
    /// Leave the server's matrices out of the client bundle
    #[arg(long)]
    private: bool,
    /// The pack's name [default: the name of the model directory]
    #[arg(long)]
    name: Option<String>,
    /// Replace a pack that is already there
    #[arg(long)]
    force: bool,
    /// Print a JSON object instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct Pack {
    /// The pack's folder
    #[arg(value_name = "PACK")]
    dir: PathBuf,
    /// Print a JSON object instead of text
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum RemoteMatrices {
    /// Those of attention
    Attention,
    /// All of every layer
    All,
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match execute(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sotto-pack: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn execute(command: Command) -> Result<(), Error> {
    match command {
        Command::Build(arguments) => {
            let mut terminal = Terminal::new();
            let remote = match arguments.remote {
                RemoteMatrices::Attention => Remote::Attention,
                RemoteMatrices::All => Remote::All,
            };
            let options = Options {
                from: arguments.from,
                out: arguments.out,
                remote,
                private: arguments.private,
                name: arguments.name,
                force: arguments.force,
            };
            let built = build(&options, &mut terminal);
            terminal.clear();
            let built = built?;
            print(arguments.json, &built, || {
                format!(
                    "{}: {} for the client, {} in {} matrices for the server, in {}\n",
                    built.name,
                    Bytes(built.client_bytes),
                    Bytes(built.server_bytes),
                    built.matrices,
                    built.out.display(),
                )
            })
        }
        Command::Verify(Pack { dir, json }) => {
            let verified = verify(&dir)?;
            print(json, &verified, || {
                let server =
                    if verified.server { "both bundles" } else { "the client bundle (there is no other)" };
                format!("{}: {server} sound, {} matrices assessed\n", verified.name, verified.matrices)
            })
        }
        Command::Inspect(Pack { dir, json }) => {
            let summary = inspect(&dir)?;
            print(json, &summary, || summary.to_string())
        }
    }
}

/// Prints a result on standard output.
fn print(json: bool, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), Error> {
    let failed = |error: io::Error| Error::write("standard output", error);
    let mut out = io::stdout().lock();
    let text = if json {
        let json = serde_json::to_string(value).map_err(|error| failed(error.into()))?;
        format!("{json}\n")
    } else {
        text()
    };
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // A reader that has seen enough is no failure.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        done => done.map_err(failed),
    }
}

/// Shows progress on standard error if that is a terminal, and stops the build on an interrupt or a polite kill.
struct Terminal {
    shown: bool,
    interrupted: Arc<AtomicBool>,
}

impl Terminal {
    fn new() -> Self {
        let interrupted = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&interrupted);
        // Without a handler an interrupt ends the process, and the next build removes what was written.
        let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
        Terminal { shown: io::stderr().is_terminal(), interrupted }
    }

    fn clear(&self) {
        if self.shown {
            eprint!("\r\x1b[K");
        }
    }
}

impl Watch for Terminal {
    fn at(&mut self, done: usize, parts: usize, what: &str) {
        if self.shown {
            eprint!("\r\x1b[K{:3} % {what}", 100 * done / parts.max(1));
        }
    }

    fn interrupted(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed)
    }
}
