//! `rustworthy`: measure before you migrate.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let [first, command @ ..] = arguments.as_slice()
        && first == rustworthy::worker::ARGUMENT
    {
        return cli::exit::of_worker(rustworthy::worker::main(command));
    }
    rustworthy_workloads::program::main(&arguments).unwrap_or_else(cli::run)
}
