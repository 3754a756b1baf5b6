//! Protobuf as a stream: messages around spans are walked through, each span is decoded as one message.
//!
//! Only the part that is being read is in memory, so the size of a file doesn't matter, nor does a length that lies.

use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Buf, Bytes, BytesMut};
use prost::Message;

use super::error::{Position, TraceError, unreadable_message};
use super::options::remedy;

/// Read at once.
const CHUNK: usize = 1 << 16;
/// Bytes of a number at most.
const LONGEST_NUMBER: usize = 10;
/// The end of what ends where the file does.
pub(super) const WITH_THE_FILE: u64 = u64::MAX;

/// How the value of a field is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WireType {
    Varint,
    Fixed64,
    Length,
    Fixed32,
}

/// A field whose value comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) number: u32,
    pub(super) wire: WireType,
}

/// Messages of protobuf that are being read.
pub(super) struct Wire<'a> {
    source: Box<dyn Read + 'a>,
    file: &'a Path,
    /// Where the compressed message begins in the file of which this is.
    message: Option<u64>,
    cancel: &'a AtomicBool,
    most: u64,
    /// Read, but not consumed.
    buffer: BytesMut,
    /// Bytes consumed.
    at: u64,
    ended: bool,
    /// It ended before it should.
    is_cut_off: bool,
}

impl<'a> Wire<'a> {
    /// `span_bytes` is the limit of one message that is decoded at once.
    pub(super) fn new(source: impl Read + 'a, file: &'a Path, span_bytes: u64, cancel: &'a AtomicBool) -> Self {
        Self {
            source: Box::new(source),
            file,
            message: None,
            cancel,
            most: span_bytes,
            buffer: BytesMut::new(),
            at: 0,
            ended: false,
            is_cut_off: false,
        }
    }

    /// The same, of which places are told within the compressed message that begins there.
    pub(super) fn of_message(mut self, at: u64) -> Self {
        self.message = Some(at);
        self
    }

