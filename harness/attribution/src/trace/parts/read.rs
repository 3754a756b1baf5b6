//! Reads a part.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use parquet::column::reader::{ColumnReader, get_typed_column_reader};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
    Int64Type,
};
use parquet::errors::ParquetError;
use parquet::file::metadata::{FileMetaData, RowGroupMetaData};

use super::header::{FORMAT, Header, KEY};
use super::schema::{GROUP, column, is_part};
use crate::trace::error::{TraceError, unreadable};
use crate::trace::options::Limits;
use crate::trace::parquet::{ParquetFile, guarded};
use crate::trace::portion::{OperationName, PartRow, Portion, RequestRow, Told};

/// A part that isn't what was written.
const DAMAGED: &str = "is damaged: what it holds isn't what was written; copy it again, or make it anew";

/// Rows of which the columns are read at once.
const STEP: usize = 1 << 12;

/// What a part says of itself, and holds.
///
/// # Errors
/// For a file that can't be read, that isn't a part or not of this version, or that isn't whole; for more requests than the limit.
pub(super) fn read(file: &Path, limits: &Limits) -> Result<(Header, Portion), TraceError> {
    let failed = |message: String| TraceError::file(file, message);
    let opened = File::open(file).map_err(|error| unreadable(file, &error))?;
    let broken = |error: String| failed(format!("isn't a part, or not a whole one: {error}; make it anew"));
    let (opened, metadata) = ParquetFile::open(opened, limits).map_err(|error| broken(format!("it {error}")))?;
    let header = header(metadata.file_metadata()).map_err(failed)?;
    let mut portion = Portion { counters: header.counters.clone(), ..Portion::default() };
    let mut rows = Rows { portion: &mut portion, limits, operations: Default::default() };
    for group in metadata.row_groups() {
        rows.group(&Columns { file: &opened, group }).map_err(|error| match error {
            RowError::Broken(error) => broken(error),
            RowError::Other(message) => failed(message),
        })?;
    }
    // Operations got their numbers as they came.
    portion.requests.settle();
    if header.digest != header.digest_with(&portion) {
        return Err(failed(DAMAGED.to_owned()));
    }
    Ok((header, portion))
}

/// Whether a file is a part of whatever version, which may be damaged.
pub(super) fn is_some_part(file: &Path) -> bool {
    let opened = File::open(file).ok().and_then(|file| ParquetFile::open(file, &Limits::default()).ok());
    let is_named =
        |metadata: &FileMetaData| metadata.key_value_metadata().into_iter().flatten().any(|text| text.key == KEY);
    opened.is_some_and(|(_, metadata)| is_named(metadata.file_metadata()))
}

/// What a file says of itself.
fn header(metadata: &FileMetaData) -> Result<Header, String> {
    #[derive(serde::Deserialize)]
    struct Format {
        format: String,
        version: String,
    }
    let texts = metadata.key_value_metadata().into_iter().flatten();
    let text = texts.filter(|text| text.key == KEY).find_map(|text| text.value.as_deref());
    let text = text.ok_or("is Parquet of something else: --partial makes what is merged")?;
    let Format { format, version } = serde_json::from_str(text).map_err(|_| DAMAGED)?;
    if format != FORMAT || version != env!("CARGO_PKG_VERSION") {
        return Err(format!(
            "is a part of rustworthy {version} ({format}), and this is {} ({FORMAT}): make all parts with this one",
            env!("CARGO_PKG_VERSION")
        ));
    }
    if !is_part(metadata.schema_descr()) {
        return Err(DAMAGED.to_owned());
    }
    serde_json::from_str(text).map_err(|_| DAMAGED.to_owned())
}

enum RowError {
    /// What isn't whole.
    Broken(String),
    Other(String),
}

impl From<ParquetError> for RowError {
    fn from(error: ParquetError) -> Self {
        Self::Broken(error.to_string())
    }
}

fn damaged() -> RowError {
    RowError::Other(DAMAGED.to_owned())
}

/// The columns of a group of rows.
struct Columns<'a> {
    file: &'a ParquetFile,
    group: &'a RowGroupMetaData,
}

impl Columns<'_> {
    fn get(&self, place: usize, rows: usize) -> Result<ColumnReader, RowError> {
        self.file.column(self.group, place, rows).map_err(RowError::Broken)
    }
}

type PlacesByName = HashMap<Box<[u8]>, u32>;

/// Takes in rows.
struct Rows<'a> {
    portion: &'a mut Portion,
    limits: &'a Limits,
    /// The places of operations, by service and name; of those that wait for another service apart.
    operations: [HashMap<Box<[u8]>, PlacesByName>; 2],
}

