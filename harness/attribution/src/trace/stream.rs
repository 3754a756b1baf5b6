//! JSON as a stream: what is around spans is walked through, each span is parsed as one value.
//!
//! Only the part that is being read is in memory, so neither the size of a file nor its depth matters.

use std::io::{ErrorKind, Read};
use std::path::Path;
use std::str;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Deserializer, Error as JsonError};

use super::error::{Position, TraceError, unreadable_message};
use super::options::remedy;
use super::value::Text;

/// Read at once. More is out of the processor's cache before it is parsed.
const CHUNK: usize = 1 << 18;
/// Objects and lists within each other, around spans. What is in a span and isn't parsed may be of any depth.
const DEPTH: u32 = 128;

/// A kind of value that borrows from the text.
pub(super) trait Shape {
    /// The value.
    type Of<'text>: Deserialize<'text>;
}

/// A JSON text, or several after each other.
pub(super) struct Stream<'a> {
    source: Box<dyn Read + 'a>,
    file: &'a Path,
    /// Where the compressed message begins in the file of which this is.
    message: Option<u64>,
    cancel: &'a AtomicBool,
    most: u64,
    /// Read, but not all consumed.
    text: String,
    /// What of `text` is consumed.
    at: usize,
    /// Bytes of the file before `text`.
    before: u64,
    /// Read, but not UTF-8 yet: the start of a character.
    raw: Vec<u8>,
    ended: bool,
    /// It ended before it should.
    is_cut_off: bool,
}

impl<'a> Stream<'a> {
    /// `span_bytes` is the limit of one value that is parsed at once.
    pub(super) fn new(source: impl Read + 'a, file: &'a Path, span_bytes: u64, cancel: &'a AtomicBool) -> Self {
        Self {
            source: Box::new(source),
            file,
            message: None,
            cancel,
            most: span_bytes,
            text: String::new(),
            at: 0,
            before: 0,
            raw: Vec::new(),
            ended: false,
            is_cut_off: false,
        }
    }

    /// The same, of which places are told within the message that begins there.
    pub(super) fn of_message(mut self, at: u64) -> Self {
        self.message = Some(at);
        self
    }

