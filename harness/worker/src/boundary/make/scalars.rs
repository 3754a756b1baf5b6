//! Making values that hold no others.

use std::ffi::c_long;

use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyByteArray, PyBytes};

use super::super::text;
use super::{Column, Make, Object};

/// Objects that are at hand.
pub(super) struct Kept(Column<Py<PyAny>>);

impl Kept {
    pub(super) fn new(objects: Vec<Bound<'_, PyAny>>) -> Self {
        Self(Column::new(objects.into_iter().map(Bound::unbind).collect()))
    }
}

impl Make for Kept {
    #[inline(always)]
    fn next(&mut self) -> Object {
        let Some(kept) = self.0.take() else { return std::ptr::null_mut() };
        let kept = kept.as_ptr();
        // SAFETY: the object is alive.
        unsafe { ffi::Py_INCREF(kept) };
        kept
    }

    fn rewind(&mut self) {
        self.0.rewind();
    }
}

pub(super) struct Ints(Column<c_long>);

impl Ints {
    /// # Errors
    /// When one has more bits than the call takes.
    pub(super) fn new(objects: &[Bound<'_, PyAny>]) -> PyResult<Self> {
        objects.iter().map(|object| object.extract()).collect::<PyResult<_>>().map(|values| Self(Column::new(values)))
    }
}

impl Make for Ints {
    #[inline(always)]
    fn next(&mut self) -> Object {
        let Some(&value) = self.0.take() else { return std::ptr::null_mut() };
        // SAFETY: the interpreter is attached. Of all calls that make an `int` this is the one with a short way for short ones.
        unsafe { ffi::PyLong_FromLong(value) }
    }

    fn rewind(&mut self) {
        self.0.rewind();
    }
}

pub(super) struct WideInts(Column<i128>);

impl WideInts {
    /// # Errors
    /// When one has more than 128 bits.
    pub(super) fn new(objects: &[Bound<'_, PyAny>]) -> PyResult<Self> {
        objects.iter().map(|object| object.extract()).collect::<PyResult<_>>().map(|values| Self(Column::new(values)))
    }
}

impl Make for WideInts {
    fn next(&mut self) -> Object {
        let Some(&value) = self.0.take() else { return std::ptr::null_mut() };
        // SAFETY: the interpreter is attached wherever makers run.
        let py = unsafe { Python::assume_attached() };
        value.into_pyobject(py).map_or(std::ptr::null_mut(), |made| made.into_any().into_ptr())
    }

    fn rewind(&mut self) {
        self.0.rewind();
    }
}

pub(super) struct Floats(Column<f64>);

impl Floats {
    /// # Errors
    /// When one isn't a `float`.
    pub(super) fn new(objects: &[Bound<'_, PyAny>]) -> PyResult<Self> {
        objects.iter().map(|object| object.extract()).collect::<PyResult<_>>().map(|values| Self(Column::new(values)))
    }
}

impl Make for Floats {
    #[inline(always)]
    fn next(&mut self) -> Object {
        let Some(&value) = self.0.take() else { return std::ptr::null_mut() };
        // SAFETY: the interpreter is attached.
        unsafe { ffi::PyFloat_FromDouble(value) }
    }

