//! From rows of a block to spans.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use parquet::file::metadata::ParquetMetaData;
use parquet::schema::types::SchemaDescriptor;

use super::leaf::{AttributeLeaves, Leaf};
use super::meta::Meta;
use super::rows::{RESOURCES, Rows, SCOPES, SPANS};
use crate::trace::error::{Position, TraceError};
use crate::trace::otlp::Fields;
use crate::trace::parquet::column::Cell;
use crate::trace::parquet::file::ParquetFile;
use crate::trace::parquet::resource::Resource;
use crate::trace::parquet::table::{is_failure, side, tag};
use crate::trace::sampling::Mark;
use crate::trace::spans::Collected;
use crate::trace::telling::{Telling, Told};
use crate::trace::value::Id;

/// The name of the format in results.
const NAME: &str = "tempo";

/// Traces that are read at a time: each may have many spans.
const ROWS: usize = 64;

/// Whether a file has the columns of a block.
pub(in crate::trace::parquet) fn is_block(schema: &SchemaDescriptor) -> bool {
    let has = |name: &str| schema.root_schema().get_fields().iter().any(|field| field.name() == name);
    has("rs") && has("TraceID")
}

/// Collects the spans of a block.
///
/// # Errors
/// Without its `meta.json`, for other versions and columns, for what can't be decoded, and for what is beyond a limit.
pub(in crate::trace::parquet) fn collect(
    path: &Path,
    file: ParquetFile,
    metadata: &ParquetMetaData,
    into: &mut Collected<'_>,
    cancel: &AtomicBool,
) -> Result<(), TraceError> {
    let failed = |error: String| TraceError::file(path, error);
    let meta = Meta::beside(path).map_err(failed)?;
    into.formats.insert(NAME);
    let mut block = Block { path, file, row: 0 };
    for group in metadata.row_groups() {
        let telling = Telling::new(&into.options.weights);
        let schema = metadata.file_metadata().schema_descr();
        let mut rows = Rows::open(&block.file, schema, group, &meta, &telling).map_err(failed)?;
        // Those below zero were refused.
        let mut left = group.num_rows() as usize;
        while left > 0 {
            if cancel.load(Ordering::Relaxed) {
                return Err(TraceError::Cancelled);
            }
            let some = left.min(ROWS);
            rows.fill(some).map_err(|error| TraceError::at(path, Position::Row(block.row + 1), error))?;
            for _ in 0..some {
                block.row += 1;
                block.trace(&mut rows, into)?;
            }
            left -= some;
        }
    }
    Ok(())
}

/// A block that is being read.
struct Block<'a> {
    path: &'a Path,
    file: ParquetFile,
    /// Rows that were read.
    row: u64,
}

/// In what the next spans are.
#[derive(Default)]
struct Around {
    trace: Option<u128>,
    resource: u32,
    scope: Mark,
}

