//! Writes a part.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parquet::basic::Compression;
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
    Int64Type,
};
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};

use super::header::{Header, KEY};
use super::merge::is_named_so;
use super::read::is_some_part;
use super::schema::{GROUP, schema};
use crate::trace::error::TraceError;
use crate::trace::options::Options;
use crate::trace::portion::{OperationName, PartRow, Portion, RequestRow};
use crate::trace::read::read_portion;

/// What a part that was written has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrittenPart {
    /// Requests.
    pub requests: u64,
    /// Spans that were read, those included that are part of no request.
    pub spans: u64,
}

/// Reads traces, and writes what their requests spent where to a file, which [`merge`](super::merge()) takes with others. It is
/// there at once, or not at all.
///
/// # Errors
/// For traces that can't be read, but for those that hold no request; for a file that can't be written, or that merging would leave
/// aside for its name.
pub fn write(
    paths: &[PathBuf],
    options: &Options,
    file: &Path,
    cancel: &AtomicBool,
) -> Result<WrittenPart, TraceError> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let failed = |error: io::Error| TraceError::file(file, format!("can't be written: {error}"));
    // Before hours of reading.
    if !is_named_so(file) {
        let message = "a part is called *.parquet, since --merge takes nothing else; give such a name";
        return Err(TraceError::file(file, message));
    }
    match fs::metadata(folder) {
        Ok(kind) if kind.is_dir() => {}
        Ok(_) => return Err(failed(io::ErrorKind::NotADirectory.into())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let message = format!("can't be written: there is no folder {}; make it first", folder.display());
            return Err(TraceError::file(file, message));
        }
        Err(error) => return Err(failed(error)),
    }
    if file.exists() && !is_some_part(file) {
        let message = "is there and no part that this program wrote; remove it first, or give another name";
        return Err(TraceError::file(file, message));
    }
    let mut portion = read_portion(paths, options, cancel)?;
    let mut out = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let written = write_to(out.as_file_mut(), &mut portion, (paths, Vec::new()), options).map_err(failed)?;
    out.persist(file).map_err(|error| failed(error.error))?;
    Ok(written)
}

/// Writes what was found in files, of all their spans or of some slices.
///
/// # Errors
/// When that isn't possible.
pub(in crate::trace) fn write_to(
    out: impl Write + Send,
    portion: &mut Portion,
    (paths, slices): (&[PathBuf], Vec<u32>),
    options: &Options,
) -> io::Result<WrittenPart> {
    let paths = paths.iter().map(|path| path.display().to_string()).collect();
    let header = Header::of(portion, paths, slices, options);
    let text = serde_json::to_string(&header)?;
    rows(out, portion, text).map_err(|error| match error {
        ParquetError::External(error) => io::Error::other(error),
        error => io::Error::other(error),
    })?;
    Ok(WrittenPart { requests: portion.requests.len() as u64, spans: portion.counters.spans })
}

/// Writes all rows, and the header after them.
fn rows(out: impl Write + Send, portion: &Portion, header: String) -> ParquetResult<()> {
    let schema = schema().ok_or_else(|| ParquetError::General("no schema".to_owned()))?;
    let properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_created_by("rustworthy".to_owned())
        .build();
    let mut writer = SerializedFileWriter::new(out, schema, Arc::new(properties))?;
    let names = Names::of(&portion.requests.operations);
    let requests =
        portion.requests.iter().map(|(row, parts)| FileRow { trace: row.trace, request: Some((row, parts)) });
    let others = portion.without_request.iter().map(|trace| FileRow { trace: *trace, request: None });
    let mut all = requests.chain(others).peekable();
    while all.peek().is_some() {
        let group: Vec<FileRow<'_>> = all.by_ref().take(GROUP).collect();
        let mut columns = writer.next_row_group()?;
        of_requests(&mut columns, &group, &names)?;
        of_parts(&mut columns, &group, &names)?;
        columns.close()?;
    }
    writer.append_key_value_metadata(KeyValue::new(KEY.to_owned(), header));
    writer.close()?;
    Ok(())
}

/// A row: a request, or a trace that has none.
#[derive(Clone, Copy)]
struct FileRow<'a> {
    /// 0 where there is none.
    trace: u128,
    request: Option<(&'a RequestRow, &'a [PartRow])>,
}

/// Names of operations and of their services, which values share.
struct Names(Vec<([ByteArray; 2], bool)>);

impl Names {
    fn of(operations: &[OperationName]) -> Self {
        let shared = |name: &OperationName| {
            ([&name.service, &name.operation].map(|text| ByteArray::from(&text[..])), name.waits)
        };
        Self(operations.iter().map(shared).collect())
    }

    fn service(&self, operation: u32) -> ByteArray {
        self.0[operation as usize].0[0].clone()
    }

