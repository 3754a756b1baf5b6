//! What the engine is given beside a request: this program, its progress display, and its way of saving results.

use std::cell::RefCell;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Result, anyhow};
use rustworthy_engine::context::{Context, Finding, Notice};
use rustworthy_engine::host::Host;
use rustworthy_engine::store::{self, RunFolder};

use crate::host::host;
use crate::interrupt;
use crate::printer::Printer;
use crate::progress::Progress;
use crate::save::save;

/// The surroundings of every command that uses the engine.
pub(crate) struct Surroundings<'a> {
    host: Host,
    cancel: Arc<AtomicBool>,
    printer: &'a Printer,
    progress: RefCell<Progress<'a>>,
}

impl<'a> Surroundings<'a> {
    /// From here on an interruption ends the run in good order.
    pub(crate) fn new(printer: &'a Printer) -> Result<Self> {
        let cancel = interrupt::flag()?;
        store::survive_size_limit()?;
        Ok(Self { host: host()?, cancel, printer, progress: RefCell::new(Progress::new(printer)) })
    }

    /// Runs a use case of the engine, and shows its progress meanwhile.
    ///
    /// # Errors
    /// The engine's error.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&Context<'_>) -> Result<T>) -> Result<T> {
        let listener = |notice: Notice<'_>| {
            let mut progress = self.progress.borrow_mut();
            match notice {
                Notice::Warning(_) | Notice::Failure(_) | Notice::Remark(_) => progress.clear(),
                _ => progress.show(&notice),
            }
            match notice {
                Notice::Warning(text) => self.printer.warning(&text),
                Notice::Failure(text) => self.printer.error(&anyhow!(text)),
                Notice::Remark(text) => self.printer.note(&text),
                _ => {}
            }
        };
        let save = |folder: &RunFolder, finding: Finding<'_>| -> io::Result<()> { save(folder, finding, self.printer) };
        let context = Context {
            host: &self.host,
            cancel: Arc::clone(&self.cancel),
            command: command(),
            listener: &listener,
            save: &save,
        };
        let answer = question(&context);
        self.progress.borrow_mut().clear();
        answer
    }

    /// Whether the user has interrupted.
    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// The command that was given, without the flag that only goes on with an earlier one.
fn command() -> Vec<String> {
    let arguments = std::env::args().skip(1).filter(|argument| argument != "--resume");
    std::iter::once("rustworthy".to_owned()).chain(arguments).collect()
}