impl Block<'_> {
    /// The spans of the next row.
    fn trace(&self, rows: &mut Rows, into: &mut Collected<'_>) -> Result<(), TraceError> {
        let place = Position::Row(self.row);
        let failed = |message| TraceError::at(self.path, place, message);
        let trace = rows.trace.column.next();
        let mut around = Around { trace: id(rows.trace.column.at(trace)).0, ..Around::default() };
        for _ in 0..rows.id.column.within(0) {
            // Of what begins here: a trace, a resource, a scope, or just a span.
            let begins = rows.id.column.begins().unwrap_or_default();
            if begins <= RESOURCES {
                around.resource = self.resource(rows, begins, into).map_err(failed)?;
            }
            if begins <= SCOPES {
                around.scope = scope(rows.scope.as_mut(), begins, into).map_err(failed)?;
            }
            let is_there = rows.id.is_there();
            let (fields, name) = self.span(rows, begins, &around, into).map_err(failed)?;
            if !is_there {
                continue;
            }
            into.read += 1;
            let operation = fields.operation(&name, &mut into.operations).map_err(failed)?;
            match fields.collected(operation, around.resource) {
                Ok(span) => into.push(span, (self.path, place))?,
                Err(reason) => into.skips.add(reason, 1, Some((self.path, place))),
            }
        }
        Ok(())
    }

    /// What the next slot of a span tells, with its name.
    fn span(
        &self,
        rows: &mut Rows,
        begins: i16,
        around: &Around,
        into: &Collected<'_>,
    ) -> Result<(Fields, String), String> {
        let side = side(optional(rows.kind.as_mut(), SPANS, begins)?);
        let mut telling = Telling::new(&into.options.weights);
        if let Cell::Bytes(state) = optional(rows.state.as_mut(), SPANS, begins)? {
            telling.trace_state(state);
        }
        if let Some(attributes) = &mut rows.attributes {
            attributes.tell(begins, &mut |key, cell| tell(&mut telling, key, cell))?;
        }
        for (key, leaf) in &mut rows.own_of_span {
            tell(&mut telling, key.as_bytes(), leaf.value(SPANS, begins)?);
        }
        let start = nanos(rows.start.value(SPANS, begins)?);
        let duration = nanos(rows.duration.value(SPANS, begins)?);
        let told = telling.told(side)?;
        let fields = Fields {
            trace: around.trace,
            id: id(rows.id.value(SPANS, begins)?).span(),
            parent: id(rows.parent.value(SPANS, begins)?).span(),
            start,
            end: start.zip(duration).and_then(|(start, duration)| start.checked_add(duration)),
            side,
            flags: 0,
            failed: is_failure(optional(rows.status.as_mut(), SPANS, begins)?),
            told: Told { mark: told.mark.within(around.scope), ..told },
        };
        Ok((fields, self.file.text(rows.name.value(SPANS, begins)?)?))
    }

    fn resource(&self, rows: &mut Rows, begins: i16, into: &mut Collected<'_>) -> Result<u32, String> {
        let service = optional(rows.service.as_mut(), RESOURCES, begins)?;
        let mut resource = Resource::of(self.file.text(service)?);
        if let Some(attributes) = &mut rows.resource {
            attributes.tell(begins, &mut |key, cell| resource.cell(key, cell))?;
        }
        for (key, leaf) in &mut rows.own_of_resource {
            resource.cell(key.as_bytes(), leaf.value(RESOURCES, begins)?);
        }
        resource.number(&mut into.resources)
    }
}

/// How the spans of the next scope were sampled.
fn scope(attributes: Option<&mut AttributeLeaves>, begins: i16, into: &Collected<'_>) -> Result<Mark, String> {
    let mut telling = Telling::new(&into.options.weights);
    if let Some(attributes) = attributes {
        attributes.tell(begins, &mut |key, cell| tell(&mut telling, key, cell))?;
    }
    telling.mark()
}

/// Takes in an attribute if it can tell something.
fn tell(telling: &mut Telling<'_>, key: &[u8], cell: Cell<'_>) {
    if cell != Cell::Nothing && telling.asks_for(key) {
        telling.attribute(key, &tag(cell));
    }
}

/// The next value of a column that there may be.
fn optional(leaf: Option<&mut Leaf>, lists: i16, begins: i16) -> Result<Cell<'_>, String> {
    leaf.map_or(Ok(Cell::Nothing), |leaf| leaf.value(lists, begins))
}

/// The bytes of an id.
fn id(cell: Cell<'_>) -> Id {
    let Cell::Bytes(bytes) = cell else { return Id(None) };
    let number = bytes.iter().try_fold(0_u128, |number, byte| Some(number.checked_mul(256)? | u128::from(*byte)));
    Id(number.filter(|number| *number != 0))
}

fn nanos(cell: Cell<'_>) -> Option<i64> {
    match cell {
        Cell::Whole(nanos) => Some(nanos),
        _ => None,
    }
}
