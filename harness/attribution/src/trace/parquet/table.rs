//! From rows of a table to spans.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use parquet::file::metadata::RowGroupMetaData;
use serde_json::Value;

use super::column::{Cell, Column};
use super::file::ParquetFile;
use super::layout::{Attributes, End, Layout, Time};
use super::resource::Resource;
use super::tempo;
use super::{MAGIC, PACKED};
use crate::trace::error::{Position, TraceError, unreadable};
use crate::trace::otlp::Fields;
use crate::trace::sampling::may_tell;
use crate::trace::spans::{Collected, Side};
use crate::trace::telling::Telling;
use crate::trace::value::{Id, TagValue, hash};

/// The name of the format in results.
const NAME: &str = "parquet";

/// Rows that are read at a time.
const ROWS: usize = 4096;

/// Collects the spans of a table, or of a block of Tempo.
///
/// # Errors
/// For a file that can't be read or isn't whole, columns that are missing or of another type, and for what is beyond a limit.
pub(in crate::trace) fn collect(path: &Path, into: &mut Collected<'_>, cancel: &AtomicBool) -> Result<(), TraceError> {
    let failed = |error: String| TraceError::file(path, error);
    let mut file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let mut start = [0; MAGIC.len()];
    file.read_exact(&mut start).map_err(|error| unreadable(path, &error))?;
    if start != MAGIC {
        return Err(failed(PACKED.to_owned()));
    }
    let (file, metadata) = ParquetFile::open(file, &into.options.limits).map_err(failed)?;
    let schema = metadata.file_metadata().schema_descr();
    // Who names columns means a table.
    if tempo::is_block(schema) && into.options.columns.named().next().is_none() {
        return tempo::collect(path, file, &metadata, into, cancel);
    }
    let layout = Layout::of(schema, &into.options.columns).map_err(failed)?;
    into.formats.insert(NAME);
    let mut table = Table { path, file, row: 0 };
    for group in metadata.row_groups() {
        table.group(group, &layout, into, cancel)?;
    }
    Ok(())
}

/// A table that is being read.
struct Table<'a> {
    path: &'a Path,
    file: ParquetFile,
    /// Rows that were read.
    row: u64,
}

/// The columns of a group of rows, and in which row of it they are.
struct Columns {
    /// By their leaves; `None` of those that aren't looked at.
    leaves: Vec<Option<Column>>,
    /// The keys and values of maps.
    maps: Vec<(usize, usize)>,
}

impl Columns {
    /// Reads so many rows, of maps only where a key is asked for.
    ///
    /// # Errors
    /// With the leaf that can't be decoded, or has fewer.
    fn fill(&mut self, rows: usize, asks_for: impl Fn(&[u8]) -> bool) -> Result<(), (usize, String)> {
        let is_of_map = |leaf: usize| self.maps.iter().any(|(_, values)| *values == leaf);
        for (leaf, column) in self.leaves.iter_mut().enumerate().filter(|(leaf, _)| !is_of_map(*leaf)) {
            column.as_mut().map_or(Ok(()), |column| column.fill(rows)).map_err(|error| (leaf, error))?;
        }
        for (keys, values) in &self.maps {
            let is_asked_for = self.column(*keys).is_some_and(|keys| keys.has(&asks_for));
            let Some(Some(column)) = self.leaves.get_mut(*values) else { continue };
            let read = if is_asked_for { column.fill(rows) } else { column.skip(rows) };
            read.map_err(|error| (*values, error))?;
        }
        Ok(())
    }

    fn column(&self, leaf: usize) -> Option<&Column> {
        self.leaves.get(leaf)?.as_ref()
    }

    /// What a leaf has in this row.
    fn cell(&self, leaf: usize) -> Cell<'_> {
        self.column(leaf).map_or(Cell::Nothing, Column::cell)
    }

    fn cell_of(&self, leaf: Option<usize>) -> Cell<'_> {
        leaf.map_or(Cell::Nothing, |leaf| self.cell(leaf))
    }

    /// Tells the entries of a map in this row.
    ///
    /// # Errors
    /// When it isn't one.
    fn entries(&self, keys: usize, values: usize, tell: &mut dyn FnMut(&[u8], &TagValue<'_>)) -> Result<(), String> {
        let [Some(keys), Some(values)] = [keys, values].map(|leaf| self.column(leaf)) else { return Ok(()) };
        if values.is_passed_over() {
            return Ok(());
        }
        let number = keys.entries();
        if number != values.entries() {
            return Err("a map has keys without values; export it again".to_owned());
        }
        let (mut key, mut value) = (keys.here(), values.here());
        for _ in 0..number {
            let places = (keys.following(&mut key), values.following(&mut value));
            if let Cell::Bytes(key) = keys.at(places.0) {
                tell(key, &tag(values.at(places.1)));
            }
        }
        Ok(())
    }

    fn end_row(&mut self) {
        self.leaves.iter_mut().flatten().for_each(Column::end_row);
    }
}

