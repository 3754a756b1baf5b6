//! Pages of columns, unpacked within bounds.
//!
//! The library that decodes them would take a page to be as large as its header says, and unpacks Zstandard by a library in C.

use std::io::{Cursor, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use parquet::basic::Compression;
use parquet::column::page::{Page, PageMetadata, PageReader};
use parquet::errors::{ParquetError, Result};

use crate::trace::options::{Limits, remedy};
use crate::trace::unpack::{ALWAYS_UNPACKED, zstd};

/// Bytes that a value takes while it is looked at, however small it is in its page.
const VALUE: u64 = 16;

/// What a file may still unpack to.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    left: Arc<AtomicU64>,
    expansion: u64,
}

impl Budget {
    /// That of a file of so many bytes.
    pub(super) fn new(size: u64, limits: &Limits) -> Self {
        let most = size.saturating_mul(limits.expansion).max(ALWAYS_UNPACKED);
        Self { left: Arc::new(AtomicU64::new(most)), expansion: limits.expansion }
    }

    fn left(&self) -> u64 {
        self.left.load(Ordering::Relaxed)
    }

    /// Takes bytes off it.
    ///
    /// # Errors
    /// When it hasn't as many.
    pub(super) fn spend(&self, bytes: u64) -> std::result::Result<(), String> {
        let rest = self.left().checked_sub(bytes).ok_or_else(|| {
            format!(
                "it unpacks to more than {} times its size, the limit, as a decompression bomb does; {}",
                self.expansion,
                remedy("expansion")
            )
        })?;
        self.left.store(rest, Ordering::Relaxed);
        Ok(())
    }
}

/// How pages of a column are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Packing {
    Plain,
    Snappy,
    Gzip,
    Zstd,
    Lz4,
}

impl Packing {
    /// # Errors
    /// For one that isn't read.
    pub(super) fn of(compression: Compression) -> std::result::Result<Self, String> {
        Ok(match compression {
            Compression::UNCOMPRESSED => Self::Plain,
            Compression::SNAPPY => Self::Snappy,
            Compression::GZIP(_) => Self::Gzip,
            Compression::ZSTD(_) => Self::Zstd,
            Compression::LZ4_RAW => Self::Lz4,
            other => {
                let name = format!("{other:?}");
                let name = name.split('(').next().unwrap_or_default().to_lowercase();
                return Err(format!(
                    "is compressed with {name}, which isn't read; write it with zstd, snappy, gzip, lz4_raw or none (in ClickHouse \
                     SETTINGS output_format_parquet_compression_method = 'zstd')"
                ));
            }
        })
    }
}

/// Unpacks pages that another reader takes to be unpacked already.
pub(super) struct UnpackedPages<P> {
    pub(super) pages: P,
    pub(super) packing: Packing,
    pub(super) budget: Budget,
}

impl<P> UnpackedPages<P> {
    /// The bytes of a page, of which the first ones aren't packed.
    fn unpacked(&self, page: Bytes, plain: usize, values: u32) -> Result<Bytes> {
        self.spend(u64::from(values) * VALUE)?;
        if plain > page.len() {
            return Err(ParquetError::General("a page is shorter than its levels".to_owned()));
        }
        let packed = &page[plain..];
        if self.packing == Packing::Plain || packed.is_empty() {
            self.spend(page.len() as u64)?;
            return Ok(page);
        }
        let mut whole = page[..plain].to_vec();
        self.unpack(packed, &mut whole)?;
        self.spend(whole.len() as u64)?;
        Ok(whole.into())
    }

    fn spend(&self, bytes: u64) -> Result<()> {
        self.budget.spend(bytes).map_err(ParquetError::General)
    }

