//! Reading files that may be of any size and kind.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::error::ImportError;

/// What one side may hold altogether.
pub(super) struct Budget {
    bytes: u64,
    entries: usize,
}

impl Budget {
    /// 256 MiB, uncompressed, of at most four million JSON values: an empty object in a list takes three bytes in a file and
    /// over a hundred in memory.
    pub(super) fn new() -> Self {
        Self { bytes: 256 << 20, entries: 4_000_000 }
    }

    #[cfg(test)]
    pub(super) fn of(bytes: u64, entries: usize) -> Self {
        Self { bytes, entries }
    }

    /// The contents of a file, uncompressed if it is gzip's.
    ///
    /// # Errors
    /// For a file that can't be read or is no file at all, and for more than what is left of the budget.
    pub(super) fn read(&mut self, file: &Path) -> Result<Vec<u8>, ImportError> {
        let failed = |error: io::Error| ImportError::file(file, format!("can't be read: {error}"));
        // Opening a pipe would wait for its other end.
        if !fs::metadata(file).map_err(failed)?.is_file() {
            return Err(ImportError::file(file, "is no regular file"));
        }
        let mut start = Vec::new();
        File::open(file).and_then(|file| file.take(2).read_to_end(&mut start)).map_err(failed)?;
        let plain = File::open(file).map_err(failed)?;
        let contents =
            if start == [0x1f, 0x8b] { self.limited(MultiGzDecoder::new(plain)) } else { self.limited(plain) };
        let contents = contents.map_err(failed)?;
        self.charge(file, &contents)?;
        Ok(contents)
    }

    /// Up to one byte more than is left.
    fn limited(&self, source: impl Read) -> io::Result<Vec<u8>> {
        let mut contents = Vec::new();
        source.take(self.bytes + 1).read_to_end(&mut contents)?;
        Ok(contents)
    }

    fn charge(&mut self, file: &Path, contents: &[u8]) -> Result<(), ImportError> {
        let too_large = |what| {
            let remedy = "export fewer benchmarks or runs at a time";
            ImportError::file(file, format!("is too large: {what}; {remedy}"))
        };
        // Commas and brackets within names count too; that errs on the safe side.
        let entries = contents.iter().filter(|byte| matches!(byte, b',' | b'[' | b'{')).count();
        self.bytes = self.bytes.checked_sub(contents.len() as u64).ok_or_else(|| too_large("over 256 MiB in all"))?;
        self.entries = self.entries.checked_sub(entries).ok_or_else(|| too_large("over 4 million values in all"))?;
        Ok(())
    }
}
