//! Strings, read as Rust reads them.

use std::borrow::Cow;

use pyo3::ffi;
use pyo3::prelude::*;

/// Whether a string has no lone surrogates, which Rust's strings can't hold.
pub(super) fn is_plain(string: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a `str`, as the caller has seen, which lives as long as its reference.
    unsafe { read(string.as_ptr()) }.is_some()
}

/// The characters of a string as they lie: of one, two or four bytes each.
pub(super) struct Characters {
    pub(super) data: *const u8,
    pub(super) length: usize,
    /// Bytes of each.
    pub(super) width: u32,
}

/// The characters of a string, for which nothing has to be looked through or encoded.
///
/// # Safety
/// A `str` whose reference lives as long as the result is used.
#[inline(always)]
pub(super) unsafe fn characters(string: *mut ffi::PyObject) -> Characters {
    // SAFETY: a string's length, its kind and its characters belong together, and nothing changes them.
    unsafe {
        Characters {
            data: ffi::PyUnicode_DATA(string).cast::<u8>(),
            length: ffi::PyUnicode_GET_LENGTH(string) as usize,
            width: ffi::PyUnicode_KIND(string),
        }
    }
}

/// The same, with all bytes of the characters.
///
/// # Safety
/// It's a `str`.
pub(super) unsafe fn bytes<'a>(string: &'a Bound<'_, PyAny>) -> (Characters, &'a [u8]) {
    // SAFETY: the caller promises what this needs, and the string lives as long as its reference.
    unsafe {
        let characters = characters(string.as_ptr());
        let count = characters.length * characters.width as usize;
        let bytes = std::slice::from_raw_parts(characters.data, count);
        (characters, bytes)
    }
}

/// The characters of a string in UTF-8, borrowed where they are ASCII, and encoded anew elsewhere; nothing where there are lone
/// surrogates.
///
/// Not by `PyUnicode_AsUTF8AndSize`: that leaves what it has encoded in the string, so that it would cost once what it costs a
/// function whose argument is another one in every call.
///
/// # Safety
/// A `str` whose reference lives as long as the result.
#[inline]
pub(super) unsafe fn read<'a>(string: *mut ffi::PyObject) -> Option<Cow<'a, str>> {
    // SAFETY: as the caller promises, and characters are aligned as their width asks.
    unsafe {
        let Characters { data, length, width } = characters(string);
        match width {
            ffi::PyUnicode_1BYTE_KIND => {
                let bytes = std::slice::from_raw_parts(data, length);
                Some(if bytes.is_ascii() {
                    Cow::Borrowed(std::str::from_utf8_unchecked(bytes))
                } else {
                    Cow::Owned(bytes.iter().map(|&byte| char::from(byte)).collect())
                })
            }
            ffi::PyUnicode_2BYTE_KIND => {
                let units = std::slice::from_raw_parts(data.cast::<u16>(), length);
                units.iter().map(|&unit| char::from_u32(unit.into())).collect::<Option<String>>().map(Cow::Owned)
            }
            _ => {
                let units = std::slice::from_raw_parts(data.cast::<u32>(), length);
                units.iter().map(|&unit| char::from_u32(unit)).collect::<Option<String>>().map(Cow::Owned)
            }
        }
    }
}
