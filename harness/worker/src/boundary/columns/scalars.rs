//! Columns of values that hold no others.

use pyo3::ffi;
use pyo3::prelude::*;

use super::super::array::Borrowed;
use super::super::text;
use super::{Column, Object, Unlike, is_of};

pub(super) struct Nones;

impl Column for Nones {
    fn extend(&mut self, _: &[Object]) -> Result<(), Unlike> {
        Ok(())
    }

    fn clear(&mut self) {}
}

#[derive(Default)]
pub(super) struct Bools(Vec<bool>);

impl Column for Bools {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        // SAFETY: the one object that is true.
        let truth = unsafe { ffi::Py_True() };
        self.0.extend(values.iter().map(|&value| value == truth));
        Ok(())
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

#[derive(Default)]
pub(super) struct Ints(Vec<i64>);

impl Column for Ints {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        self.0.reserve(values.len());
        for &value in values {
            let mut overflow = 0;
            if !is_of(value, &raw mut ffi::PyLong_Type) {
                return Err(Unlike);
            }
            // SAFETY: an `int`.
            let integer = unsafe { ffi::PyLong_AsLongLongAndOverflow(value, &mut overflow) };
            if overflow != 0 {
                return Err(Unlike);
            }
            self.0.push(integer);
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

#[derive(Default)]
pub(super) struct WideInts(Vec<i128>);

impl Column for WideInts {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        Python::attach(|py| {
            for &value in values {
                // SAFETY: an object that is alive.
                let value = unsafe { pyo3::Borrowed::from_ptr(py, value) };
                self.0.push(value.extract().map_err(|_| Unlike)?);
            }
            Ok(())
        })
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

#[derive(Default)]
pub(super) struct Floats(Vec<f64>);

impl Column for Floats {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        self.0.reserve(values.len());
        for &value in values {
            if !is_of(value, &raw mut ffi::PyFloat_Type) {
                return Err(Unlike);
            }
            // SAFETY: a `float`.
            self.0.push(unsafe { ffi::PyFloat_AS_DOUBLE(value) });
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

/// Strings: borrowed where they are ASCII, else behind each other in a string of their own.
#[derive(Default)]
pub(super) struct Texts {
    borrowed: Vec<(*const u8, usize)>,
    encoded: String,
}

impl Column for Texts {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        self.borrowed.reserve(values.len());
        for &value in values {
            if !is_of(value, &raw mut ffi::PyUnicode_Type) {
                return Err(Unlike);
            }
            // SAFETY: a `str` that is alive; what is borrowed isn't looked at once the call is over.
            match unsafe { text::read(value) }.ok_or(Unlike)? {
                std::borrow::Cow::Borrowed(text) => self.borrowed.push((text.as_ptr(), text.len())),
                std::borrow::Cow::Owned(text) => {
                    self.borrowed.push((std::ptr::null(), self.encoded.len()));
                    self.encoded.push_str(&text);
                }
            }
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.borrowed.clear();
        self.encoded.clear();
    }
}

/// Strings that come again as the same objects, in the same order: those that are known needn't be looked at.
#[derive(Default)]
pub(super) struct Names {
    known: Vec<Object>,
    places: Vec<u32>,
    texts: Texts,
    /// Where the last one is among the known.
    last: usize,
}

impl Names {
    /// So many are searched through; where there are more, names are no more than strings.
    const MOST: usize = 64;
}

impl Column for Names {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        for (done, &value) in values.iter().enumerate() {
            let next = if self.last + 1 < self.known.len() { self.last + 1 } else { 0 };
            self.last = match self.known.get(next) {
                Some(&known) if known == value => next,
                _ => match self.known.iter().position(|&known| known == value) {
                    Some(place) => place,
                    None if self.known.len() == Self::MOST => return self.texts.extend(&values[done..]),
                    None => {
                        self.texts.extend(&[value])?;
                        self.known.push(value);
                        self.known.len() - 1
                    }
                },
            };
            self.places.push(self.last as u32);
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.known.clear();
        self.places.clear();
        self.texts.clear();
        self.last = 0;
    }
}

#[derive(Default)]
pub(super) struct ByteStrings(Vec<(*const u8, usize)>);

impl Column for ByteStrings {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        for &value in values {
            if !is_of(value, &raw mut ffi::PyBytes_Type) {
                return Err(Unlike);
            }
            // SAFETY: `bytes` that are alive; what is borrowed isn't looked at once the call is over.
            self.0.push(unsafe { (ffi::PyBytes_AS_STRING(value).cast::<u8>(), ffi::PyBytes_Size(value) as usize) });
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

/// Arrays, whose memory is borrowed as a whole, and given back at once.
#[derive(Default)]
pub(super) struct Arrays(Vec<usize>);

impl Column for Arrays {
    fn extend(&mut self, values: &[Object]) -> Result<(), Unlike> {
        for &value in values {
            self.0.push(Borrowed::new(value).ok_or(Unlike)?.bytes().len());
        }
        Ok(())
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}
