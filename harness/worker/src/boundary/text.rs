//! Strings, read as Rust reads them.

use std::borrow::Cow;

use pyo3::ffi;
use pyo3::prelude::*;

/// Whether a string has no lone surrogates, which Rust's strings can't hold.
pub(super) fn is_plain(string: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a `str`, as the caller has seen, which lives as long as its reference.
    unsafe { read(string.as_ptr()) }.is_some()
}

/// The characters of a string, borrowed where they are ASCII, and encoded anew elsewhere; nothing where there are lone
/// surrogates.
///
/// Not by `PyUnicode_AsUTF8AndSize`: that leaves what it has encoded in the string, so that it would cost once what it costs a
/// function whose argument is another one in every call.
///
/// # Safety
/// A `str` whose reference lives as long as the result.
#[inline]
pub(super) unsafe fn read<'a>(string: *mut ffi::PyObject) -> Option<Cow<'a, str>> {
    // SAFETY: a string's length, its kind and its characters belong together, and nothing changes them.
    unsafe {
        let length = ffi::PyUnicode_GET_LENGTH(string) as usize;
        let data = ffi::PyUnicode_DATA(string);
        match ffi::PyUnicode_KIND(string) {
            ffi::PyUnicode_1BYTE_KIND => {
                let bytes = std::slice::from_raw_parts(data.cast::<u8>(), length);
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
