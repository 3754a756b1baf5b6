//! Everything that the program prints goes through here: results to standard output, the rest to standard error.

use std::io::{self, IsTerminal, Write};

use rustworthy_reports::{TableOptions, visible};

use crate::arguments::{ColorChoice, OutputOptions};

/// Columns to fill where there is no terminal to ask.
const WIDTH: usize = 120;

/// How the program talks.
#[derive(Debug)]
pub(crate) struct Printer {
    verbose: bool,
    quiet: bool,
    progress: bool,
    color: ColorChoice,
}

impl Printer {
    pub(crate) fn new(options: &OutputOptions) -> Self {
        Self { verbose: options.verbose, quiet: options.quiet, progress: !options.no_progress, color: options.color }
    }

    /// Prints a result. A reader that has gone away, such as `head`, is no error.
    pub(crate) fn result(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let written = out
            .write_all(text.as_bytes())
            .and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
        match written.and_then(|()| out.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// How a table fits standard output.
    pub(crate) fn table(&self) -> TableOptions {
        let out = console::Term::stdout();
        let width = out.size_checked().map_or(WIDTH, |(_, columns)| columns.into());
        TableOptions { color: self.is_colored(io::stdout().is_terminal()), width }
    }

    /// Whether the user wants to know more.
    pub(crate) fn is_verbose(&self) -> bool {
        self.verbose
    }

    /// Whether to colour what goes to a stream.
    fn is_colored(&self, is_terminal: bool) -> bool {
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        match self.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto if is_set("NO_COLOR") => false,
            ColorChoice::Auto => is_set("FORCE_COLOR") || is_terminal,
        }
    }

    /// Whether to show progress as a bar that moves.
    pub(crate) fn has_bars(&self) -> bool {
        self.has_progress() && io::stderr().is_terminal()
    }

    /// Whether to show progress at all.
    pub(crate) fn has_progress(&self) -> bool {
        self.progress && !self.quiet
    }

    /// Says something in passing.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.say(text);
        }
    }

    /// Asks a question that is answered by yes or no, and takes anything else than yes for no; `None` where there is nobody to ask.
    pub(crate) fn ask(&self, question: &str) -> Option<bool> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        let _ = write!(io::stderr(), "{question} [y/N] ");
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer);
        Some(read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
    }

    /// Says something that only some want to know.
    pub(crate) fn detail(&self, text: &str) {
        if self.verbose {
            self.say(text);
        }
    }

    /// Says something that isn't as it should be.
    pub(crate) fn warning(&self, text: &str) {
        if !self.quiet {
            self.labelled("warning", "33", text);
        }
    }

    /// Says why the program can't go on.
    pub(crate) fn error(&self, error: &anyhow::Error) {
        self.labelled("error", "31", &format!("{error:#}"));
    }

    fn labelled(&self, label: &str, color: &str, text: &str) {
        let text = visible::lines(text).collect::<Vec<_>>().join("\n");
        if self.is_colored(io::stderr().is_terminal()) {
            self.say(&format!("\x1b[1;{color}m{label}\x1b[0m: {text}"));
        } else {
            self.say(&format!("{label}: {text}"));
        }
    }

    fn say(&self, text: &str) {
        // If standard error can't be written, the error can't be reported anywhere.
        let _ = writeln!(io::stderr(), "{text}");
    }
}
