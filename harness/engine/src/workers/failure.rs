//! How a worker can fail, in words.

use std::fmt;
use std::time::Duration;

use rustworthy_model::figures;
use serde::{Deserialize, Serialize};

/// Why a worker didn't do what it was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Failure {
    /// The code raised; the message ends in the traceback.
    Raised(String),
    /// A signal ended the process.
    Killed {
        /// Name, `SIGSEGV`.
        signal: String,
        /// The line of the recorded call that was being made, where that is known.
        #[serde(default)]
        call: Option<u64>,
        /// Last lines of its output.
        output: String,
    },
    /// The process ended by itself.
    Exited {
        /// Its exit status.
        status: i32,
        /// Last lines of its output.
        output: String,
    },
    /// The process closed the file descriptors that it doesn't own.
    Disconnected,
    /// It took longer than allowed.
    TimedOut {
        /// What did.
        what: String,
        /// The limit.
        limit: Duration,
        /// What it was doing, as far as its last output shows.
        output: String,
    },
    /// It held more memory than allowed.
    OutOfMemory {
        /// The limit in bytes.
        limit: u64,
        /// What it held in bytes.
        held: u64,
    },
    /// The user interrupted the run.
    Interrupted,
    /// The harness itself couldn't do it.
    Harness(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Raised(message) => formatter.write_str(message),
            Self::Killed { signal, call, output } => {
                let call = call.map(|line| format!(" in call {line}")).unwrap_or_default();
                write!(formatter, "killed by {signal}{call}{}", WithOutput(output))
            }
            Self::Exited { status, output } => write!(
                formatter,
                "ended its process with status {status} in the middle of a call (os._exit?){}",
                WithOutput(output)
            ),
            Self::Disconnected => formatter.write_str(
                "closed file descriptors of its process that it had not opened, so that its results were lost",
            ),
            Self::TimedOut { what, limit, output } => write!(
                formatter,
                "{what} took longer than its timeout of {} s; raise `timeout` if that is normal{}",
                limit.as_secs_f64(),
                WithOutput(output)
            ),
            Self::OutOfMemory { limit, held } => write!(
                formatter,
                "held {} of memory, over its limit of {}; raise `memory` if that is normal",
                figures::bytes(*held),
                figures::bytes(*limit)
            ),
            Self::Interrupted => formatter.write_str("interrupted"),
            Self::Harness(message) => formatter.write_str(message),
        }
    }
}

impl Failure {
    /// The last lines of output that it has, on lines of their own; empty when there are none.
    pub(super) fn quoted_output(&self) -> String {
        match self {
            Self::Killed { output, .. } | Self::Exited { output, .. } | Self::TimedOut { output, .. } => {
                WithOutput(output).to_string()
            }
            _ => String::new(),
        }
    }
}

struct WithOutput<'a>(&'a str);

impl fmt::Display for WithOutput<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.trim_end() {
            "" => Ok(()),
            output => write!(formatter, "\n{output}"),
        }
    }
}