impl Rows<'_> {
    fn group(&mut self, columns: &Columns<'_>) -> Result<(), RowError> {
        let rows = usize::try_from(columns.group.num_rows()).unwrap_or(usize::MAX);
        if rows > GROUP {
            return Err(damaged());
        }
        let of = RequestColumns::read(columns, rows)?;
        let parts = PartColumns::read(columns, rows, self.limits)?;
        let (mut present, mut lists) = (of.cursors(), parts.lists());
        for row in 0..rows {
            let list = lists.next().ok_or_else(damaged)?;
            let trace = present.trace.next(row).map_or(0, number);
            let root = present.root.next(row).map_or(0, number) as u64;
            let Some(start) = present.start.next(row) else {
                if trace == 0 || !list.is_empty() {
                    return Err(damaged());
                }
                self.portion.without_request.push(trace);
                continue;
            };
            let name = [present.service.next(row), present.operation.next(row)];
            let [Some(service), Some(operation)] = name else { return Err(damaged()) };
            let waits = *present.waits.next(row).ok_or_else(damaged)?;
            let told = present.sampling.next(row).and_then(|bits| u8::try_from(*bits).ok()).and_then(Told::from_bits);
            let request = RequestRow {
                trace,
                root,
                start: *start,
                duration: *present.duration.next(row).filter(|duration| **duration >= 0).ok_or_else(damaged)?,
                weight: *present.weight.next(row).ok_or_else(damaged)?,
                operation: self.operation(service, operation, waits)?,
                failed: *present.failed.next(row).ok_or_else(damaged)?,
                told: told.ok_or_else(damaged)?,
            };
            let parts = list.map(|place| self.part(&parts, place)).collect::<Result<Vec<_>, _>>()?;
            self.portion.requests.push(request, parts, self.limits).map_err(RowError::Other)?;
        }
        Ok(())
    }

    fn part(&mut self, of: &PartColumns, place: usize) -> Result<PartRow, RowError> {
        Ok(PartRow {
            operation: self.operation(&of.services[place], &of.operations[place], of.waits[place])?,
            calls: u32::try_from(of.calls[place]).map_err(|_| damaged())?,
            exclusive: of.exclusive[place],
            inclusive: of.inclusive[place],
            waiting: of.waiting[place],
        })
    }

    /// The place of an operation of a service among all.
    fn operation(&mut self, service: &ByteArray, name: &ByteArray, waits: bool) -> Result<u32, RowError> {
        let known = &mut self.operations[usize::from(waits)];
        if let Some(known) = known.get(service.data()).and_then(|own| own.get(name.data())) {
            return Ok(*known);
        }
        let text = |bytes: &ByteArray| bytes.as_utf8().map(str::to_owned);
        let operation = OperationName { service: text(service)?, operation: text(name)?, waits };
        let place = self.portion.requests.operations.len() as u32;
        self.portion.requests.operations.push(operation);
        known.entry(service.data().into()).or_default().insert(name.data().into(), place);
        Ok(place)
    }
}

/// An id.
fn number(bytes: &FixedLenByteArray) -> u128 {
    bytes.data().iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// The values of a column, and for which rows there are some.
struct Column<T> {
    values: Vec<T>,
    present: Vec<i16>,
    repeated: Vec<i16>,
}

impl<T> Column<T> {
    /// `most` values are read.
    fn read<D: DataType<T = T>>(columns: &Columns<'_>, place: usize, rows: usize, most: u64) -> Result<Self, RowError> {
        let mut reader = get_typed_column_reader::<D>(columns.get(place, rows)?);
        let is_list = columns.group.column(place).column_descr().max_rep_level() > 0;
        let mut column = Self { values: Vec::new(), present: Vec::new(), repeated: Vec::new() };
        let mut left = rows;
        while left > 0 {
            let Self { values, present, repeated } = &mut column;
            let repeated = is_list.then_some(repeated);
            let (read, ..) = guarded(|| reader.read_records(left.min(STEP), Some(present), repeated, values))?;
            if read == 0 || values.len() as u64 > most {
                return Err(damaged());
            }
            left -= read;
        }
        Ok(column)
    }

    fn cursor(&self) -> Cursor<'_, T> {
        Cursor { column: self, values: self.values.iter() }
    }
}

/// Goes from row to row.
struct Cursor<'a, T> {
    column: &'a Column<T>,
    values: std::slice::Iter<'a, T>,
}

impl<'a, T> Cursor<'a, T> {
    /// The value of this row; rows come one after the other.
    fn next(&mut self, row: usize) -> Option<&'a T> {
        if self.column.present.get(row) == Some(&1) { self.values.next() } else { None }
    }
}

