//! The workloads out of process: the program answers one request and ends, or it serves.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use crate::{registry, service};

/// First argument of a program that answers once: the request on standard input, the answer on standard output.
pub const RESPOND: &str = "respond";

/// First argument of a program that serves.
pub const SERVE: &str = "serve-workloads";

/// Answers or serves where the arguments ask for that: `respond NAME`, `serve-workloads --port PORT`.
///
/// The exit code of an answer is 0; that of a refusal is 1, with the refusal as JSON on standard error; that of
/// anything else is 2.
pub fn main(arguments: &[OsString]) -> Option<ExitCode> {
    let arguments: Vec<&str> = arguments.iter().map(|argument| argument.to_str().unwrap_or_default()).collect();
    match arguments.as_slice() {
        [RESPOND, name] => Some(respond(name).unwrap_or_else(|error| failed(&error.to_string()))),
        [SERVE, "--port", port] => Some(match port.parse().map(service::serve) {
            Ok(Ok(())) => ExitCode::SUCCESS,
            Ok(Err(error)) => failed(&format!("port {port}: {error}")),
            Err(error) => failed(&format!("--port {port}: {error}")),
        }),
        [RESPOND, ..] => Some(failed("usage: rustworthy respond NAME")),
        [SERVE, ..] => Some(failed("usage: rustworthy serve-workloads --port PORT")),
        _ => None,
    }
}

fn respond(name: &str) -> io::Result<ExitCode> {
    let Some(endpoint) = registry::endpoint(name) else {
        return Ok(failed(&format!("there is no endpoint '{name}'")));
    };
    let mut request = Vec::new();
    io::stdin().lock().read_to_end(&mut request)?;
    match (endpoint.respond)(&request) {
        Ok(answer) => {
            let mut stdout = io::stdout().lock();
            stdout.write_all(&answer)?;
            stdout.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => {
            eprintln!("{}", refusal.to_json());
            Ok(ExitCode::from(1))
        }
    }
}

fn failed(why: &str) -> ExitCode {
    eprintln!("rustworthy: {why}");
    ExitCode::from(2)
}