    fn rewind(&mut self) {
        self.0.rewind();
    }
}

/// Strings, whose characters lie behind each other as they will in the objects.
pub(super) struct Texts {
    bytes: Vec<u8>,
    /// Where the next one begins.
    start: usize,
    sizes: Column<TextSize>,
}

/// How many characters a string has, of how many bytes, and a bound of them all.
#[derive(Clone, Copy)]
struct TextSize {
    length: usize,
    width: u32,
    largest: u32,
}

impl Texts {
    pub(super) fn new(objects: &[Bound<'_, PyAny>]) -> Self {
        let (mut bytes, mut sizes) = (Vec::new(), Vec::with_capacity(objects.len()));
        for object in objects {
            // SAFETY: a `str`, as the caller has seen, which is alive, and has so many bytes.
            let (text::Characters { length, width, .. }, own) = unsafe { text::bytes(object) };
            bytes.extend_from_slice(own);
            let largest = match width {
                ffi::PyUnicode_1BYTE_KIND if own.is_ascii() => 0x7f,
                ffi::PyUnicode_1BYTE_KIND => 0xff,
                ffi::PyUnicode_2BYTE_KIND => 0xffff,
                _ => 0x0010_ffff,
            };
            sizes.push(TextSize { length, width, largest });
        }
        Self { bytes, start: 0, sizes: Column::new(sizes) }
    }
}

impl Make for Texts {
    #[inline(always)]
    fn next(&mut self) -> Object {
        let Some(&TextSize { length, width, largest }) = self.sizes.take() else { return std::ptr::null_mut() };
        let count = length * width as usize;
        let Some(own) = self.bytes.get(self.start..self.start + count) else { return std::ptr::null_mut() };
        self.start += count;
        // SAFETY: the interpreter is attached. A new string of that length and width has room for the bytes.
        unsafe {
            if length < 2 {
                // The interpreter has its own of one character, and of none.
                return ffi::PyUnicode_FromKindAndData(width as i32, own.as_ptr().cast(), length as ffi::Py_ssize_t);
            }
            let string = ffi::PyUnicode_New(length as ffi::Py_ssize_t, largest);
            if !string.is_null() {
                std::ptr::copy_nonoverlapping(own.as_ptr(), ffi::PyUnicode_DATA(string).cast::<u8>(), count);
            }
            string
        }
    }

    fn rewind(&mut self) {
        self.start = 0;
        self.sizes.rewind();
    }
}

/// Whether bytes can be changed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum BytesKind {
    Bytes,
    ByteArray,
}

/// `bytes` or `bytearray`s.
pub(super) struct ByteStrings {
    kind: BytesKind,
    bytes: Vec<u8>,
    start: usize,
    lengths: Column<usize>,
}

impl ByteStrings {
    /// # Errors
    /// When one isn't of that kind.
    pub(super) fn new(kind: BytesKind, objects: &[Bound<'_, PyAny>]) -> PyResult<Self> {
        let (mut bytes, mut lengths) = (Vec::new(), Vec::with_capacity(objects.len()));
        for object in objects {
            let before = bytes.len();
            match kind {
                BytesKind::Bytes => bytes.extend_from_slice(object.cast::<PyBytes>()?.as_bytes()),
                BytesKind::ByteArray => bytes.extend(object.cast::<PyByteArray>()?.to_vec()),
            }
            lengths.push(bytes.len() - before);
        }
        Ok(Self { kind, bytes, start: 0, lengths: Column::new(lengths) })
    }
}

impl Make for ByteStrings {
    #[inline]
    fn next(&mut self) -> Object {
        let Some(&length) = self.lengths.take() else { return std::ptr::null_mut() };
        let Some(own) = self.bytes.get(self.start..self.start + length) else { return std::ptr::null_mut() };
        self.start += length;
        let (data, length) = (own.as_ptr().cast(), length as ffi::Py_ssize_t);
        // SAFETY: the interpreter is attached, and there are so many bytes.
        unsafe {
            match self.kind {
                BytesKind::Bytes => ffi::PyBytes_FromStringAndSize(data, length),
                BytesKind::ByteArray => ffi::PyByteArray_FromStringAndSize(data, length),
            }
        }
    }

    fn rewind(&mut self) {
        self.start = 0;
        self.lengths.rewind();
    }
}

/// Arrays of NumPy, around memory that has their elements already: a function in Rust writes its elements where they stay.
pub(super) struct Arrays(Column<Py<PyAny>>);

impl Arrays {
    /// # Errors
    /// When one can't be copied.
    pub(super) fn new(objects: &[Bound<'_, PyAny>]) -> PyResult<Self> {
        let views = objects.iter().map(|object| Ok(object.call_method0("copy")?.getattr("view")?.unbind()));
        views.collect::<PyResult<_>>().map(|views| Self(Column::new(views)))
    }
}

impl Make for Arrays {
    fn next(&mut self) -> Object {
        let Some(view) = self.0.take() else { return std::ptr::null_mut() };
        // SAFETY: a method that is alive.
        unsafe { ffi::PyObject_CallNoArgs(view.as_ptr()) }
    }

    fn rewind(&mut self) {
        self.0.rewind();
    }
}
