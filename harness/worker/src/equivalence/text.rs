//! Code points of strings that may hold lone surrogates.

/// The code points of WTF-8. Bytes that are no such text come out as they are.
pub(super) fn code_points(bytes: &[u8]) -> impl Iterator<Item = u32> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (&first, _) = rest.split_first()?;
        let (length, mut point) = match first {
            0xC0..=0xDF => (2, u32::from(first & 0x1F)),
            0xE0..=0xEF => (3, u32::from(first & 0x0F)),
            0xF0..=0xF7 => (4, u32::from(first & 0x07)),
            _ => (1, u32::from(first)),
        };
        let length = length.min(rest.len());
        for &byte in &rest[1..length] {
            point = point << 6 | u32::from(byte & 0x3F);
        }
        rest = &rest[length..];
        Some(point)
    })
}

/// Appends a code point, surrogate or not.
pub(super) fn push(text: &mut Vec<u8>, point: u32) {
    match char::from_u32(point) {
        Some(character) => text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        None => text.extend_from_slice(&[
            0xE0 | (point >> 12) as u8 & 0x0F,
            0x80 | (point >> 6) as u8 & 0x3F,
            0x80 | point as u8 & 0x3F,
        ]),
    }
}

/// Whether a text can be written after a dot.
pub(super) fn is_identifier(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let mut characters = text.chars();
    characters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && characters.all(|other| other == '_' || other.is_alphanumeric())
}