    /// The file that this is of.
    pub(super) fn path(&self) -> &'a Path {
        self.file
    }

    /// Where the next value is.
    pub(super) fn place(&self) -> Position {
        Position::of(self.message, self.before + self.at as u64)
    }

    /// An error about what comes next.
    pub(super) fn error(&self, message: impl Into<String>) -> TraceError {
        TraceError::at(self.file, self.place(), message)
    }

    /// Goes past the mark that some editors put before a text.
    pub(super) fn skip_mark(&mut self) -> Result<(), TraceError> {
        self.peek()?;
        if self.text[self.at..].starts_with('\u{feff}') {
            self.at += '\u{feff}'.len_utf8();
        }
        Ok(())
    }

    /// The next byte that isn't white space, left where it is; `None` at the end.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, TraceError> {
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            if let Some(skipped) = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')) {
                self.at += skipped;
                return Ok(Some(rest[skipped]));
            }
            self.at = self.text.len();
            if self.ended {
                return if self.is_cut_off { Err(self.truncated()) } else { Ok(None) };
            }
            self.more()?;
        }
    }

    /// Goes past a byte if it comes next.
    pub(super) fn take(&mut self, byte: u8) -> Result<bool, TraceError> {
        let found = self.peek()? == Some(byte);
        self.at += usize::from(found);
        Ok(found)
    }

    /// Hands over the next value.
    ///
    /// # Errors
    /// When it isn't of that shape, or too large.
    pub(super) fn value<S: Shape, R>(&mut self, take: impl FnOnce(S::Of<'_>) -> R) -> Result<R, TraceError> {
        self.value_and_text::<S, R>(|value, _| take(value))
    }

    /// Hands over the next value, and how it is written.
    ///
    /// # Errors
    /// When it isn't of that shape, or too large.
    pub(super) fn value_and_text<S: Shape, R>(
        &mut self,
        take: impl FnOnce(S::Of<'_>, &str) -> R,
    ) -> Result<R, TraceError> {
        self.peek()?;
        let (consumed, result) = loop {
            {
                let rest = &self.text[self.at..];
                let mut values = Deserializer::from_str(rest).into_iter::<S::Of<'_>>();
                match values.next() {
                    // A number that ends with what was read may go on.
                    Some(Ok(value)) if self.ended || values.byte_offset() < rest.len() => {
                        let length = values.byte_offset();
                        break (length, take(value, &rest[..length]));
                    }
                    Some(Err(error)) if self.ended || !error.is_eof() => return Err(self.broken(&error)),
                    None if self.ended => return Err(self.truncated()),
                    _ => {}
                }
            }
            if (self.text.len() - self.at) as u64 > self.most {
                let message = format!("a value of more than {} bytes, the limit; {}", self.most, remedy("span-bytes"));
                return Err(self.error(message));
            }
            self.more()?;
        };
        self.at += consumed;
        Ok(result)
    }

    /// The key of the first member of the object that comes next, which stays where it is.
    pub(super) fn first_key(&mut self) -> Result<Option<String>, TraceError> {
        if self.peek()? != Some(b'{') {
            return Ok(None);
        }
        loop {
            let rest = self.text[self.at + 1..].trim_start();
            let mut keys = Deserializer::from_str(rest).into_iter::<Text<'_>>();
            match keys.next() {
                Some(Ok(key)) => return Ok(Some(key.0.into_owned())),
                Some(Err(error)) if !error.is_eof() => return Ok(None),
                _ if self.ended || (self.text.len() - self.at) as u64 > self.most => return Ok(None),
                _ => self.more()?,
            }
        }
    }

    /// Walks through an object; `each` has to consume the value. Null has no members.
    pub(super) fn members(
        &mut self,
        mut each: impl FnMut(&mut Self, &str) -> Result<(), TraceError>,
    ) -> Result<(), TraceError> {
        if !self.opens(b'{', "an object")? || self.take(b'}')? {
            return Ok(());
        }
        loop {
            if self.peek()? != Some(b'"') {
                return Err(self.unexpected("the name of a member"));
            }
            let key = self.value::<AnyText, _>(|key| key.0.into_owned())?;
            if !self.take(b':')? {
                return Err(self.unexpected("':'"));
            }
            each(self, &key)?;
            if self.take(b'}')? {
                return Ok(());
            }
            if !self.take(b',')? {
                return Err(self.unexpected("',' or '}'"));
            }
        }
    }

    /// Walks through a list; `each` has to consume the element. Null has no elements.
    pub(super) fn elements(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<(), TraceError>,
    ) -> Result<(), TraceError> {
        if !self.opens(b'[', "a list")? || self.take(b']')? {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.take(b']')? {
                return Ok(());
            }
            if !self.take(b',')? {
                return Err(self.unexpected("',' or ']'"));
            }
        }
    }

    /// Goes into an object or list; false if there is null in its place.
    fn opens(&mut self, bracket: u8, what: &str) -> Result<bool, TraceError> {
        if self.take(bracket)? {
            return Ok(true);
        }
        if self.peek()? == Some(b'n') {
            self.value::<Anything, _>(|_| ())?;
            return Ok(false);
        }
        Err(self.unexpected(what))
    }

    /// Goes past the next value, of whatever size.
    ///
    /// Of what is in it only brackets and strings are recognised.
    pub(super) fn skip(&mut self) -> Result<(), TraceError> {
        match self.peek()? {
            Some(b'{' | b'[' | b'"') => {}
            _ => return self.value::<Anything, _>(|_| ()),
        }
        // Of each bracket that is open, whether it is that of an object; the innermost is the lowest bit.
        let (mut open, mut depth) = (0_u128, 0_u32);
        let (mut in_string, mut escaped) = (false, false);
        loop {
            for (index, byte) in self.text.as_bytes()[self.at..].iter().enumerate() {
                if in_string {
                    match byte {
                        _ if escaped => escaped = false,
                        b'\\' => escaped = true,
                        b'"' => in_string = false,
                        _ => continue,
                    }
                } else {
                    match byte {
                        b'"' => in_string = true,
                        b'{' | b'[' => {
                            if depth == DEPTH {
                                self.at += index;
                                return Err(self.error(format!(
                                    "values within each other more than {DEPTH} deep, the limit, which is no trace"
                                )));
                            }
                            open = open << 1 | u128::from(*byte == b'{');
                            depth += 1;
                        }
                        b'}' | b']' => {
                            if depth == 0 || (open & 1 == 1) != (*byte == b'}') {
                                self.at += index;
                                return Err(self.unexpected("the bracket that was opened last"));
                            }
                            open >>= 1;
                            depth -= 1;
                        }
                        _ => continue,
                    }
                }
                if depth == 0 && !in_string {
                    self.at += index + 1;
                    return Ok(());
                }
            }
            self.at = self.text.len();
            if self.ended {
                return Err(self.truncated());
            }
            self.more()?;
        }
    }

    /// An error about what stands in the place of something.
    pub(super) fn unexpected(&mut self, expected: &str) -> TraceError {
        match self.peek() {
            Err(error) => error,
            Ok(None) => self.truncated(),
            Ok(Some(_)) => {
                let found = self.text[self.at..].chars().next().unwrap_or_default();
                self.error(format!("isn't JSON of a trace: {expected} belongs here, not {found:?}"))
            }
        }
    }

    fn truncated(&self) -> TraceError {
        TraceError::CutOff { file: self.file.to_owned(), place: Some(self.place()) }
    }

    /// What the parser says, at its place in the file.
    fn broken(&self, error: &JsonError) -> TraceError {
        if error.is_eof() {
            return TraceError::CutOff { file: self.file.to_owned(), place: Some(self.end()) };
        }
        // The parser counts lines from where it began.
        let rest = &self.text.as_bytes()[self.at..];
        let mut newlines = rest.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(index, _)| index + 1);
        let line = match error.line() {
            0 | 1 => 0,
            line => newlines.nth(line - 2).unwrap_or(rest.len()),
        };
        let byte = self.before + (self.at + line + error.column().saturating_sub(1)) as u64;
        let whole = error.to_string();
        let suffix = format!(" at line {} column {}", error.line(), error.column());
        let what = whole.strip_suffix(&suffix).unwrap_or(&whole);
        let what = if error.is_data() { what.to_owned() } else { format!("isn't JSON: {what}") };
        TraceError::at(self.file, Position::of(self.message, byte), what)
    }

    /// Reads on: as much as there is unconsumed, so that a large value isn't tried too often.
    fn more(&mut self) -> Result<(), TraceError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(TraceError::Cancelled);
        }
        self.text.drain(..self.at);
        self.before += self.at as u64;
        self.at = 0;
        let wanted = CHUNK.max(self.text.len()) as u64;
        let read = self.source.by_ref().take(wanted).read_to_end(&mut self.raw);
        match read {
            Ok(read) => self.ended = read == 0,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => (self.ended, self.is_cut_off) = (true, true),
            Err(error) => return Err(TraceError::at(self.file, self.end(), unreadable_message(&error))),
        }
        let (valid, is_broken) = match str::from_utf8(&self.raw) {
            Ok(valid) => (valid, false),
            Err(error) => {
                let valid = &self.raw[..error.valid_up_to()];
                let is_broken = error.error_len().is_some() || (self.ended && !self.is_cut_off);
                (str::from_utf8(valid).unwrap_or_default(), is_broken)
            }
        };
        self.text.push_str(valid);
        let valid = valid.len();
        self.raw.drain(..valid);
        match is_broken {
            true => Err(TraceError::at(self.file, self.end(), "isn't UTF-8, which JSON has to be; export it again")),
            false => Ok(()),
        }
    }

    /// Where what was read ends.
    fn end(&self) -> Position {
        Position::of(self.message, self.before + self.text.len() as u64)
    }
}

struct AnyText;

impl Shape for AnyText {
    type Of<'text> = Text<'text>;
}

struct Anything;

impl Shape for Anything {
    type Of<'text> = IgnoredAny;
}
