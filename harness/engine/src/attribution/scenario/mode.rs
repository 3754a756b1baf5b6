//! Ways of running a service.

use rustworthy_protocol::{Opened, Served};
use serde::Serialize;

/// A way of running the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// As it is.
    Plain,
    /// As it is, with each request following the answer to the one before.
    Busy,
    /// With functions watched.
    Watched,
    /// With functions replaced.
    Migrated,
    /// With functions replaced, and the replacements watched.
    MigratedWatched,
    /// With a function delayed.
    Delayed,
    /// With a function delayed, and functions watched.
    DelayedWatched,
}

impl Mode {
    /// All there are.
    pub const ALL: [Self; 7] = [
        Self::Plain,
        Self::Busy,
        Self::Watched,
        Self::Migrated,
        Self::MigratedWatched,
        Self::Delayed,
        Self::DelayedWatched,
    ];

    /// Whether the time of functions is recorded.
    pub(super) fn watches(self) -> bool {
        matches!(self, Self::Watched | Self::MigratedWatched | Self::DelayedWatched)
    }

    /// Whether functions are replaced.
    pub(super) fn migrates(self) -> bool {
        matches!(self, Self::Migrated | Self::MigratedWatched)
    }

    /// Whether a function is delayed.
    pub(super) fn delays(self) -> bool {
        matches!(self, Self::Delayed | Self::DelayedWatched)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Plain => "as it is",
            Self::Busy => "as it is, busy",
            Self::Watched => "watched",
            Self::Migrated => "migrated",
            Self::MigratedWatched => "migrated, watched",
            Self::Delayed => "delayed",
            Self::DelayedWatched => "delayed, watched",
        }
    }
}

/// What one mode gave in one round.
#[derive(Debug, Clone)]
pub struct ModeRun {
    /// The number of the round, from 0.
    pub round: u32,
    /// The number of its first request.
    pub first: u64,
    /// How the service was run.
    pub mode: Mode,
    /// The requests that it answered.
    pub served: Served,
    /// The functions that are watched.
    pub opened: Opened,
}
