//! A program whose traces are received while it runs.

use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result};
use nix::sys::signal::Signal;

use crate::context::Context;
#[cfg(target_os = "linux")]
use crate::process::die_with_parent;
use crate::process::end;

/// How long it may take to end after an interruption that has reached it too: exporters send what they have as programs end.
const GRACE: Duration = Duration::from_secs(10);

/// A program that runs.
pub(super) struct Program {
    child: Child,
    ended: Option<ExitStatus>,
}

impl Program {
    /// Starts it, if there is one. OpenTelemetry in it sends its traces to this address, unless it is told otherwise already.
    pub(super) fn start(words: &[OsString], address: SocketAddr) -> Result<Option<Self>> {
        let [program, rest @ ..] = words else { return Ok(None) };
        let mut command = Command::new(program);
        command.args(rest);
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", format!("http://{address}")),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".to_owned()),
            ("OTEL_TRACES_EXPORTER", "otlp".to_owned()),
            ("OTEL_METRICS_EXPORTER", "none".to_owned()),
            ("OTEL_LOGS_EXPORTER", "none".to_owned()),
        ] {
            if std::env::var_os(name).is_none() {
                command.env(name, value);
            }
        }
        // Standard output is for the result.
        command.stdout(Stdio::from(io::stderr().as_fd().try_clone_to_owned().context("can't share standard error")?));
        #[cfg(target_os = "linux")]
        die_with_parent(&mut command);
        let child = command.spawn().with_context(|| format!("can't start {}", Path::new(program).display()))?;
        Ok(Some(Self { child, ended: None }))
    }

    pub(super) fn has_ended(&mut self) -> Result<bool> {
        self.ended = self.child.try_wait().context("can't wait for the program's end")?;
        Ok(self.ended.is_some())
    }

    /// Ends it in good order, if it still runs.
    pub(super) fn end(mut self, context: &Context<'_>) -> Result<()> {
        let start = std::time::Instant::now();
        while context.is_cancelled() && !self.has_ended()? && start.elapsed() < GRACE {
            std::thread::sleep(super::POLL);
        }
        match self.ended {
            Some(status) if !status.success() => context.warn(format!("the program has ended with {status}")),
            Some(_) => {}
            None => end(&mut self.child, Signal::SIGINT).context("can't end the program")?,
        }
        Ok(())
    }
}
