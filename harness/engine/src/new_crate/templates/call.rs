//! A call as Python makes it: what was given, and the function in Python that this crate stands for.
//!
//! Written by `rustworthy new`. There is nothing here to be changed.

// Which of these are needed depends on the arguments, and on what the body does.
#![allow(dead_code)]

use std::any::Any;
use std::cell::Cell;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyByteArray, PyBytes, PyDict, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple};

thread_local! {
    /// Whether the function in Python runs in this thread because a body has asked for it.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// The function in Python. It's looked up when it's needed first: importing this crate imports nothing else.
pub struct Original {
    module: &'static str,
    path: &'static str,
    /// The module of this crate.
    own: &'static str,
    held: PyOnceLock<Py<PyAny>>,
}

impl Original {
    /// What `path` names in a module; `own` is the module of this crate.
    pub const fn new(module: &'static str, path: &'static str, own: &'static str) -> Self {
        Self { module, path, own, held: PyOnceLock::new() }
    }

    /// A copy of it: what is found may be given other code later, so that it calls this crate.
    ///
    /// # Errors
    /// When it isn't there.
    pub fn get<'a, 'py>(&'a self, py: Python<'py>) -> PyResult<&'a Bound<'py, PyAny>> {
        self.held.get_or_try_init(py, || self.find(py)).map(|function| function.bind(py))
    }

    fn find(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let mut found = py.import(self.module)?.into_any();
        for name in self.path.split('.') {
            found = found.getattr(name)?;
        }
        let home = found.getattr("__module__").and_then(|home| home.extract::<String>()).unwrap_or_default();
        if home.split('.').next() == Some(self.own) {
            let Self { module, path, own, .. } = self;
            return Err(PyRuntimeError::new_err(format!(
                "{module}:{path} is bound to what stands for it, and the original is gone; have {own}.replace() do that, which keeps it"
            )));
        }
        copied(&found).map(Bound::unbind)
    }
}

/// A function of the same code; what isn't a function in Python stays itself.
fn copied<'py>(found: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let types = found.py().import("types")?;
    let (function_type, method_type) = (types.getattr("FunctionType")?, types.getattr("MethodType")?);
    if found.get_type().is(&method_type) {
        return method_type.call1((copied(&found.getattr("__func__")?)?, found.getattr("__self__")?));
    }
    if !found.get_type().is(&function_type) {
        return Ok(found.clone());
    }
    let own = |name: &str| found.getattr(name);
    let copy = function_type.call1((
        own("__code__")?,
        own("__globals__")?,
        own("__name__")?,
        own("__defaults__")?,
        own("__closure__")?,
    ))?;
    for name in ["__kwdefaults__", "__qualname__", "__module__", "__doc__"] {
        copy.setattr(name, own(name)?)?;
    }
    Ok(copy)
}

/// How often Python has answered because of a parameter: what was given isn't of the type that the body takes.
pub struct Fallback {
    /// The parameter.
    pub name: &'static str,
    count: AtomicU64,
}

impl Fallback {
    /// None yet.
    pub const fn new(name: &'static str) -> Self {
        Self { name, count: AtomicU64::new(0) }
    }

    /// How often so far.
    pub fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

/// What was given for one parameter, if anything.
#[derive(Debug, Default)]
pub struct Given<'py>(Option<Bound<'py, PyAny>>);

impl<'py> FromPyObject<'_, 'py> for Given<'py> {
    type Error = Infallible;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> Result<Self, Infallible> {
        Ok(Self(Some(object.to_owned())))
    }
}

impl<'py> Given<'py> {
    /// The value in Rust; `None` where it's of another type.
    pub fn read<'a, T>(&'a self, read: impl FnOnce(&'a Bound<'py, PyAny>) -> Option<T>) -> Option<T> {
        self.0.as_ref().and_then(read)
    }

    /// The same, with a value that stands for nothing.
    pub fn read_or<'a, T>(&'a self, default: T, read: impl FnOnce(&'a Bound<'py, PyAny>) -> Option<T>) -> Option<T> {
        match &self.0 {
            Some(value) => read(value),
            None => Some(default),
        }
    }
}

/// One call.
pub struct Call<'a, 'py> {
    /// The interpreter.
    pub py: Python<'py>,
    /// The function in Python.
    pub original: &'static Original,
    /// Of each parameter, in their order.
    pub fallbacks: &'static [Fallback],
    /// Arguments that may be given by position.
    pub positional: &'a [(&'static str, &'a Given<'py>)],
    /// All further positions.
    pub rest: Option<&'a Bound<'py, PyTuple>>,
    /// Arguments that are given by name.
    pub named: &'a [(&'static str, &'a Given<'py>)],
    /// All further names.
    pub others: Option<&'a Bound<'py, PyDict>>,
}