    fn operation(&self, operation: u32) -> ByteArray {
        self.0[operation as usize].0[1].clone()
    }

    fn waits(&self, operation: u32) -> bool {
        self.0[operation as usize].1
    }
}

type Columns<'a, W> = SerializedRowGroupWriter<'a, W>;

/// Writes the next column, whose values are those that there are.
fn optional<T: DataType, W: Write + Send>(
    columns: &mut Columns<'_, W>,
    values: impl Iterator<Item = Option<T::T>>,
) -> ParquetResult<()> {
    let (mut present, mut levels) = (Vec::new(), Vec::new());
    for value in values {
        levels.push(i16::from(value.is_some()));
        present.extend(value);
    }
    next::<T, W>(columns, &present, &levels, None)
}

fn next<T: DataType, W: Write + Send>(
    columns: &mut Columns<'_, W>,
    values: &[T::T],
    present: &[i16],
    repeated: Option<&[i16]>,
) -> ParquetResult<()> {
    let Some(mut column) = columns.next_column()? else { return Ok(()) };
    column.typed::<T>().write_batch(values, Some(present), repeated)?;
    column.close()
}

/// Writes the columns of requests.
fn of_requests<W: Write + Send>(
    columns: &mut Columns<'_, W>,
    group: &[FileRow<'_>],
    names: &Names,
) -> ParquetResult<()> {
    let fixed = |bytes: &[u8]| FixedLenByteArray::from(ByteArray::from(bytes.to_vec()));
    let traces = group.iter().map(|row| (row.trace != 0).then(|| fixed(&row.trace.to_be_bytes())));
    let of = || group.iter().map(|row| row.request.map(|(request, _)| request));
    let roots = of().map(|row| row.filter(|row| row.root != 0).map(|row| fixed(&row.root.to_be_bytes())));
    optional::<FixedLenByteArrayType, W>(columns, traces)?;
    optional::<FixedLenByteArrayType, W>(columns, roots)?;
    optional::<ByteArrayType, W>(columns, of().map(|row| row.map(|row| names.service(row.operation))))?;
    optional::<ByteArrayType, W>(columns, of().map(|row| row.map(|row| names.operation(row.operation))))?;
    optional::<BoolType, W>(columns, of().map(|row| row.map(|row| names.waits(row.operation))))?;
    optional::<Int64Type, W>(columns, of().map(|row| row.map(|row| row.start)))?;
    optional::<Int64Type, W>(columns, of().map(|row| row.map(|row| row.duration)))?;
    optional::<DoubleType, W>(columns, of().map(|row| row.map(|row| row.weight)))?;
    optional::<BoolType, W>(columns, of().map(|row| row.map(|row| row.failed)))?;
    optional::<Int32Type, W>(columns, of().map(|row| row.map(|row| i32::from(row.told.to_bits()))))
}

/// Writes the columns of what requests spent where.
fn of_parts<W: Write + Send>(columns: &mut Columns<'_, W>, group: &[FileRow<'_>], names: &Names) -> ParquetResult<()> {
    let of = |row: &FileRow<'_>| row.request.map_or(0, |(_, parts)| parts.len());
    // Of a list without elements there is a level alone.
    let present: Vec<i16> = group.iter().flat_map(|row| vec![i16::from(of(row) > 0); of(row).max(1)]).collect();
    let first = |place: usize| i16::from(place > 0);
    let repeated: Vec<i16> = group.iter().flat_map(|row| (0..of(row).max(1)).map(first)).collect();
    let parts = || group.iter().filter_map(|row| row.request).flat_map(|(_, parts)| parts);
    let named = |name: &dyn Fn(u32) -> ByteArray| parts().map(|part| name(part.operation)).collect::<Vec<_>>();
    let numbers = |number: &dyn Fn(&PartRow) -> i64| parts().map(number).collect::<Vec<_>>();
    let (present, repeated) = (&present[..], Some(&repeated[..]));
    next::<ByteArrayType, W>(columns, &named(&|operation| names.service(operation)), present, repeated)?;
    next::<ByteArrayType, W>(columns, &named(&|operation| names.operation(operation)), present, repeated)?;
    let waits: Vec<bool> = parts().map(|part| names.waits(part.operation)).collect();
    next::<BoolType, W>(columns, &waits, present, repeated)?;
    next::<Int64Type, W>(columns, &numbers(&|part| i64::from(part.calls)), present, repeated)?;
    next::<Int64Type, W>(columns, &numbers(&|part| part.exclusive), present, repeated)?;
    next::<Int64Type, W>(columns, &numbers(&|part| part.inclusive), present, repeated)?;
    next::<Int64Type, W>(columns, &numbers(&|part| part.waiting), present, repeated)
}