impl Table<'_> {
    fn group(
        &mut self,
        group: &RowGroupMetaData,
        layout: &Layout,
        into: &mut Collected<'_>,
        cancel: &AtomicBool,
    ) -> Result<(), TraceError> {
        let failed = |error: String| TraceError::file(self.path, error);
        let rows =
            usize::try_from(group.num_rows()).map_err(|_| failed("isn't whole Parquet: rows below zero".to_owned()))?;
        let mut columns = Columns { leaves: (0..group.num_columns()).map(|_| None).collect(), maps: layout.maps() };
        for leaf in layout.leaves() {
            columns.leaves[leaf] = Some(self.column(group, leaf, rows).map_err(failed)?);
        }
        let mut left = rows;
        while left > 0 {
            if cancel.load(Ordering::Relaxed) {
                return Err(TraceError::Cancelled);
            }
            let some = left.min(ROWS);
            let telling = Telling::new(&into.options.weights);
            let asks_for = |key: &[u8]| telling.asks_for(key) || Resource::asks_for(key);
            columns.fill(some, asks_for).map_err(|(leaf, error)| {
                let message = format!("column '{}': {error}", group.column(leaf).column_path().string());
                TraceError::at(self.path, Position::Row(self.row + 1), message)
            })?;
            for _ in 0..some {
                self.row += 1;
                self.span(&columns, layout, into)?;
                columns.end_row();
            }
            left -= some;
        }
        Ok(())
    }

    fn column(&self, group: &RowGroupMetaData, leaf: usize, rows: usize) -> Result<Column, String> {
        let described = group.column(leaf).column_descr_ptr();
        let (whole, is_repeated) = (described.max_def_level(), described.max_rep_level() > 0);
        Ok(Column::new(self.file.column(group, leaf, rows)?, whole, is_repeated))
    }

    fn span(&self, columns: &Columns, layout: &Layout, into: &mut Collected<'_>) -> Result<(), TraceError> {
        let place = (self.path, Position::Row(self.row));
        into.read += 1;
        let span = self.fields(columns, layout, into).map_err(|message| TraceError::at(place.0, place.1, message))?;
        let (fields, operation, resource) = span;
        let (End::At(end) | End::After(end)) = layout.end;
        let is_coarse = [layout.start, end].iter().any(|time| time.unit.nanos() > 1);
        match fields.collected(operation, resource) {
            Ok(span) => into.push(crate::trace::spans::Span { coarse: is_coarse, ..span }, place),
            Err(reason) => {
                into.skips.add(reason, 1, Some(place));
                Ok(())
            }
        }
    }

    /// What a row tells, with its operation and its resource.
    fn fields(
        &self,
        columns: &Columns,
        layout: &Layout,
        into: &mut Collected<'_>,
    ) -> Result<(Fields, u32, u32), String> {
        let side = side(columns.cell_of(layout.kind));
        let mut telling = Telling::new(&into.options.weights);
        if let Cell::Bytes(state) = columns.cell_of(layout.state) {
            telling.trace_state(state);
        }
        let weights = &into.options.weights;
        // Names with dots may be nested, `{"code": {"function": …}}`.
        let may_tell = |text: &str| may_tell(weights, text) || text.contains("\"code\"");
        self.attributes(columns, layout.attributes, &may_tell, &mut |key, value| {
            if telling.asks_for(key) {
                telling.attribute(key, value);
            }
        })?;
        let start = time(columns.cell(layout.start.leaf), layout.start);
        let end = match layout.end {
            End::At(end) => time(columns.cell(end.leaf), end),
            End::After(after) => {
                let duration = time(columns.cell(after.leaf), after);
                start.and_then(|start| start.checked_add(duration?))
            }
        };
        let fields = Fields {
            trace: id(columns.cell(layout.trace), 16).0,
            id: id(columns.cell(layout.span), 8).span(),
            parent: id(columns.cell(layout.parent), 8).span(),
            start,
            end,
            side,
            flags: 0,
            failed: is_failure(columns.cell_of(layout.status)),
            told: telling.told(side)?,
        };
        let resource = self.resource(columns, layout, into)?;
        let name = self.file.text(columns.cell(layout.name))?;
        let operation = fields.operation(&name, &mut into.operations)?;
        Ok((fields, operation, resource))
    }

    /// The service, by its own column or its attributes, and which instance of it.
    fn resource(&self, columns: &Columns, layout: &Layout, into: &mut Collected<'_>) -> Result<u32, String> {
        let mut resource = Resource::of(self.file.text(columns.cell_of(layout.service))?);
        self.attributes(columns, layout.resource, &|_| true, &mut |key, value| {
            if let TagValue::Text(text) = value {
                resource.attribute(key, text);
            }
        })?;
        resource.number(&mut into.resources)
    }

    /// Tells the attributes of the row one by one; of texts of JSON those alone that `may_tell` something.
    fn attributes(
        &self,
        columns: &Columns,
        attributes: Option<Attributes>,
        may_tell: &dyn Fn(&str) -> bool,
        tell: &mut dyn FnMut(&[u8], &TagValue<'_>),
    ) -> Result<(), String> {
        match attributes {
            None => Ok(()),
            Some(Attributes::Map(keys, values)) => columns.entries(keys, values, tell),
            Some(Attributes::Json(leaf)) => {
                let Cell::Bytes(bytes) = columns.cell(leaf) else { return Ok(()) };
                self.file.budget.spend(bytes.len() as u64)?;
                let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| may_tell(text)) else { return Ok(()) };
                let object =
                    serde_json::from_str(text).map_err(|error| format!("its attributes aren't JSON: {error}"))?;
                members(&mut String::new(), &object, tell);
                Ok(())
            }
        }
    }
}