impl<'py> Call<'_, 'py> {
    /// What the function in Python makes of this call.
    ///
    /// # Errors
    /// What it raises.
    pub fn original(&self) -> PyResult<Bound<'py, PyAny>> {
        let function = self.original.get(self.py)?;
        let mut args: Vec<&Bound<'py, PyAny>> = Vec::with_capacity(self.positional.len());
        let mut by_name: Vec<(&str, &Bound<'py, PyAny>)> = Vec::new();
        let mut is_gapless = true;
        for (name, given) in self.positional {
            match &given.0 {
                Some(value) if is_gapless => args.push(value),
                Some(value) => by_name.push((name, value)),
                None => is_gapless = false,
            }
        }
        by_name.extend(self.named.iter().filter_map(|(name, given)| Some((*name, given.0.as_ref()?))));
        let rest: Vec<Bound<'py, PyAny>> = self.rest.map(|rest| rest.iter().collect()).unwrap_or_default();
        args.extend(rest.iter());
        let args = PyTuple::new(self.py, args)?;
        let others = self.others.filter(|others| !others.is_empty());
        let kwargs = match (by_name.is_empty(), others) {
            (true, None) => None,
            (_, others) => {
                let kwargs = others.map_or_else(|| Ok(PyDict::new(self.py)), |others| others.copy())?;
                for (name, value) in by_name {
                    kwargs.set_item(name, value)?;
                }
                Some(kwargs)
            }
        };
        let _inside = Inside::enter();
        function.call(args, kwargs.as_ref())
    }

    /// Whether the function in Python makes this call itself: it's left to that, so that there is one crossing however deep it goes.
    pub fn is_nested(&self) -> bool {
        INSIDE.get()
    }

    /// Has Python answer, and counts that for the parameter with this number.
    ///
    /// # Errors
    /// What the function in Python raises.
    pub fn left_to_python(&self, parameter: usize) -> PyResult<Bound<'py, PyAny>> {
        if let Some(fallback) = self.fallbacks.get(parameter) {
            fallback.count.fetch_add(1, Ordering::Relaxed);
        }
        self.original()
    }

    /// Runs the body. A panic is an exception that programs can catch: `RuntimeError`.
    ///
    /// # Errors
    /// That of the body.
    pub fn run(&self, body: impl FnOnce() -> PyResult<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
        catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|panic| {
            let Original { module, path, .. } = self.original;
            let why = panic_message(panic.as_ref());
            Err(PyRuntimeError::new_err(format!("{module}:{path}: the body in Rust has panicked: {why}")))
        })
    }
}

fn panic_message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("without a message")
}

/// The function in Python runs until this is dropped.
struct Inside {
    before: bool,
}

impl Inside {
    fn enter() -> Self {
        Self { before: INSIDE.replace(true) }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.before);
    }
}

// Classes that are derived from these are left to Python: they may do anything.

/// Whatever it is.
pub fn any<'a, 'py>(value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyAny>> {
    Some(value)
}

/// A `bool`.
pub fn flag(value: &Bound<'_, PyAny>) -> Option<bool> {
    value.cast::<PyBool>().ok().map(|value| value.is_true())
}

/// An `int` that 64 bits hold.
pub fn whole(value: &Bound<'_, PyAny>) -> Option<i64> {
    value.cast_exact::<PyInt>().ok()?.extract().ok()
}

/// An `int`, however large.
pub fn integer<'a, 'py>(value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyInt>> {
    value.cast_exact().ok()
}

/// A `float`.
pub fn float(value: &Bound<'_, PyAny>) -> Option<f64> {
    value.cast_exact::<PyFloat>().ok().map(|value| value.value())
}

/// A `str` without lone surrogates: its bytes as they lie in Python's memory.
pub fn text<'a>(value: &'a Bound<'_, PyAny>) -> Option<&'a str> {
    value.cast_exact::<PyString>().ok()?.to_str().ok()
}

/// A `str`, whatever it holds.
pub fn string<'a, 'py>(value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyString>> {
    value.cast_exact().ok()
}

/// `bytes`, as they lie in Python's memory.
pub fn bytes<'a>(value: &'a Bound<'_, PyAny>) -> Option<&'a [u8]> {
    value.cast_exact::<PyBytes>().ok().map(|value| value.as_bytes())
}

/// `bytes` as they lie in Python's memory, or a copy of a `bytearray`.
pub fn backed_bytes(value: &Bound<'_, PyAny>) -> Option<PyBackedBytes> {
    let is_plain = value.is_exact_instance_of::<PyBytes>() || value.is_exact_instance_of::<PyByteArray>();
    if is_plain { value.extract().ok() } else { None }
}

/// A `list`.
pub fn list<'a, 'py>(value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyList>> {
    value.cast_exact().ok()
}

/// A `tuple`.
pub fn tuple<'a, 'py>(value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyTuple>> {
    value.cast_exact().ok()
}

/// A `dict`.
pub fn dict<'a, 'py>(value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyDict>> {
    value.cast_exact().ok()
}

/// A `set`.
pub fn set<'a, 'py>(value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PySet>> {
    value.cast_exact().ok()
}

/// A `frozenset`.
pub fn frozen_set<'a, 'py>(value: &'a Bound<'py, PyAny>) -> Option<&'a Bound<'py, PyFrozenSet>> {
    value.cast_exact().ok()
}

/// What may be `None` in Python.
pub fn optional<'a, 'py: 'a, T>(
    read: impl FnOnce(&'a Bound<'py, PyAny>) -> Option<T>,
) -> impl FnOnce(&'a Bound<'py, PyAny>) -> Option<Option<T>> {
    move |value| if value.is_none() { Some(None) } else { read(value).map(Some) }
}

/// What may be left out, and has a default that only Python knows.
pub fn present<'a, 'py: 'a, T>(
    read: impl FnOnce(&'a Bound<'py, PyAny>) -> Option<T>,
) -> impl FnOnce(&'a Bound<'py, PyAny>) -> Option<Option<T>> {
    move |value| read(value).map(Some)
}
