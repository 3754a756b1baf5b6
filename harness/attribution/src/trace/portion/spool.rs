//! Requests of which there are more than are kept in memory: sorted piece by piece into temporary files, which are then merged into one.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeSet, BinaryHeap};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::requests::{OperationName, PartRow, RequestRow, RequestRows};
use super::told::Told;
use crate::trace::error::TraceError;
use crate::trace::options::Limits;

/// Bytes that are read of a file at once, and written.
const BUFFER: usize = 1 << 16;

/// Requests that were put together, in memory as far as the limit allows.
#[derive(Default)]
pub(in crate::trace) struct Spool {
    rows: RequestRows,
    pieces: Vec<Piece>,
}

/// Requests in their order, in a file that the system removes when it is closed.
struct Piece {
    file: File,
    /// To which its rows refer, in the order of their names.
    operations: Vec<OperationName>,
}

impl Spool {
    /// Those of one piece, which are in memory whatever their number.
    pub(in crate::trace) fn of(rows: RequestRows) -> Self {
        Self { rows, pieces: Vec::new() }
    }

    /// Adds requests, which are no more than the limit by themselves.
    ///
    /// # Errors
    /// When there is no room in memory and none for a temporary file either.
    pub(in crate::trace) fn add(
        &mut self,
        rows: RequestRows,
        limits: &Limits,
        scratch: &Path,
    ) -> Result<(), TraceError> {
        if !self.rows.has_room(&rows, limits) {
            self.spill(scratch).map_err(|error| failed(scratch, error))?;
        }
        self.rows.merge(rows);
        Ok(())
    }

    /// Puts what is in memory into a file.
    fn spill(&mut self, scratch: &Path) -> io::Result<()> {
        let mut rows = std::mem::take(&mut self.rows);
        rows.settle();
        let mut out = BufWriter::with_capacity(BUFFER, tempfile::tempfile_in(scratch)?);
        for (row, parts) in rows.iter() {
            write(&mut out, row, parts)?;
        }
        let mut file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        self.pieces.push(Piece { file, operations: rows.operations });
        Ok(())
    }

    /// All of them in an order that depends on them alone, each with what was told of all, and seen by somebody.
    ///
    /// # Errors
    /// When temporary files can't be written or read.
    pub(in crate::trace) fn settled(
        mut self,
        of_all: Told,
        scratch: &Path,
        see: &mut dyn FnMut(&RequestRow),
    ) -> Result<SettledRows, TraceError> {
        if self.pieces.is_empty() {
            self.rows.rows_mut().for_each(|row| {
                row.told = row.told.and(of_all);
                see(row);
            });
            self.rows.settle();
            return Ok(SettledRows::Memory(self.rows));
        }
        let merged = self.spill(scratch).and_then(|()| merged(self.pieces, of_all, scratch, see));
        merged.map(SettledRows::File).map_err(|error| failed(scratch, error))
    }
}

fn failed(scratch: &Path, error: io::Error) -> TraceError {
    TraceError::Scratch { folder: scratch.to_owned(), error }
}

/// Requests in an order that depends on them alone.
pub(in crate::trace) enum SettledRows {
    Memory(RequestRows),
    File(RowFile),
}

impl SettledRows {
    pub(in crate::trace) fn operations(&self) -> &[OperationName] {
        match self {
            Self::Memory(rows) => &rows.operations,
            Self::File(rows) => &rows.operations,
        }
    }

    pub(in crate::trace) fn is_empty(&self) -> bool {
        matches!(self, Self::Memory(rows) if rows.is_empty())
    }
}

/// Requests in a file.
#[derive(Debug)]
pub(in crate::trace) struct RowFile {
    file: File,
    scratch: PathBuf,
    /// To which rows refer, in the order of their names.
    pub(in crate::trace) operations: Vec<OperationName>,
    pub(in crate::trace) rows: usize,
}

impl RowFile {
    /// Visits all rows in their order.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(in crate::trace) fn visit(&self, mut visit: impl FnMut(&RequestRow, &[PartRow])) -> Result<(), TraceError> {
        let mut go_through = || -> io::Result<()> {
            let mut file = &self.file;
            file.rewind()?;
            let mut file = BufReader::with_capacity(BUFFER, file);
            let mut parts = Vec::new();
            for _ in 0..self.rows {
                let row = read(&mut file, &mut parts)?.ok_or(io::ErrorKind::UnexpectedEof)?;
                visit(&row, &parts);
            }
            Ok(())
        };
        go_through().map_err(|error| failed(&self.scratch, error))
    }
}

/// The next request of a piece.
struct Next {
    row: RequestRow,
    parts: Vec<PartRow>,
    piece: usize,
}

impl Ord for Next {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = self.row.order(&other.row).then_with(|| self.parts.cmp(&other.parts));
        order.then(self.piece.cmp(&other.piece))
    }
}