/// Tells the members of an object, those of objects in it by the names of both with a dot between, as ClickHouse's type of JSON
/// nests names that have dots.
fn members(path: &mut String, value: &Value, tell: &mut dyn FnMut(&[u8], &TagValue<'_>)) {
    let value = match value {
        Value::Object(object) => {
            let before = path.len();
            for (key, value) in object {
                if before > 0 {
                    path.push('.');
                }
                path.push_str(key);
                members(path, value, tell);
                path.truncate(before);
            }
            return;
        }
        Value::String(text) => TagValue::Text(text.as_str().into()),
        Value::Number(number) => number.as_f64().map_or(TagValue::Other, TagValue::Number),
        Value::Bool(truth) => TagValue::Truth(*truth),
        Value::Null | Value::Array(_) => TagValue::Other,
    };
    tell(path.as_bytes(), &value);
}

/// A value as that of a tag.
pub(super) fn tag(cell: Cell<'_>) -> TagValue<'_> {
    match cell {
        Cell::Nothing => TagValue::Other,
        Cell::Truth(truth) => TagValue::Truth(truth),
        Cell::Whole(number) => TagValue::Number(number as f64),
        Cell::Number(number) => TagValue::Number(number),
        Cell::Bytes(bytes) => std::str::from_utf8(bytes).map_or(TagValue::Other, |text| TagValue::Text(text.into())),
    }
}

/// An id of so many bytes: its bytes, or a text of it.
fn id(cell: Cell<'_>, length: usize) -> Id {
    match cell {
        Cell::Whole(number) => Id((number != 0).then_some(u128::from(number as u64))),
        Cell::Bytes(bytes) if bytes.len() == length && !bytes.iter().all(u8::is_ascii_hexdigit) => {
            let number = bytes.iter().fold(0, |number: u128, byte| number << 8 | u128::from(*byte));
            Id((number != 0).then_some(number))
        }
        Cell::Bytes(bytes) => std::str::from_utf8(bytes).map_or_else(|_| Id(Some(u128::from(hash(bytes)))), Id::parse),
        Cell::Nothing | Cell::Truth(_) | Cell::Number(_) => Id(None),
    }
}

/// Nanoseconds.
fn time(cell: Cell<'_>, time: Time) -> Option<i64> {
    match cell {
        Cell::Whole(number) => number.checked_mul(time.unit.nanos()),
        Cell::Number(number) => {
            let nanos = (number * time.unit.nanos() as f64).round();
            (nanos.abs() < 9e18).then_some(nanos as i64)
        }
        Cell::Nothing | Cell::Truth(_) | Cell::Bytes(_) => None,
    }
}

/// `Server`, `SPAN_KIND_SERVER` and `SpanKind.SERVER`, or the number that OTLP has for it.
pub(super) fn side(cell: Cell<'_>) -> Side {
    const PREFIXES: [&str; 2] = ["SPAN_KIND_", "SpanKind."];
    match cell {
        Cell::Whole(number) => match number {
            2 => Side::Server,
            3 => Side::Client,
            5 => Side::Consumer,
            _ => Side::Neither,
        },
        Cell::Bytes(bytes) => {
            let word = std::str::from_utf8(bytes).unwrap_or_default().trim();
            let word = PREFIXES.iter().find_map(|prefix| word.strip_prefix(prefix)).unwrap_or(word);
            let is = |name: &str| word.eq_ignore_ascii_case(name);
            match () {
                () if is("server") || word == "2" => Side::Server,
                () if is("client") || word == "3" => Side::Client,
                () if is("consumer") || word == "5" => Side::Consumer,
                () => Side::Neither,
            }
        }
        _ => Side::Neither,
    }
}

/// `Error` and `STATUS_CODE_ERROR`, the number that OTLP has for it, or true.
pub(super) fn is_failure(cell: Cell<'_>) -> bool {
    const PREFIX: &[u8] = b"STATUS_CODE_";
    match cell {
        Cell::Whole(code) => code == 2,
        Cell::Truth(failed) => failed,
        Cell::Bytes(word) => word.strip_prefix(PREFIX).unwrap_or(word).eq_ignore_ascii_case(b"error"),
        Cell::Nothing | Cell::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_known_however_they_are_spelt() {
        for (spelt, expected) in [
            ("Client", Side::Client),
            (" client ", Side::Client),
            ("SpanKind.CLIENT", Side::Client),
            ("SPAN_KIND_SERVER", Side::Server),
            ("3", Side::Client),
            ("5", Side::Consumer),
            ("Internal", Side::Neither),
            ("4", Side::Neither),
        ] {
            assert_eq!(side(Cell::Bytes(spelt.as_bytes())), expected, "{spelt}");
        }
    }
}
