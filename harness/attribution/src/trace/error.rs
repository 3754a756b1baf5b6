//! What is wrong with a trace, and where.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Why a trace can't be read.
///
/// Displayed as `spans.json: byte 1207: message`, remedy included.
#[derive(Debug, thiserror::Error)]
pub enum TraceError {
    /// Something about a file or folder.
    #[error("{}:{} {message}", file.display(), Located(*place))]
    File {
        /// The file or folder.
        file: PathBuf,
        /// Where in it; `None` when it is about all of it.
        place: Option<Position>,
        /// What is wrong, and the remedy.
        message: String,
    },
    /// A file, or a message in it, ends before it should.
    #[error("{}:{} {CUT_OFF} --allow-truncated uses what is there", file.display(), Located(*place))]
    CutOff {
        /// The file.
        file: PathBuf,
        /// Where it ends; `None` when nothing of it can be read.
        place: Option<Position>,
    },
    /// Something about all that was read together.
    #[error("{}: {message}", Listed(files))]
    Together {
        /// Files and folders, as they were given.
        files: Vec<PathBuf>,
        /// What is wrong, and the remedy.
        message: String,
    },
    /// What doesn't fit into memory couldn't be put into temporary files.
    #[error("{}: temporary files can't be kept there: {error}", folder.display())]
    Scratch {
        /// Where they were to be.
        folder: PathBuf,
        /// Why they aren't.
        error: io::Error,
    },
    /// It was asked to stop.
    #[error("interrupted")]
    Cancelled,
}

/// A position in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Bytes before it, of the contents when they were compressed.
    Byte(u64),
    /// Bytes before it, of the contents of a compressed message among others.
    InMessage {
        /// Where the message begins in its file.
        message: u64,
        /// Bytes of its contents before it.
        byte: u64,
    },
    /// A line, from 1.
    Line(u64),
    /// A row of a table, from 1.
    Row(u64),
}

impl Position {
    /// A byte of a file, or of the compressed message in it that begins there.
    pub(super) fn of(message: Option<u64>, byte: u64) -> Self {
        message.map_or(Self::Byte(byte), |message| Self::InMessage { message, byte })
    }
}

/// What is said of a file that ends before it should.
const CUT_OFF: &str = "ends too early; was it copied whole?";

/// Names that errors list; the number of others follows.
const LISTED: usize = 3;

struct Listed<'a>(&'a [PathBuf]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let listed: Vec<String> = self.0.iter().take(LISTED).map(|file| file.display().to_string()).collect();
        f.write_str(&listed.join(", "))?;
        match self.0.len().saturating_sub(LISTED) {
            0 => Ok(()),
            others => write!(f, " and {others} more"),
        }
    }
}

struct Located(Option<Position>);

impl fmt::Display for Located {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |place| write!(f, " {place}:"))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(byte) => write!(f, "byte {byte}"),
            Self::InMessage { message, byte } => write!(f, "byte {byte} of the message at byte {message}"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
        }
    }
}

impl TraceError {
    pub(super) fn file(file: &Path, message: impl Into<String>) -> Self {
        Self::File { file: file.to_owned(), place: None, message: message.into() }
    }

    pub(super) fn at(file: &Path, place: Position, message: impl Into<String>) -> Self {
        Self::File { file: file.to_owned(), place: Some(place), message: message.into() }
    }
}

/// A file or folder that can't be read.
pub(super) fn unreadable(path: &Path, error: &io::Error) -> TraceError {
    TraceError::file(path, unreadable_message(error))
}

/// What an error while reading means.
pub(super) fn unreadable_message(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => CUT_OFF.to_owned(),
        _ => format!("can't be read: {error}"),
    }
}