impl PartialOrd for Next {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Next {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Next {}

/// One file of all pieces.
fn merged(pieces: Vec<Piece>, of_all: Told, scratch: &Path, see: &mut dyn FnMut(&RequestRow)) -> io::Result<RowFile> {
    let names: BTreeSet<&OperationName> = pieces.iter().flat_map(|piece| &piece.operations).collect();
    let operations: Vec<OperationName> = names.into_iter().cloned().collect();
    let place = |name: &OperationName| operations.binary_search(name).map_or(0, |place| place as u32);
    // In the order of names in each, so that what is in order stays so.
    let places: Vec<Vec<u32>> = pieces.iter().map(|piece| piece.operations.iter().map(place).collect()).collect();
    let mut readers: Vec<_> = pieces.into_iter().map(|piece| BufReader::with_capacity(BUFFER, piece.file)).collect();
    let mut next = |piece: usize, mut parts: Vec<PartRow>| -> io::Result<Option<Reverse<Next>>> {
        let Some(mut row) = read(&mut readers[piece], &mut parts)? else { return Ok(None) };
        row.operation = places[piece][row.operation as usize];
        row.told = row.told.and(of_all);
        parts.iter_mut().for_each(|part| part.operation = places[piece][part.operation as usize]);
        Ok(Some(Reverse(Next { row, parts, piece })))
    };
    let mut heap = BinaryHeap::new();
    for piece in 0..places.len() {
        heap.extend(next(piece, Vec::new())?);
    }
    let mut out = BufWriter::with_capacity(BUFFER, tempfile::tempfile_in(scratch)?);
    let mut rows = 0;
    while let Some(Reverse(Next { row, parts, piece })) = heap.pop() {
        see(&row);
        write(&mut out, &row, &parts)?;
        rows += 1;
        heap.extend(next(piece, parts)?);
    }
    let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok(RowFile { file, scratch: scratch.to_owned(), operations, rows })
}

/// Bytes of a request without its parts, and of a part.
const ROW: usize = 16 + 5 * 8 + 4 + 4;
const PART: usize = 32;

fn write(out: &mut impl Write, row: &RequestRow, parts: &[PartRow]) -> io::Result<()> {
    out.write_all(&row.trace.to_le_bytes())?;
    out.write_all(&row.root.to_le_bytes())?;
    out.write_all(&row.start.to_le_bytes())?;
    out.write_all(&row.duration.to_le_bytes())?;
    out.write_all(&row.weight.to_le_bytes())?;
    // The number of parts, whether it failed, and what was told.
    let flags = (parts.len() as u64) << 16 | u64::from(row.failed) << 8 | u64::from(row.told.to_bits());
    out.write_all(&flags.to_le_bytes())?;
    out.write_all(&row.operation.to_le_bytes())?;
    out.write_all(&[0; 4])?;
    for part in parts {
        out.write_all(&part.operation.to_le_bytes())?;
        out.write_all(&part.calls.to_le_bytes())?;
        out.write_all(&part.exclusive.to_le_bytes())?;
        out.write_all(&part.inclusive.to_le_bytes())?;
        out.write_all(&part.waiting.to_le_bytes())?;
    }
    Ok(())
}

/// The next request with its parts; `None` at the end.
fn read(file: &mut impl Read, parts: &mut Vec<PartRow>) -> io::Result<Option<RequestRow>> {
    let mut bytes = [0; ROW];
    match file.read_exact(&mut bytes) {
        // The file ends with a request, as it was written.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let mut left = &bytes[..];
    let trace = u128::from_le_bytes(taken(&mut left));
    let root = u64::from_le_bytes(taken(&mut left));
    let [start, duration] = [(); 2].map(|()| i64::from_le_bytes(taken(&mut left)));
    let weight = f64::from_le_bytes(taken(&mut left));
    let flags = u64::from_le_bytes(taken(&mut left));
    let operation = u32::from_le_bytes(taken(&mut left));
    parts.clear();
    for _ in 0..flags >> 16 {
        let mut bytes = [0; PART];
        file.read_exact(&mut bytes)?;
        let mut left = &bytes[..];
        let [operation, calls] = [(); 2].map(|()| u32::from_le_bytes(taken(&mut left)));
        let [exclusive, inclusive, waiting] = [(); 3].map(|()| i64::from_le_bytes(taken(&mut left)));
        parts.push(PartRow { operation, calls, exclusive, inclusive, waiting });
    }
    let told = Told::from_bits(flags as u8).ok_or(io::ErrorKind::InvalidData)?;
    Ok(Some(RequestRow { trace, root, start, duration, weight, operation, failed: flags & 0x100 != 0, told }))
}

fn taken<const N: usize>(left: &mut &[u8]) -> [u8; N] {
    let (first, rest) = left.split_at(N);
    *left = rest;
    let mut bytes = [0; N];
    bytes.copy_from_slice(first);
    bytes
}
