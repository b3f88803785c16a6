//! `sotto-pack`: makes and checks packs. See `sotto-pack --help`.

use std::process::ExitCode;

fn main() -> ExitCode {
    sotto_pack::cli::run()
}
