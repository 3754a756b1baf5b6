//! Cutting a CSV file into pieces that threads can read on their own.

use crate::endpoint::Refusal;

/// Cuts records into at most `count` pieces of about the same size, each of whole records.
///
/// Whether a line break ends a record depends on all quotes before it, so this walks over them; everything
/// between two quotes is skipped.
///
/// # Errors
/// `ValueError` where the text ends within quotes.
pub(super) fn pieces(text: &[u8], count: usize) -> Result<Vec<&[u8]>, Refusal> {
    let size = text.len().div_ceil(count).max(1);
    let mut pieces = Vec::with_capacity(count);
    let mut start = 0;
    let mut unquoted = 0;
    while unquoted < text.len() {
        let quote = opening_quote(text, unquoted).unwrap_or(text.len());
        while let Some(end) = record_end(&text[..quote], unquoted.max(start + size - 1)) {
            pieces.push(&text[start..end]);
            start = end;
        }
        unquoted = match text.get(quote) {
            Some(_) => after_quotes(text, quote)?,
            None => quote,
        };
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    Ok(pieces)
}

/// The next quote from `from` on that begins a field; others are plain characters.
fn opening_quote(text: &[u8], from: usize) -> Option<usize> {
    let quotes = memchr::memchr_iter(b'"', &text[from..]).map(|offset| from + offset);
    quotes.into_iter().find(|&quote| quote == 0 || matches!(text[quote - 1], b',' | b'\n' | b'\r'))
}

/// The end of the record that has its last line break at or after `from`.
fn record_end(text: &[u8], from: usize) -> Option<usize> {
    memchr::memchr(b'\n', text.get(from..)?).map(|offset| from + offset + 1)
}

/// The position after the quotes that open at `opening`; doubled ones are part of what is quoted.
fn after_quotes(text: &[u8], opening: usize) -> Result<usize, Refusal> {
    let mut position = opening + 1;
    while let Some(offset) = memchr::memchr(b'"', &text[position..]) {
        position += offset + 1;
        if text.get(position) != Some(&b'"') {
            return Ok(position);
        }
        position += 1;
    }
    Err(Refusal::new("ValueError", "the file ends within quotes"))
}

#[cfg(test)]
mod tests {
    use csv::{ByteRecord, ReaderBuilder};
    use proptest::prelude::*;

    use super::*;

    /// The fields of each record as one reader sees them.
    fn records(text: &[u8]) -> Vec<Vec<Vec<u8>>> {
        let fields = |record: ByteRecord| record.iter().map(<[u8]>::to_vec).collect();
        let reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text);
        reader.into_byte_records().map(Result::unwrap).map(fields).collect()
    }

    #[test]
    fn line_breaks_within_quotes_end_no_piece() {
        assert_eq!(pieces(b"a,\"\n\"\"\n\"\nb\nc\n", 3).unwrap(), [&b"a,\"\n\"\"\n\"\n"[..], b"b\nc\n"]);
    }

    #[test]
    fn quotes_within_plain_fields_are_plain_characters() {
        assert_eq!(pieces(b"5\" pipe\n6\" pipe\n", 2).unwrap(), [&b"5\" pipe\n"[..], b"6\" pipe\n"]);
    }

    #[test]
    fn text_that_ends_within_quotes_is_refused() {
        for text in ["\"", "a,\"b\n", "\"a\"\"", "x\n\"\"\""] {
            assert!(pieces(text.as_bytes(), 2).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn pieces_hold_the_same_records_as_the_whole(text in "[ab\",\r\n]{0,80}", count in 1..9_usize) {
            if let Ok(pieces) = pieces(text.as_bytes(), count) {
                prop_assert!(pieces.len() <= count);
                prop_assert_eq!(pieces.concat(), text.as_bytes());
                let separate: Vec<_> = pieces.into_iter().flat_map(records).collect();
                prop_assert_eq!(separate, records(text.as_bytes()));
            }
        }
    }
}
