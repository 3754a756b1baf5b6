//! `hash`: the polynomial hash h = 31·h + c of a text, over its code points c, modulo 2⁶⁴.

#[cfg(feature = "python")]
pub(crate) mod face;

use crate::endpoint::{Endpoint, Refusal};
use crate::messages::{HashRequest, HashResponse};

/// What a hash is multiplied by for every further code point.
const BASE: u64 = 31;

/// Code points that are hashed together.
const BLOCK: usize = 8;

/// BASE⁷, …, BASE¹, BASE⁰: what the code points of a block are multiplied by.
const POWERS: [u64; BLOCK] = {
    let mut powers = [1; BLOCK];
    let mut place = BLOCK - 1;
    while place > 0 {
        powers[place - 1] = powers[place] * BASE;
        place -= 1;
    }
    powers
};

/// Request: how many texts, the length of each in bytes, 4 bytes a number; then the texts themselves, as UTF-8.
/// Response: their hashes, 8 bytes each. Numbers are unsigned and little-endian.
pub(crate) const ENDPOINTS: &[Endpoint] = &[Endpoint {
    name: "hash",
    reads_files: false,
    respond: |request| Ok(unpacked(request)?.iter().flat_map(|text| hash(text).to_le_bytes()).collect()),
}];

/// Answers a gRPC request.
pub(crate) fn answer(request: &HashRequest) -> HashResponse {
    HashResponse { hashes: request.texts.iter().map(|text| hash(text)).collect() }
}

/// The texts of a request.
fn unpacked(request: &[u8]) -> Result<Vec<&str>, Refusal> {
    let cut_off = || Refusal::new("ValueError", "the texts are shorter, or longer, than the request says");
    let (count, rest) = request.split_first_chunk().ok_or_else(cut_off)?;
    let count = u32::from_le_bytes(*count) as usize;
    let (lengths, texts) = rest.split_at_checked(4 * count).ok_or_else(cut_off)?;
    let mut texts =
        std::str::from_utf8(texts).map_err(|error| Refusal::new("UnicodeDecodeError", error.to_string()))?;
    let (lengths, _) = lengths.as_chunks();
    let each = lengths.iter().map(|length| {
        let text;
        (text, texts) = texts.split_at_checked(u32::from_le_bytes(*length) as usize).ok_or_else(cut_off)?;
        Ok(text)
    });
    let each = each.collect::<Result<_, Refusal>>()?;
    if texts.is_empty() { Ok(each) } else { Err(cut_off()) }
}

/// The hash as published, with what made it not compile put right: one character after the other.
pub fn article(text: &str) -> u64 {
    let mut hash: u64 = 0;
    for character in text.chars() {
        hash = hash.wrapping_mul(BASE).wrapping_add(character as u64);
    }
    hash
}

/// The hash of a text.
pub fn hash(text: &str) -> u64 {
    if text.is_ascii() { hash_units(text.as_bytes()) } else { article(text) }
}

/// The hash of units that are a code point each: ASCII or Latin-1 bytes, UCS-2, UCS-4.
///
/// A step of the plain loop has to wait for the multiplication of the step before it. With the powers of 31 at hand
/// there is one such wait for every block, and the multiplications within a block don't depend on one another.
pub fn hash_units<Unit: Copy + Into<u64>>(units: &[Unit]) -> u64 {
    let (blocks, rest) = units.as_chunks::<BLOCK>();
    let hash = blocks.iter().fold(0, |hash: u64, block| {
        let terms = block.iter().zip(POWERS).map(|(&unit, power)| unit.into().wrapping_mul(power));
        terms.fold(hash.wrapping_mul(POWERS[0] * BASE), u64::wrapping_add)
    });
    rest.iter().fold(hash, |hash, &unit| hash.wrapping_mul(BASE).wrapping_add(unit.into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Horner's rule in whole numbers, which have no modulus until the end.
    pub(super) fn reference(codes: impl IntoIterator<Item = u32>) -> u64 {
        let modulus = 1 << 64;
        let hash = codes.into_iter().fold(0_u128, |hash, code| (hash * 31 + u128::from(code)) % modulus);
        hash as u64
    }

    fn packed(texts: &[&str]) -> Vec<u8> {
        let numbers = std::iter::once(texts.len()).chain(texts.iter().map(|text| text.len()));
        let mut request: Vec<u8> = numbers.flat_map(|number| (number as u32).to_le_bytes()).collect();
        request.extend(texts.concat().as_bytes());
        request
    }

    fn refused(request: &[u8]) -> &'static str {
        (ENDPOINTS[0].respond)(request).unwrap_err().exception
    }

    #[test]
    fn a_hash_weighs_characters_by_their_places() {
        assert_eq!(hash(""), 0);
        assert_eq!(hash("a"), 97);
        assert_eq!(hash("ab"), 97 * 31 + 98);
        assert_eq!(hash("é山"), 0xe9 * 31 + 0x5c71);
    }

    #[test]
    fn hashes_wrap_where_python_masks() {
        assert_eq!(hash("thirteen char"), reference("thirteen char".chars().map(u32::from)));
        assert_eq!(hash(&"\u{10ffff}".repeat(100)), reference([0x10_ffff; 100]));
    }

    #[test]
    fn the_endpoint_answers_with_a_number_a_text() {
        let texts = ["", "a", "\0\r\n", "山"];
        let response = (ENDPOINTS[0].respond)(&packed(&texts)).unwrap();
        assert_eq!(response, texts.map(|text| hash(text).to_le_bytes()).concat());
        assert_eq!((ENDPOINTS[0].respond)(&packed(&[])).unwrap(), b"");
    }

    #[test]
    fn requests_that_contradict_themselves_are_refused() {
        let request = packed(&["山", "b"]);
        for end in 0..request.len() {
            assert!(["ValueError", "UnicodeDecodeError"].contains(&refused(&request[..end])), "{end}");
        }
        assert_eq!(refused(&[&request[..], b"more"].concat()), "ValueError");
        assert_eq!(refused(b"\x01\0\0\0\x01\0\0\0\xff"), "UnicodeDecodeError");
        assert_eq!(refused(b"\xff\xff\xff\xff"), "ValueError");
        let splits_a_character = [&[2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0][..], "山".as_bytes()].concat();
        assert_eq!(refused(&splits_a_character), "ValueError");
    }

    proptest! {
        #[test]
        fn any_text_agrees_with_whole_numbers(text in "(?s).{0,60}|[ -~]{0,60}") {
            let expected = reference(text.chars().map(u32::from));
            prop_assert_eq!(hash(&text), expected);
            prop_assert_eq!(article(&text), expected);
        }

        #[test]
        fn units_of_any_width_agree_with_whole_numbers(units in prop::collection::vec(any::<u32>(), 0..60)) {
            let narrow: Vec<u8> = units.iter().map(|unit| *unit as u8).collect();
            prop_assert_eq!(hash_units(&narrow), reference(narrow.iter().map(|unit| u32::from(*unit))));
            prop_assert_eq!(hash_units(&units), reference(units));
        }
    }
}
