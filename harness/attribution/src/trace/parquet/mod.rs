//! Spans in Parquet: tables with a row for each, as exports of ClickHouse and of warehouses are, and blocks of Tempo with a row for each
//! trace.
//!
//! Only the columns that are looked at are read, a few thousand rows at a time. A file may be sorted by anything: spans are put
//! together by trace afterwards, as those of all formats.

mod column;
mod file;
mod layout;
mod pages;
mod resource;
mod table;
mod tempo;

pub(super) use file::{ParquetFile, guarded};
pub(super) use table::collect;

/// With what a file begins.
pub(super) const MAGIC: [u8; 4] = *b"PAR1";

/// What is said of a compressed one.
pub(super) const PACKED: &str =
    "is Parquet that was compressed once more; unpack it (its own columns are compressed already)";
