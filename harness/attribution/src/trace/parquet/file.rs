//! A file of Parquet, whose columns are read page by page within bounds.

use std::cell;
use std::fs::File;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Once};

use parquet::basic::Compression;
use parquet::column::reader::{ColumnReader, get_column_reader};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use parquet::file::reader::ChunkReader;
use parquet::file::serialized_reader::SerializedPageReader;

use super::MAGIC;
use super::column::{Cell, said};
use super::pages::{Budget, Packing, UnpackedPages};
use crate::trace::options::Limits;

/// A file that is being read.
pub(in crate::trace) struct ParquetFile {
    file: Arc<File>,
    size: u64,
    pub(super) budget: Budget,
}

impl ParquetFile {
    /// A file, and what it says of itself at its end.
    ///
    /// # Errors
    /// For one that isn't whole, with what is wrong with it.
    pub(in crate::trace) fn open(file: File, limits: &Limits) -> Result<(Self, ParquetMetaData), String> {
        /// A beginning, a length and an end.
        const LEAST: u64 = 12;
        const ENCRYPTED: [u8; 4] = *b"PARE";
        let whole = |error: ParquetError| format!("isn't whole Parquet: {}", said(error));
        let size = file.metadata().map_err(|error| format!("can't be read: {error}"))?.len();
        let end = match size {
            LEAST.. => file.get_bytes(size - 4, 4).map_err(whole)?,
            _ => bytes::Bytes::new(),
        };
        if end[..] == ENCRYPTED {
            return Err("is encrypted Parquet; export it without encryption".to_owned());
        }
        if end[..] != MAGIC {
            return Err(
                "ends too early; was it copied whole? Parquet says at its end what is in it, so that nothing of it can be \
                 used without"
                    .to_owned(),
            );
        }
        let metadata = guarded(|| ParquetMetaDataReader::new().parse_and_finish(&file)).map_err(whole)?;
        Ok((Self { file: Arc::new(file), size, budget: Budget::new(size, limits) }, metadata))
    }

    /// Reads a column of a group that has so many rows.
    ///
    /// # Errors
    /// For a column that isn't within the file, or is packed in a way that isn't read.
    pub(in crate::trace) fn column(
        &self,
        group: &RowGroupMetaData,
        leaf: usize,
        rows: usize,
    ) -> Result<ColumnReader, String> {
        let chunk = group.column(leaf);
        let name = || format!("column '{}'", chunk.column_path().string());
        let packing = Packing::of(chunk.compression()).map_err(|error| format!("{} {error}", name()))?;
        // Checked here, since the library takes what a file says of its parts to be so.
        let start = chunk.dictionary_page_offset().unwrap_or(chunk.data_page_offset());
        let end = start.checked_add(chunk.compressed_size());
        let is_inside = start >= 0 && chunk.compressed_size() >= 0 && end.is_some_and(|end| end as u64 <= self.size);
        if !is_inside {
            return Err(format!("isn't whole Parquet: {} is said to be beyond its end", name()));
        }
        let plain = chunk.clone().into_builder().set_compression(Compression::UNCOMPRESSED).build();
        let pages =
            plain.and_then(|plain| guarded(|| SerializedPageReader::new(Arc::clone(&self.file), &plain, rows, None)));
        let pages = pages.map_err(|error| format!("{}: {}", name(), said(error)))?;
        let pages = UnpackedPages { pages, packing, budget: self.budget.clone() };
        Ok(get_column_reader(chunk.column_descr_ptr(), Box::new(pages)))
    }

    /// A text, which may be nothing.
    ///
    /// # Errors
    /// When it's no text, and when that makes too much.
    pub(super) fn text(&self, cell: Cell<'_>) -> Result<String, String> {
        let Cell::Bytes(bytes) = cell else { return Ok(String::new()) };
        // Many rows may have the same long one, which takes hardly any room in a file.
        self.budget.spend(bytes.len() as u64)?;
        let text = std::str::from_utf8(bytes);
        text.map(str::to_owned).map_err(|_| "its name isn't UTF-8, which names have to be; export it again".to_owned())
    }
}

/// What the library decodes, which takes pages to be what they say of themselves, and panics where they aren't. What it was at
/// is of no use after that.
pub(in crate::trace) fn guarded<T>(decode: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    static HOOK: Once = Once::new();
    thread_local! {
        static IS_DECODING: cell::Cell<bool> = const { cell::Cell::new(false) };
    }
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !IS_DECODING.get() {
                usual(panic);
            }
        }));
    });
    IS_DECODING.set(true);
    let decoded = catch_unwind(AssertUnwindSafe(decode));
    IS_DECODING.set(false);
    decoded.unwrap_or_else(|_| Err(ParquetError::General("a page isn't what it says of itself".to_owned())))
}