/// The columns of requests.
struct RequestColumns {
    trace: Column<FixedLenByteArray>,
    root: Column<FixedLenByteArray>,
    service: Column<ByteArray>,
    operation: Column<ByteArray>,
    waits: Column<bool>,
    start: Column<i64>,
    duration: Column<i64>,
    weight: Column<f64>,
    failed: Column<bool>,
    sampling: Column<i32>,
}

/// Where each of them is.
struct RequestCursors<'a> {
    trace: Cursor<'a, FixedLenByteArray>,
    root: Cursor<'a, FixedLenByteArray>,
    service: Cursor<'a, ByteArray>,
    operation: Cursor<'a, ByteArray>,
    waits: Cursor<'a, bool>,
    start: Cursor<'a, i64>,
    duration: Cursor<'a, i64>,
    weight: Cursor<'a, f64>,
    failed: Cursor<'a, bool>,
    sampling: Cursor<'a, i32>,
}

impl RequestColumns {
    fn read(columns: &Columns<'_>, rows: usize) -> Result<Self, RowError> {
        let most = rows as u64;
        Ok(Self {
            trace: Column::read::<FixedLenByteArrayType>(columns, column::TRACE, rows, most)?,
            root: Column::read::<FixedLenByteArrayType>(columns, column::ROOT, rows, most)?,
            service: Column::read::<ByteArrayType>(columns, column::SERVICE, rows, most)?,
            operation: Column::read::<ByteArrayType>(columns, column::OPERATION, rows, most)?,
            waits: Column::read::<BoolType>(columns, column::WAITS, rows, most)?,
            start: Column::read::<Int64Type>(columns, column::START, rows, most)?,
            duration: Column::read::<Int64Type>(columns, column::DURATION, rows, most)?,
            weight: Column::read::<DoubleType>(columns, column::WEIGHT, rows, most)?,
            failed: Column::read::<BoolType>(columns, column::FAILED, rows, most)?,
            sampling: Column::read::<Int32Type>(columns, column::SAMPLING, rows, most)?,
        })
    }

    fn cursors(&self) -> RequestCursors<'_> {
        RequestCursors {
            trace: self.trace.cursor(),
            root: self.root.cursor(),
            service: self.service.cursor(),
            operation: self.operation.cursor(),
            waits: self.waits.cursor(),
            start: self.start.cursor(),
            duration: self.duration.cursor(),
            weight: self.weight.cursor(),
            failed: self.failed.cursor(),
            sampling: self.sampling.cursor(),
        }
    }
}

/// The columns of what requests spent where, and where the list of each request begins.
struct PartColumns {
    services: Vec<ByteArray>,
    operations: Vec<ByteArray>,
    waits: Vec<bool>,
    calls: Vec<i64>,
    exclusive: Vec<i64>,
    inclusive: Vec<i64>,
    waiting: Vec<i64>,
    present: Vec<i16>,
    repeated: Vec<i16>,
}

impl PartColumns {
    fn read(columns: &Columns<'_>, rows: usize, limits: &Limits) -> Result<Self, RowError> {
        let most = limits.request_operations;
        let services = Column::read::<ByteArrayType>(columns, column::PART_SERVICE, rows, most)?;
        let operations = Column::read::<ByteArrayType>(columns, column::PART_OPERATION, rows, most)?.values;
        let waits = Column::read::<BoolType>(columns, column::PART_WAITS, rows, most)?.values;
        let calls = Column::read::<Int64Type>(columns, column::CALLS, rows, most)?.values;
        let exclusive = Column::read::<Int64Type>(columns, column::EXCLUSIVE, rows, most)?.values;
        let inclusive = Column::read::<Int64Type>(columns, column::INCLUSIVE, rows, most)?.values;
        let waiting = Column::read::<Int64Type>(columns, column::WAITING, rows, most)?.values;
        let number = services.values.len();
        if [operations.len(), waits.len(), calls.len(), exclusive.len(), inclusive.len(), waiting.len()] != [number; 6]
        {
            return Err(damaged());
        }
        let Column { values: services, present, repeated } = services;
        Ok(Self { services, operations, waits, calls, exclusive, inclusive, waiting, present, repeated })
    }

    /// Of each request the places of its parts.
    fn lists(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        let (mut level, mut at) = (0, 0);
        std::iter::from_fn(move || {
            let is_some = *self.present.get(level)? > 0;
            let from = at;
            level += 1;
            at += usize::from(is_some);
            while self.repeated.get(level) == Some(&1) {
                level += 1;
                at += 1;
            }
            Some(from..at.min(self.services.len()))
        })
    }
}
