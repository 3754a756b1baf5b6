//! The values of a column, some rows at a time.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, FloatType, Int32Type,
    Int64Type, Int96, Int96Type,
};
use parquet::errors::ParquetError;

use super::file::guarded;

/// A value of a table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    Nothing,
    Truth(bool),
    Whole(i64),
    Number(f64),
    /// A text, or bytes.
    Bytes(&'a [u8]),
}

/// Does the same with whatever reader, and what it has read.
macro_rules! of_each {
    ($of:expr, |$reader:ident, $values:ident| $done:expr) => {
        match $of {
            Values::Truths($reader, $values) => $done,
            Values::Narrow($reader, $values) => $done,
            Values::Whole($reader, $values) => $done,
            Values::Old($reader, $values) => $done,
            Values::Singles($reader, $values) => $done,
            Values::Doubles($reader, $values) => $done,
            Values::Bytes($reader, $values) => $done,
            Values::Fixed($reader, $values) => $done,
        }
    };
}

/// A reader with what it has read.
enum Values {
    Truths(ColumnReaderImpl<BoolType>, Vec<bool>),
    Narrow(ColumnReaderImpl<Int32Type>, Vec<i32>),
    Whole(ColumnReaderImpl<Int64Type>, Vec<i64>),
    /// Times as Spark and Impala wrote them.
    Old(ColumnReaderImpl<Int96Type>, Vec<Int96>),
    Singles(ColumnReaderImpl<FloatType>, Vec<f32>),
    Doubles(ColumnReaderImpl<DoubleType>, Vec<f64>),
    Bytes(ColumnReaderImpl<ByteArrayType>, Vec<ByteArray>),
    Fixed(ColumnReaderImpl<FixedLenByteArrayType>, Vec<FixedLenByteArray>),
}

/// A column of a table, or one side of a map in it.
pub(super) struct Column {
    values: Values,
    /// The level at which there is a value.
    whole: i16,
    defined: Vec<i16>,
    repeated: Vec<i16>,
    is_repeated: bool,
    next: Place,
}

/// How many levels and values of those that were read have been looked at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Place {
    level: usize,
    value: usize,
}

impl Column {
    /// A column whose values are defined at that level, and repeat within a row where it's a map's.
    pub(super) fn new(reader: ColumnReader, whole: i16, is_repeated: bool) -> Self {
        let values = match reader {
            ColumnReader::BoolColumnReader(reader) => Values::Truths(reader, Vec::new()),
            ColumnReader::Int32ColumnReader(reader) => Values::Narrow(reader, Vec::new()),
            ColumnReader::Int64ColumnReader(reader) => Values::Whole(reader, Vec::new()),
            ColumnReader::Int96ColumnReader(reader) => Values::Old(reader, Vec::new()),
            ColumnReader::FloatColumnReader(reader) => Values::Singles(reader, Vec::new()),
            ColumnReader::DoubleColumnReader(reader) => Values::Doubles(reader, Vec::new()),
            ColumnReader::ByteArrayColumnReader(reader) => Values::Bytes(reader, Vec::new()),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => Values::Fixed(reader, Vec::new()),
        };
        Self { values, whole, defined: Vec::new(), repeated: Vec::new(), is_repeated, next: Place::default() }
    }

    /// Reads so many rows.
    ///
    /// # Errors
    /// When it can't be decoded, or has fewer.
    pub(super) fn fill(&mut self, rows: usize) -> Result<(), String> {
        self.clear();
        let (defined, repeated) = (Some(&mut self.defined), Some(&mut self.repeated));
        let read = guarded(|| {
            of_each!(&mut self.values, |reader, values| Ok(reader.read_records(rows, defined, repeated, values)?.0))
        });
        in_full(read.map_err(said)?, rows)
    }

    /// Passes over so many rows, of which there is nothing then.
    ///
    /// # Errors
    /// As of [`Self::fill`].
    pub(super) fn skip(&mut self, rows: usize) -> Result<(), String> {
        self.clear();
        let skipped = guarded(|| of_each!(&mut self.values, |reader, _values| reader.skip_records(rows)));
        in_full(skipped.map_err(said)?, rows)
    }

