//! How a finding is put together.

use rustworthy_model::doctor::{Finding, Level, Remedy};

/// A subject that `doctor` checks.
#[derive(Debug, Clone, Copy)]
pub(super) struct Topic {
    /// Its name.
    pub(super) name: &'static str,
    /// Why it matters, in a sentence.
    pub(super) why: &'static str,
}

impl Topic {
    pub(super) fn fine(self, found: impl Into<String>) -> Finding {
        self.finding(Level::Fine, Some(found.into()), None)
    }

    pub(super) fn note(self, found: impl Into<String>, remedy: Remedy) -> Finding {
        self.finding(Level::Note, Some(found.into()), Some(remedy))
    }

    pub(super) fn spoils(self, found: impl Into<String>, remedy: Remedy) -> Finding {
        self.finding(Level::Spoils, Some(found.into()), Some(remedy))
    }

    /// What can't be seen here.
    pub(super) fn unknown(self) -> Finding {
        self.finding(Level::Note, None, None)
    }

    /// What can't be seen here, and where it can.
    pub(super) fn unseen(self, remedy: Remedy) -> Finding {
        self.finding(Level::Note, None, Some(remedy))
    }

    fn finding(self, level: Level, found: Option<String>, remedy: Option<Remedy>) -> Finding {
        Finding { name: self.name.to_owned(), found, level, why: self.why.to_owned(), remedy }
    }
}

/// Something to do by hand.
pub(super) fn advice(advice: &str) -> Remedy {
    Remedy { advice: advice.to_owned(), command: None }
}

/// Something that a command does.
pub(super) fn command(advice: &str, command: &str) -> Remedy {
    Remedy { advice: advice.to_owned(), command: Some(command.to_owned()) }
}

/// A setting of the kernel, which is the host's where this is a container.
pub(super) fn setting(container: Option<&str>, purpose: &str, change: &str) -> Remedy {
    match container {
        None => command(&format!("{purpose}:"), change),
        Some(_) => command(&format!("{purpose}; in this container it can't be set, but outside of it:"), change),
    }
}
