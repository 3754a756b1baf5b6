//! Rows in order, however many: what doesn't fit into memory is sorted piece by piece and merged from temporary files.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::vec;

use super::error::TraceError;

/// Numbers of a row.
pub(super) const WIDTH: usize = 8;

/// Sorted by its first number, then by its second, and so on.
pub(super) type Row = [u64; WIDTH];

/// Bytes read from a temporary file at once.
const BUFFER: usize = 1 << 16;

/// Takes rows in any order.
pub(super) struct Rows {
    scratch: PathBuf,
    in_memory: usize,
    rows: Vec<Row>,
    /// Sorted each, and removed by the system when they are closed.
    files: Vec<File>,
}

impl Rows {
    /// `in_memory` rows are kept before a temporary file in `scratch` is made of them.
    pub(super) fn new(scratch: &Path, in_memory: u64) -> Self {
        let in_memory = usize::try_from(in_memory).unwrap_or(usize::MAX).max(1);
        Self { scratch: scratch.to_owned(), in_memory, rows: Vec::new(), files: Vec::new() }
    }

    /// # Errors
    /// When a temporary file can't be written.
    pub(super) fn push(&mut self, row: Row) -> Result<(), TraceError> {
        if self.rows.len() == self.in_memory {
            let file = self.spill().map_err(|error| scratch_error(&self.scratch, error))?;
            self.files.push(file);
        }
        self.rows.push(row);
        Ok(())
    }

    fn spill(&mut self) -> io::Result<File> {
        self.rows.sort_unstable();
        let mut writer = BufWriter::with_capacity(BUFFER, tempfile::tempfile_in(&self.scratch)?);
        for row in self.rows.drain(..) {
            writer.write_all(row.map(u64::to_le_bytes).as_flattened())?;
        }
        let mut file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok(file)
    }

    /// All rows in order.
    ///
    /// # Errors
    /// When a temporary file can't be read.
    pub(super) fn sorted(mut self) -> Result<Sorted, TraceError> {
        self.rows.sort_unstable();
        let runs = self.files.into_iter().map(|file| SortedRun::File(BufReader::with_capacity(BUFFER, file)));
        let mut runs: Vec<_> = runs.chain([SortedRun::Memory(self.rows.into_iter())]).collect();
        let mut next = BinaryHeap::with_capacity(runs.len());
        for (index, run) in runs.iter_mut().enumerate() {
            if let Some(row) = run.next().map_err(|error| scratch_error(&self.scratch, error))? {
                next.push(Reverse((row, index)));
            }
        }
        Ok(Sorted { scratch: self.scratch, runs, next })
    }
}

fn scratch_error(folder: &Path, error: io::Error) -> TraceError {
    TraceError::Scratch { folder: folder.to_owned(), error }
}

/// Rows in order.
pub(super) struct Sorted {
    scratch: PathBuf,
    runs: Vec<SortedRun>,
    /// The first row that is left of each run.
    next: BinaryHeap<Reverse<(Row, usize)>>,
}

impl Iterator for Sorted {
    type Item = Result<Row, TraceError>;

    fn next(&mut self) -> Option<Self::Item> {
        // Most often all is in memory, where there is nothing to merge.
        if let [run] = &mut self.runs[..] {
            if let Some(Reverse((row, _))) = self.next.pop() {
                return Some(Ok(row));
            }
            return run.next().transpose().map(|row| row.map_err(|error| scratch_error(&self.scratch, error)));
        }
        let mut top = self.next.peek_mut()?;
        let Reverse((row, run)) = *top;
        match self.runs[run].next() {
            // Sinks to its place when `top` goes.
            Ok(Some(following)) => *top = Reverse((following, run)),
            Ok(None) => drop(std::collections::binary_heap::PeekMut::pop(top)),
            Err(error) => return Some(Err(scratch_error(&self.scratch, error))),
        }
        Some(Ok(row))
    }
}

/// Rows that are sorted already.
enum SortedRun {
    Memory(vec::IntoIter<Row>),
    File(BufReader<File>),
}

impl SortedRun {
    fn next(&mut self) -> io::Result<Option<Row>> {
        match self {
            Self::Memory(rows) => Ok(rows.next()),
            Self::File(file) => {
                let mut bytes = [[0; 8]; WIDTH];
                match file.read_exact(bytes.as_flattened_mut()) {
                    Ok(()) => Ok(Some(bytes.map(u64::from_le_bytes))),
                    // The file ends with a row, as it was written.
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
                    Err(error) => Err(error),
                }
            }
        }
    }
}

/// A number as one that sorts alike.
pub(super) fn ordered(number: i64) -> u64 {
    (number as u64) ^ (1 << 63)
}

/// The number that [`ordered`] was made of.
pub(super) fn unordered(number: u64) -> i64 {
    (number ^ (1 << 63)) as i64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_come_back_sorted_with_and_without_files(
            numbers in prop::collection::vec(any::<u64>(), 0..60),
            in_memory in 1..20_u64,
        ) {
            let folder = tempfile::tempdir().unwrap();
            let mut rows = Rows::new(folder.path(), in_memory);
            for number in &numbers {
                rows.push([number % 7, *number, 0, 0, 0, 0, 0, !number]).unwrap();
            }
            let sorted: Vec<_> = rows.sorted().unwrap().map(Result::unwrap).collect();
            let row = |number: &u64| [number % 7, *number, 0, 0, 0, 0, 0, !number];
            let mut expected: Vec<_> = numbers.iter().map(row).collect();
            expected.sort_unstable();
            prop_assert_eq!(sorted, expected);
        }

        #[test]
        fn ordered_numbers_sort_as_the_numbers_do(one: i64, other: i64) {
            prop_assert_eq!(ordered(one).cmp(&ordered(other)), one.cmp(&other));
            prop_assert_eq!(unordered(ordered(one)), one);
        }
    }

    #[test]
    fn a_folder_that_is_missing_is_named() {
        let mut rows = Rows::new(Path::new("/nowhere"), 1);
        rows.push([0; WIDTH]).unwrap();
        let error = rows.push([0; WIDTH]).unwrap_err().to_string();
        assert!(error.starts_with("/nowhere: temporary files can't be kept there: "), "{error}");
    }
}