    fn unpack(&self, packed: &[u8], whole: &mut Vec<u8>) -> Result<()> {
        let most = self.budget.left().saturating_add(1);
        let broken =
            |error: &dyn std::fmt::Display| ParquetError::General(format!("a page can't be unpacked: {error}"));
        match self.packing {
            Packing::Plain => whole.extend_from_slice(packed),
            Packing::Snappy => {
                let length = snap::raw::decompress_len(packed).map_err(|error| broken(&error))?;
                // What it would take is told first.
                if length as u64 >= most {
                    return self.spend(length as u64);
                }
                whole.extend(snap::raw::Decoder::new().decompress_vec(packed).map_err(|error| broken(&error))?);
            }
            Packing::Gzip => {
                let read = MultiGzDecoder::new(packed).take(most).read_to_end(whole);
                read.map_err(|error| broken(&error))?;
            }
            Packing::Zstd => {
                let read = zstd(Cursor::new(packed.to_vec())).take(most).read_to_end(whole);
                read.map_err(|error| broken(&error))?;
            }
            Packing::Lz4 => whole.extend(lz4(packed, most).map_err(|error| broken(&error))?),
        }
        Ok(())
    }
}

/// Whether a page holds nothing, as pyarrow writes some before long lists. The library takes one for the end of its column.
fn is_empty(page: &Page) -> bool {
    match page {
        Page::DataPage { num_values, .. } | Page::DataPageV2 { num_values, .. } => *num_values == 0,
        Page::DictionaryPage { .. } => false,
    }
}

/// A block of LZ4, which doesn't tell how long its contents are.
fn lz4(packed: &[u8], most: u64) -> std::result::Result<Vec<u8>, lz4_flex::block::DecompressError> {
    // A byte of it can stand for 255 at most.
    let longest = (packed.len() as u64).saturating_mul(255).min(most) as usize;
    let mut room = packed.len().saturating_mul(4).clamp(1, longest.max(1));
    loop {
        let mut contents = vec![0; room];
        match lz4_flex::block::decompress_into(packed, &mut contents) {
            Ok(length) => {
                contents.truncate(length);
                return Ok(contents);
            }
            Err(lz4_flex::block::DecompressError::OutputTooSmall { .. }) if room < longest => {
                room = room.saturating_mul(2).min(longest);
            }
            Err(error) => return Err(error),
        }
    }
}

impl<P: PageReader> PageReader for UnpackedPages<P> {
    fn get_next_page(&mut self) -> Result<Option<Page>> {
        let page = loop {
            match self.pages.get_next_page()? {
                None => return Ok(None),
                Some(page) if is_empty(&page) => {}
                Some(page) => break page,
            }
        };
        Ok(Some(match page {
            Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, statistics } => {
                let buf = self.unpacked(buf, 0, num_values)?;
                Page::DataPage { buf, num_values, encoding, def_level_encoding, rep_level_encoding, statistics }
            }
            Page::DictionaryPage { buf, num_values, encoding, is_sorted } => {
                let buf = self.unpacked(buf, 0, num_values)?;
                Page::DictionaryPage { buf, num_values, encoding, is_sorted }
            }
            Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                num_nulls,
                num_rows,
                def_levels_byte_len,
                rep_levels_byte_len,
                is_compressed,
                statistics,
            } => {
                let levels = def_levels_byte_len as usize + rep_levels_byte_len as usize;
                let plain = if is_compressed { levels } else { levels.max(buf.len()) };
                Page::DataPageV2 {
                    buf: self.unpacked(buf, plain, num_values)?,
                    num_values,
                    encoding,
                    num_nulls,
                    num_rows,
                    def_levels_byte_len,
                    rep_levels_byte_len,
                    is_compressed: false,
                    statistics,
                }
            }
        }))
    }

    fn peek_next_page(&mut self) -> Result<Option<PageMetadata>> {
        loop {
            match self.pages.peek_next_page()? {
                Some(page) if !page.is_dict && page.num_levels == Some(0) => self.pages.skip_next_page()?,
                page => return Ok(page),
            }
        }
    }

    fn skip_next_page(&mut self) -> Result<()> {
        self.pages.skip_next_page()
    }
}

impl<P: PageReader> Iterator for UnpackedPages<P> {
    type Item = Result<Page>;

    fn next(&mut self) -> Option<Self::Item> {
        self.get_next_page().transpose()
    }
}