    /// The file that this is of.
    pub(super) fn path(&self) -> &'a Path {
        self.file
    }

    /// Bytes before what comes next.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Where the next byte is.
    pub(super) fn place(&self) -> Position {
        Position::of(self.message, self.at)
    }

    /// An error about what comes next.
    pub(super) fn error(&self, message: impl Into<String>) -> TraceError {
        TraceError::at(self.file, self.place(), message)
    }

    /// The next field of a message that ends there; `None` at its end.
    pub(super) fn field(&mut self, end: u64) -> Result<Option<Field>, TraceError> {
        if self.at == end || (end == WITH_THE_FILE && self.is_over()?) {
            return Ok(None);
        }
        let tag = self.number(end)?;
        let wire = match tag & 7 {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Length,
            5 => WireType::Fixed32,
            other => return Err(self.error(format!("isn't OTLP: no field of a trace is of wire type {other}"))),
        };
        match u32::try_from(tag >> 3) {
            Ok(number @ 1..=0x1fff_ffff) => Ok(Some(Field { number, wire })),
            _ => Err(self.error("isn't protobuf: there is no field of that number")),
        }
    }

    /// Where the message ends that is the value of this field, of a message that itself ends at `end`.
    pub(super) fn message(&mut self, field: Field, end: u64, what: &str) -> Result<u64, TraceError> {
        if field.wire != WireType::Length {
            return Err(self.error(format!("isn't OTLP: {what} is a message, not a number")));
        }
        self.length(end)
    }

    /// Decodes the message that is the value of this field, and hands it over with its place.
    ///
    /// # Errors
    /// When it is another message, or too large.
    pub(super) fn decoded<M: Message + Default>(
        &mut self,
        field: Field,
        end: u64,
        what: &str,
    ) -> Result<(M, Position), TraceError> {
        let message_end = self.message(field, end, what)?;
        let place = self.place();
        let length = message_end - self.at;
        if length > self.most {
            let message =
                format!("a value of {length} bytes, more than {}, the limit; {}", self.most, remedy("span-bytes"));
            return Err(self.error(message));
        }
        let decoded = M::decode(self.bytes(length as usize)?);
        let decoded = decoded.map_err(|error| {
            let error = error.to_string();
            let error = error.strip_prefix("failed to decode Protobuf message: ").unwrap_or(&error);
            TraceError::at(self.file, place, not(what, error))
        })?;
        Ok((decoded, place))
    }

    /// Goes past the value of a field.
    pub(super) fn skip(&mut self, field: Field, end: u64) -> Result<(), TraceError> {
        let until = match field.wire {
            WireType::Varint => return self.number(end).map(drop),
            WireType::Fixed64 => self.at + 8,
            WireType::Fixed32 => self.at + 4,
            WireType::Length => self.length(end)?,
        };
        if until > end {
            return Err(self.too_long(until - self.at, end));
        }
        self.skip_to(until)
    }

    /// Goes on from there.
    pub(super) fn skip_to(&mut self, place: u64) -> Result<(), TraceError> {
        while self.at < place {
            if self.available(1)? == 0 {
                return Err(self.cut_off());
            }
            let skipped = self.buffer.len().min(usize::try_from(place - self.at).unwrap_or(usize::MAX));
            self.advance(skipped);
        }
        Ok(())
    }

    /// The length of the message that comes next, as four bytes, the highest first; `None` at the end of the file.
    pub(super) fn frame(&mut self) -> Result<Option<u64>, TraceError> {
        if self.is_over()? {
            return Ok(None);
        }
        let bytes = self.bytes(4)?;
        Ok(Some(u64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))))
    }

    /// The next bytes, left where they are: fewer at the end of the file.
    pub(super) fn peek(&mut self, number: usize) -> Result<&[u8], TraceError> {
        let available = self.available(number)?;
        Ok(&self.buffer[..number.min(available)])
    }

    /// What comes next until there, as a stream of bytes.
    pub(super) fn bytes_until(&mut self, end: u64) -> BytesUntil<'_, 'a> {
        BytesUntil { wire: self, end }
    }

    /// Where something ends whose length comes next.
    fn length(&mut self, end: u64) -> Result<u64, TraceError> {
        let length = self.number(end)?;
        match self.at.checked_add(length).filter(|until| *until <= end) {
            Some(until) if until < WITH_THE_FILE => Ok(until),
            _ => Err(self.too_long(length, end)),
        }
    }

    fn too_long(&self, length: u64, end: u64) -> TraceError {
        let left = end.saturating_sub(self.at);
        self.error(format!("isn't OTLP, or is damaged: a value of {length} bytes in a message that has {left} left"))
    }

    /// The number that comes next, of seven bits a byte.
    fn number(&mut self, end: u64) -> Result<u64, TraceError> {
        let available = self.available(LONGEST_NUMBER)?;
        let mut number = 0_u64;
        for index in 0..LONGEST_NUMBER {
            if self.at + index as u64 >= end {
                return Err(self.error("isn't OTLP, or is damaged: a number goes beyond the message that it is in"));
            }
            if index >= available {
                self.advance(available);
                return Err(self.cut_off());
            }
            let byte = self.buffer[index];
            if index == LONGEST_NUMBER - 1 && byte > 1 {
                break;
            }
            number |= u64::from(byte & 0x7f) << (7 * index);
            if byte < 0x80 {
                self.advance(index + 1);
                return Ok(number);
            }
        }
        Err(self.error("isn't protobuf: a number of more than 64 bits"))
    }

    fn bytes(&mut self, length: usize) -> Result<Bytes, TraceError> {
        let available = self.available(length)?;
        if available < length {
            self.advance(available);
            return Err(self.cut_off());
        }
        self.at += length as u64;
        Ok(self.buffer.split_to(length).freeze())
    }

    fn advance(&mut self, bytes: usize) {
        self.buffer.advance(bytes);
        self.at += bytes as u64;
    }

    /// Whether the file is over, as it should be.
    fn is_over(&mut self) -> Result<bool, TraceError> {
        let is_over = self.available(1)? == 0;
        if is_over && self.is_cut_off { Err(self.cut_off()) } else { Ok(is_over) }
    }

    fn cut_off(&self) -> TraceError {
        TraceError::CutOff { file: self.file.to_owned(), place: Some(self.place()) }
    }

    /// Reads on until there are so many bytes, or no more.
    fn available(&mut self, wanted: usize) -> Result<usize, TraceError> {
        while self.buffer.len() < wanted && !self.ended {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(TraceError::Cancelled);
            }
            self.more().map_err(|error| {
                let end = Position::of(self.message, self.at + self.buffer.len() as u64);
                TraceError::at(self.file, end, unreadable_message(&error))
            })?;
        }
        Ok(self.buffer.len())
    }

    fn more(&mut self) -> io::Result<()> {
        let start = self.buffer.len();
        self.buffer.resize(start + CHUNK, 0);
        let read = self.source.read(&mut self.buffer[start..]);
        self.buffer.truncate(start + read.as_ref().copied().unwrap_or_default());
        match read {
            Ok(0) => self.ended = true,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                (self.ended, self.is_cut_off) = (true, true);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// What is said of something that isn't what it has to be.
pub(super) fn not(what: &str, why: &str) -> String {
    format!("isn't {what} of OTLP ({why}): is this a file of logs or metrics, or damaged? Give traces")
}

/// Bytes of a [`Wire`], up to a place.
pub(super) struct BytesUntil<'w, 'a> {
    wire: &'w mut Wire<'a>,
    end: u64,
}

impl Read for BytesUntil<'_, '_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.wire.at)).unwrap_or(usize::MAX);
        if left == 0 || into.is_empty() {
            return Ok(0);
        }
        while self.wire.buffer.is_empty() {
            if self.wire.ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            self.wire.more()?;
        }
        let read = left.min(into.len()).min(self.wire.buffer.len());
        into[..read].copy_from_slice(&self.wire.buffer[..read]);
        self.wire.advance(read);
        Ok(read)
    }
}
