//! What can be wrong with a log, as Python would put it.

use std::io;
use std::string::FromUtf8Error;

use crate::endpoint::Refusal;

/// Why a log has no total.
#[derive(Debug)]
pub enum Fault {
    /// It can't be read.
    Io(io::Error),
    /// It isn't UTF-8.
    Encoding(FromUtf8Error),
    /// A line isn't JSON.
    Json,
    /// A line is JSON, but no object.
    NoObject,
    /// An integer has more digits than Python's `int` takes.
    Digits,
    /// A line nests deeper than Python's recursion goes.
    Depth,
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<FromUtf8Error> for Fault {
    fn from(error: FromUtf8Error) -> Self {
        Self::Encoding(error)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            // A path with a NUL in it never gets to the system.
            Fault::Io(error) if error.kind() == io::ErrorKind::InvalidInput => {
                Self::new("ValueError", error.to_string())
            }
            Fault::Io(error) => error.into(),
            Fault::Encoding(error) => Self::new("UnicodeDecodeError", error.to_string()),
            Fault::Json => Self::new("ValueError", "a line isn't JSON"),
            Fault::NoObject => Self::new("AttributeError", "a line isn't an object"),
            Fault::Digits => Self::new("ValueError", "an integer has more than 4300 digits"),
            Fault::Depth => Self::new("RecursionError", "a line nests too deeply"),
        }
    }
}
