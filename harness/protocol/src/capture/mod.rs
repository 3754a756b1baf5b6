//! Recorded calls, as the recorder writes them and workers read them: the Python that both run.

/// Values as JSON that is read without running code, and back: classes `Encoder` and `Decoder`.
pub const ENCODING: &str = include_str!("encoding.py");

/// The lines of a capture, and which of them stand for so many calls: class `Calls`.
pub const CALLS: &str = include_str!("calls.py");
