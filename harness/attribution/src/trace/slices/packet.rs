//! A packet: some spans of a slice, as bytes that another process reads.

use std::io::{self, Read};

use serde::{Deserialize, Serialize};

use crate::trace::parts::MadeWith;
use crate::trace::portion::Counters;
use crate::trace::rows::{Row, WIDTH};

/// Bytes of a row.
const ROW: usize = WIDTH * 8;

/// What a packet begins with.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PacketHead {
    /// Of the program.
    pub(super) version: String,
    /// Files and folders of all that is read, as they were given.
    pub(super) paths: Vec<String>,
    pub(super) options: MadeWith,
    /// What there is to tell of the files that were read, in one packet of theirs.
    pub(super) counters: Option<Counters>,
    /// Names, to which spans and events refer by their places.
    pub(super) operations: Vec<String>,
    /// Services, and which instances of them.
    pub(super) resources: Vec<(String, u64)>,
    /// How many rows of spans follow.
    pub(super) spans: u64,
    /// And of events after them.
    pub(super) events: u64,
}

/// Bytes of a number of a slice, and of the length that follows it.
pub(super) const PREFIX: usize = 12;

/// What a stream of packets ends with in place of a packet: one that ends without it was cut off.
pub(super) const END: [u8; PREFIX] = [0xff; PREFIX];

/// A packet with its slice and its length before it.
pub(super) fn packet(slice: u32, head: &PacketHead, spans: &[u8], events: &[u8]) -> io::Result<Vec<u8>> {
    let head = serde_json::to_vec(head)?;
    let length = 4 + head.len() + spans.len() + events.len();
    let mut bytes = Vec::with_capacity(PREFIX + length);
    bytes.extend(slice.to_le_bytes());
    bytes.extend((length as u64).to_le_bytes());
    bytes.extend(u32::try_from(head.len()).map_err(io::Error::other)?.to_le_bytes());
    bytes.extend(head);
    bytes.extend(spans);
    bytes.extend(events);
    Ok(bytes)
}

/// The number of the slice whose packet comes next, and the bytes of that; `None` at the end.
///
/// # Errors
/// For a stream that is cut off.
pub(super) fn next_packet(from: &mut dyn Read) -> io::Result<Option<(u32, u64)>> {
    let mut prefix = [0; PREFIX];
    from.read_exact(&mut prefix)?;
    if prefix == END {
        return Ok(None);
    }
    let (mut slice, mut length) = ([0; 4], [0; 8]);
    slice.copy_from_slice(&prefix[..4]);
    length.copy_from_slice(&prefix[4..]);
    Ok(Some((u32::from_le_bytes(slice), u64::from_le_bytes(length))))
}

/// Reads what a packet begins with.
///
/// # Errors
/// For one that is cut off, or isn't one.
pub(super) fn head(from: &mut dyn Read) -> io::Result<PacketHead> {
    let mut length = [0; 4];
    from.read_exact(&mut length)?;
    let mut text = Vec::new();
    from.take(u64::from(u32::from_le_bytes(length))).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

/// Reads the next row.
///
/// # Errors
/// When there is no more.
pub(super) fn row(from: &mut dyn Read) -> io::Result<Row> {
    let mut bytes = [[0; 8]; WIDTH];
    from.read_exact(bytes.as_flattened_mut())?;
    Ok(bytes.map(u64::from_le_bytes))
}

/// Adds a row to bytes.
pub(super) fn push(row: &Row, to: &mut Vec<u8>) {
    to.reserve(ROW);
    to.extend(row.map(u64::to_le_bytes).as_flattened());
}
