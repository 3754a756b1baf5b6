//! Immutable objects that their type and text determine, and files.

use std::fs::File as StdFile;
use std::io::{self, Read};
use std::path::PathBuf;

use pyo3::intern;
use pyo3::prelude::*;
use sha2::{Digest, Sha256};

use super::class::Class;
use super::scalar_kind::ScalarKind;
use crate::equivalence::calendar;
use crate::equivalence::digest::hexadecimal;
use crate::equivalence::value::{File, Instant, Scalar, Value};

/// An object by its type and text.
pub(super) fn scalar(object: &Bound<'_, PyAny>, class: &Class<'_>, kind: ScalarKind) -> PyResult<Value> {
    let (text, instant) = match kind {
        ScalarKind::Text => (object.str()?.to_string(), None),
        ScalarKind::Repr => (object.repr()?.to_string(), None),
        ScalarKind::Moment => moment(object)?,
        ScalarKind::Span => (object.str()?.to_string(), Some(span(object)?)),
        ScalarKind::Path => {
            let path = object.extract::<PathBuf>()?;
            (path.to_str().map_or_else(|| format!("{path:?}"), str::to_owned), None)
        }
    };
    Ok(Value::Scalar(Box::new(Scalar { type_name: class.name.clone(), text, instant })))
}

fn moment(object: &Bound<'_, PyAny>) -> PyResult<(String, Option<Instant>)> {
    let mut text = object.call_method0(intern!(object.py(), "isoformat"))?.extract::<String>()?;
    let instant = calendar::parse(&text);
    let zone = object.getattr(intern!(object.py(), "tzinfo"))?;
    if !zone.is_none() {
        let name = zone.str()?.to_string();
        // An object without a name of its own shows its address.
        let class = zone.get_type().qualname()?.to_string();
        let zone = match class.as_str() {
            "timezone" => name,
            _ if name.contains(" at 0x") => class,
            _ => format!("{class}({name})"),
        };
        text = format!("{text} {zone}");
    }
    if object.getattr(intern!(object.py(), "fold"))?.extract::<u8>()? != 0 {
        text += " fold=1";
    }
    Ok((text, instant))
}

fn span(object: &Bound<'_, PyAny>) -> PyResult<Instant> {
    let part = |name| object.getattr(name)?.extract::<i128>();
    let seconds = part("days")? * 86_400 + part("seconds")?;
    let nanoseconds = if object.hasattr("nanoseconds")? { part("nanoseconds")? } else { 0 };
    Ok(Instant::Span((seconds * 1_000_000 + part("microseconds")?) * 1_000 + nanoseconds))
}

/// The file that a path-like object points at, if it does.
pub(super) fn file(object: &Bound<'_, PyAny>) -> PyResult<Option<Value>> {
    let path = object.extract::<PathBuf>()?;
    if !path.is_file() {
        return Ok(None);
    }
    let (sha256, bytes) = hash(StdFile::open(path)?)?;
    Ok(Some(Value::File(File { sha256, bytes })))
}

fn hash(mut file: StdFile) -> io::Result<(String, u64)> {
    let (mut sha, mut bytes) = (Sha256::new(), 0);
    let mut block = vec![0; 1 << 18];
    loop {
        let read = file.read(&mut block)?;
        if read == 0 {
            return Ok((hexadecimal(&sha.finalize()), bytes));
        }
        sha.update(&block[..read]);
        bytes += read as u64;
    }
}
