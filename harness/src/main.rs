//! `rustworthy`: measure before you migrate.

mod cli;

use std::process::ExitCode;

use rustworthy::worker;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if let [first, command @ ..] = arguments.as_slice()
        && first == worker::ARGUMENT
    {
        return cli::exit::of_worker(worker::reap(command, worker::serve_harness));
    }
    rustworthy_workloads::program::main(&arguments).unwrap_or_else(cli::run)
}