    fn clear(&mut self) {
        self.next = Place::default();
        self.defined.clear();
        self.repeated.clear();
        of_each!(&mut self.values, |_reader, values| values.clear());
    }

    /// Whether the rows were passed over.
    pub(super) fn is_passed_over(&self) -> bool {
        self.is_repeated && self.repeated.is_empty()
    }

    /// Whether there is such a value, which is bytes.
    pub(super) fn has(&self, is_one: impl Fn(&[u8]) -> bool) -> bool {
        match &self.values {
            Values::Bytes(_, values) => values.iter().any(|value| is_one(value.data())),
            Values::Fixed(_, values) => values.iter().any(|value| is_one(value.data())),
            _ => false,
        }
    }

    /// How many entries of a map the next row has; one of nothing where it has none.
    pub(super) fn entries(&self) -> usize {
        self.within(0)
    }

    /// How many levels the next element of so many lists has, or the next list without any.
    pub(super) fn within(&self, lists: i16) -> usize {
        match self.is_repeated {
            true => 1 + self.repeated.iter().skip(self.next.level + 1).take_while(|level| **level > lists).count(),
            false => 1,
        }
    }

    /// Of how many lists the next value begins an element, 0 of a row; `None` at the end of what was read.
    pub(super) fn begins(&self) -> Option<i16> {
        self.repeated.get(self.next.level).copied()
    }

    /// Whether the next one is defined up to that level.
    pub(super) fn is_defined_from(&self, level: i16) -> bool {
        self.defined.get(self.next.level).is_some_and(|defined| *defined >= level)
    }

    /// Where the next value is, if it isn't nothing.
    pub(super) fn next(&mut self) -> Option<usize> {
        let mut place = self.next;
        let found = self.following(&mut place);
        self.next = place;
        found
    }

    /// The same after a place, which goes on to what follows.
    pub(super) fn following(&self, place: &mut Place) -> Option<usize> {
        let is_there = self.whole == 0 || self.defined.get(place.level) == Some(&self.whole);
        place.level += 1;
        is_there.then(|| {
            place.value += 1;
            place.value - 1
        })
    }

    /// Where the next row begins.
    pub(super) fn here(&self) -> Place {
        self.next
    }

    /// The value of the next row.
    pub(super) fn cell(&self) -> Cell<'_> {
        self.at(self.following(&mut self.here()))
    }

    /// Goes on to the row after the next.
    pub(super) fn end_row(&mut self) {
        for _ in 0..self.entries() {
            self.next();
        }
    }

    /// The value at a place.
    pub(super) fn at(&self, place: Option<usize>) -> Cell<'_> {
        let Some(place) = place else { return Cell::Nothing };
        let found = match &self.values {
            Values::Truths(_, values) => values.get(place).map(|value| Cell::Truth(*value)),
            Values::Narrow(_, values) => values.get(place).map(|value| Cell::Whole(i64::from(*value))),
            Values::Whole(_, values) => values.get(place).map(|value| Cell::Whole(*value)),
            Values::Old(_, values) => values.get(place).map(|value| Cell::Whole(value.to_nanos())),
            Values::Singles(_, values) => values.get(place).map(|value| Cell::Number(f64::from(*value))),
            Values::Doubles(_, values) => values.get(place).map(|value| Cell::Number(*value)),
            Values::Bytes(_, values) => values.get(place).map(|value| Cell::Bytes(value.data())),
            Values::Fixed(_, values) => values.get(place).map(|value| Cell::Bytes(value.data())),
        };
        found.unwrap_or(Cell::Nothing)
    }
}

fn in_full(found: usize, rows: usize) -> Result<(), String> {
    if found == rows { Ok(()) } else { Err(format!("it has {found} rows where there are to be {rows}")) }
}

/// What an error of the library says, without whose it is.
pub(super) fn said(error: ParquetError) -> String {
    match error {
        ParquetError::General(message) | ParquetError::EOF(message) => message,
        other => other.to_string(),
    }
}
