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
    /// How many levels and values of those that were read have been looked at.
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
        Self { values, whole, defined: Vec::new(), repeated: Vec::new(), is_repeated, level: 0, value: 0 }
    }

    /// Reads so many rows.
    ///
    /// # Errors
    /// When it can't be decoded, or has fewer.
    pub(super) fn fill(&mut self, rows: usize) -> Result<(), String> {
        (self.level, self.value) = (0, 0);
        self.defined.clear();
        self.repeated.clear();
        let (defined, repeated) = (Some(&mut self.defined), Some(&mut self.repeated));
        macro_rules! read {
            ($reader:expr, $values:expr) => {{
                $values.clear();
                $reader.read_records(rows, defined, repeated, $values)
            }};
        }
        let read = guarded(|| match &mut self.values {
            Values::Truths(reader, values) => read!(reader, values),
            Values::Narrow(reader, values) => read!(reader, values),
            Values::Whole(reader, values) => read!(reader, values),
            Values::Old(reader, values) => read!(reader, values),
            Values::Singles(reader, values) => read!(reader, values),
            Values::Doubles(reader, values) => read!(reader, values),
            Values::Bytes(reader, values) => read!(reader, values),
            Values::Fixed(reader, values) => read!(reader, values),
        });
        match read.map_err(said)? {
            (read, ..) if read == rows => Ok(()),
            (read, ..) => Err(format!("it has {read} rows where there are to be {rows}")),
        }
    }

    /// How many entries of a map the next row has; one of nothing where it has none.
    pub(super) fn entries(&self) -> usize {
        self.within(0)
    }

    /// How many levels the next element of so many lists has, or the next list without any.
    pub(super) fn within(&self, lists: i16) -> usize {
        match self.is_repeated {
            true => 1 + self.repeated.iter().skip(self.level + 1).take_while(|level| **level > lists).count(),
            false => 1,
        }
    }

    /// Of how many lists the next value begins an element, 0 of a row; `None` at the end of what was read.
    pub(super) fn begins(&self) -> Option<i16> {
        self.repeated.get(self.level).copied()
    }

    /// Whether the next one is defined up to that level.
    pub(super) fn is_defined_from(&self, level: i16) -> bool {
        self.defined.get(self.level).is_some_and(|defined| *defined >= level)
    }

    /// The place of the next value, if it isn't nothing.
    pub(super) fn next(&mut self) -> Option<usize> {
        let is_there = self.whole == 0 || self.defined.get(self.level) == Some(&self.whole);
        self.level += 1;
        is_there.then(|| {
            self.value += 1;
            self.value - 1
        })
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

/// What an error of the library says, without whose it is.
pub(super) fn said(error: ParquetError) -> String {
    match error {
        ParquetError::General(message) | ParquetError::EOF(message) => message,
        other => other.to_string(),
    }
}
