//! Endpoints: functions over bytes, which a program or a server answers with.

use std::borrow::Cow;
use std::io;
use std::path::Path;

/// Most bytes of a refusal's message that are sent. Clients of gRPC accept 8 KiB of headers, and percent-encoding may
/// triple it.
const LONGEST_MESSAGE: usize = 2000;

/// A way to ask for a workload from another process.
pub struct Endpoint {
    /// The name that it is asked by.
    pub name: &'static str,
    /// Whether a request names a file. Such are answered by the program that was started for them alone, as the user that it
    /// belongs to; the server would read files for whoever can connect to it.
    pub reads_files: bool,
    /// Answers a request. Both are bytes, in a form that the workload documents.
    ///
    /// # Errors
    /// When the request has no answer.
    pub respond: fn(&[u8]) -> Result<Vec<u8>, Refusal>,
}

/// Why a request has no answer: an exception that the caller is to raise. No interpreter is needed to make one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Name of a built-in Python exception.
    pub exception: &'static str,
    /// What it says.
    pub message: String,
}

impl Refusal {
    /// A refusal that makes the caller raise that built-in exception.
    pub fn new(exception: &'static str, message: impl Into<String>) -> Self {
        Self { exception, message: message.into() }
    }

    /// The refusal of a file that can't be read.
    pub fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::new(exception_of(error), format!("{}: {error}", path.display()))
    }

    /// As JSON: `{"exception": …, "message": …}`.
    pub(crate) fn to_json(&self) -> String {
        serde_json::json!({ "exception": self.exception, "message": self.shortened() }).to_string()
    }

    /// The message as it is sent: a bad request may be quoted in it at any length.
    pub(crate) fn shortened(&self) -> Cow<'_, str> {
        if self.message.len() <= LONGEST_MESSAGE {
            return Cow::Borrowed(&self.message);
        }
        let end = (0..=LONGEST_MESSAGE).rev().find(|&end| self.message.is_char_boundary(end)).unwrap_or(0);
        Cow::Owned(format!("{}…", &self.message[..end]))
    }
}

impl From<io::Error> for Refusal {
    /// What Python raises for such an error of the system.
    fn from(error: io::Error) -> Self {
        Self::new(exception_of(&error), error.to_string())
    }
}

/// The exception that Python raises for such an error of the system.
fn exception_of(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "FileNotFoundError",
        io::ErrorKind::PermissionDenied => "PermissionError",
        io::ErrorKind::IsADirectory => "IsADirectoryError",
        io::ErrorKind::NotADirectory => "NotADirectoryError",
        // No error of the system: the path holds a NUL, which it was never asked about.
        io::ErrorKind::InvalidInput if error.raw_os_error().is_none() => "ValueError",
        _ => "OSError",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let fits = Refusal::new("ValueError", "x".repeat(LONGEST_MESSAGE));
        assert_eq!(fits.shortened(), fits.message);
        let cut = Refusal::new("ValueError", format!("{}ë", "x".repeat(LONGEST_MESSAGE - 1)));
        assert_eq!(cut.shortened(), format!("{}…", "x".repeat(LONGEST_MESSAGE - 1)));
    }
}
