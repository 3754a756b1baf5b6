//! Recorded calls: reading them, and making them one after the other.

use std::ffi::CString;
use std::sync::Arc;

use pyo3::PyTraverseError;
use pyo3::exceptions::{PyException, PyTypeError};
use pyo3::ffi;
use pyo3::gc::PyVisit;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyModule, PyTuple};
use rustworthy_protocol::capture::{CALLS, ENCODING};
use rustworthy_protocol::{Raises, RecordedCalls};

use crate::coroutine::{self, EventLoop};
use crate::crash;

/// Words that say how a call has ended, in what [`Calling::output`] returns.
pub(crate) const RETURNED: &str = "returned";
pub(crate) const RAISED: &str = "raised";

/// The type of what was read of a generator. To a project's own code, and once pickled, it's a list.
const STREAM: &str = "
class stream(list):
    def __reduce__(self):
        return list, (list(self),)

stream.__module__ = 'builtins'
";

/// Whether it's an iterator that is nothing but that: what a generator function gives, or what stands for it.
fn is_generator(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: the object is alive.
    unsafe { ffi::PyIter_Check(object.as_ptr()) != 0 }
}

/// Reads a generator up to that many items; whether there were more.
fn read<'py>(
    generator: &Bound<'py, PyAny>,
    most: u64,
    mut take: impl FnMut(Bound<'py, PyAny>) -> PyResult<()>,
) -> PyResult<bool> {
    for (items, item) in generator.try_iter()?.enumerate() {
        let item = item?;
        if items as u64 == most {
            return Ok(true);
        }
        take(item)?;
    }
    Ok(false)
}

/// The calls that stand for so many: a list of tuples of the line that each has, its positional arguments and those by name.
pub(crate) fn load<'py>(
    py: Python<'py>,
    recorded: &RecordedCalls,
    size: u64,
    seed: u64,
) -> PyResult<Bound<'py, PyAny>> {
    let decoder = module(py, "rustworthy_encoding", ENCODING)?.getattr("Decoder")?;
    let inputs = module(py, "rustworthy_calls", CALLS)?.getattr("inputs")?;
    inputs.call1((&recorded.folder, decoder, recorded.trusts_pickles, size, seed))
}

fn module<'py>(py: Python<'py>, name: &str, source: &str) -> PyResult<Bound<'py, PyModule>> {
    if let Ok(module) = py.import("sys")?.getattr("modules")?.get_item(name) {
        return Ok(module.cast_into()?);
    }
    let file = CString::new(format!("{name}.py"))?;
    PyModule::from_code(py, &CString::new(source)?, &file, &CString::new(name)?)
}

/// A copy of recorded calls, ready to be made. Clones are the same copy.
#[derive(Clone)]
pub struct Calls(Arc<[Call]>);

/// One of them.
pub(crate) struct Call {
    line: u64,
    args: Py<PyTuple>,
    kwargs: Option<Py<PyDict>>,
    /// The arguments that it stands for, where it's made with others.
    stands_for: Option<(Py<PyTuple>, Option<Py<PyDict>>)>,
}

impl Calls {
    /// Of a list that [`load`] has returned, or of a copy of it.
    pub(crate) fn new(list: &Bound<'_, PyAny>) -> PyResult<Self> {
        let call = |call: Bound<'_, PyAny>| -> PyResult<Call> {
            let (line, args, kwargs): (u64, Py<PyTuple>, Bound<'_, PyDict>) = call.extract()?;
            let kwargs = (!kwargs.is_empty()).then(|| kwargs.unbind());
            Ok(Call { line, args, kwargs, stands_for: None })
        };
        list.cast::<PyList>()?.iter().map(call).collect::<PyResult<_>>().map(Self)
    }

    /// Calls that are made with other arguments in the place of these ones, which count as what calls leave of them.
    pub(crate) fn in_place_of(py: Python<'_>, others: &Self, list: &Bound<'_, PyAny>) -> PyResult<Self> {
        let made = Self::new(list)?;
        let calls = made.0.iter().zip(others.0.iter()).map(|(made, other)| Call {
            line: made.line,
            args: made.args.clone_ref(py),
            kwargs: made.kwargs.as_ref().map(|kwargs| kwargs.clone_ref(py)),
            stands_for: Some((other.args.clone_ref(py), other.kwargs.as_ref().map(|kwargs| kwargs.clone_ref(py)))),
        });
        Ok(Self(calls.collect()))
    }

    /// The call at a place.
    pub(crate) fn get(&self, place: usize) -> Option<&Call> {
        self.0.get(place)
    }

    /// Lets the garbage collector look at what they hold.
    pub(crate) fn traverse(&self, visit: &PyVisit<'_>) -> Result<(), PyTraverseError> {
        for call in self.0.iter() {
            visit.call(&call.args)?;
            call.kwargs.as_ref().map_or(Ok(()), |kwargs| visit.call(kwargs))?;
            if let Some((args, kwargs)) = &call.stands_for {
                visit.call(args)?;
                kwargs.as_ref().map_or(Ok(()), |kwargs| visit.call(kwargs))?;
            }
        }
        Ok(())
    }
}

/// What is called, and what of the calls is an output.
pub struct Calling {
    function: Py<PyAny>,
    with_arguments: bool,
    raises: Raises,
    /// Items that are read of a generator that a call gives.
    streams: Option<u64>,
    is_awaited: bool,
}

/// A call that is over: its result, and whether a stream was longer than what is read of it.
type Read<'py> = (PyResult<Bound<'py, PyAny>>, bool);

impl Calling {
    /// # Errors
    /// When calling the function only makes a generator, or an event loop is needed and doesn't start.
    pub(crate) fn new(function: &Bound<'_, PyAny>, recorded: &RecordedCalls) -> PyResult<Self> {
        let inspect = function.py().import("inspect")?;
        let RecordedCalls { with_arguments, raises, streams, .. } = *recorded;
        if streams.is_none() && inspect.call_method1("isgeneratorfunction", (function,))?.is_truthy()? {
            return Err(PyTypeError::new_err(
                "it's a generator function: a call only begins its work; compare a function that does all of it, or record \
                 its calls with --streams N",
            ));
        }
        let is_awaited = coroutine::makes_coroutines(function);
        if is_awaited {
            EventLoop::get(function.py())?;
        }
        Ok(Self { function: function.clone().unbind(), with_arguments, raises, streams, is_awaited })
    }

    /// The same function, for another driver of its calls.
    pub(crate) fn again(&self, py: Python<'_>) -> Self {
        Self { function: self.function.clone_ref(py), ..*self }
    }

    /// Whether what a call returns is awaited.
    pub(crate) fn is_awaited(&self) -> bool {
        self.is_awaited
    }

    /// Items that are read of a stream at most, where that isn't left to who reads it.
    pub(crate) fn streams(&self) -> Option<u64> {
        self.streams
    }

    pub(crate) fn function(&self) -> &Py<PyAny> {
        &self.function
    }

    /// Makes all calls and drops what they return.
    ///
    /// # Errors
    /// What a call raises, where that isn't an output.
    #[inline(always)]
    pub(crate) fn make(&self, py: Python<'_>, calls: &Calls) -> PyResult<()> {
        crash::making(0);
        if let Some(most) = self.streams {
            return self.make_and_read(py, calls, most);
        }
        for call in calls.0.iter() {
            // SAFETY: the interpreter is held, all objects are alive, and the result is ours to drop.
            unsafe {
                let kwargs = call.kwargs.as_ref().map_or(std::ptr::null_mut(), Py::as_ptr);
                let result = ffi::PyObject_Call(self.function.as_ptr(), call.args.as_ptr(), kwargs);
                if result.is_null() {
                    if self.raises == Raises::Never || ffi::PyErr_ExceptionMatches(ffi::PyExc_Exception) == 0 {
                        return Err(PyErr::fetch(py));
                    }
                    ffi::PyErr_Clear();
                } else {
                    ffi::Py_DECREF(result);
                }
            }
        }
        Ok(())
    }

    /// The same, and generators that they give are read up to a bound.
    fn make_and_read(&self, py: Python<'_>, calls: &Calls, most: u64) -> PyResult<()> {
        for call in calls.0.iter() {
            let ended = self.begin(py, call).and_then(|result| match is_generator(&result) {
                true => read(&result, most, |item| {
                    drop(item);
                    Ok(())
                }),
                false => Ok(false),
            });
            if let Err(error) = ended
                && !self.expects(py, &error)
            {
                return Err(error);
            }
        }
        Ok(())
    }

    /// Makes all calls: a list of the [output](Self::output) of each, and whether a stream was longer than what is read of it.
    ///
    /// # Errors
    /// What a call raises, where that isn't an output.
    pub(crate) fn outputs<'py>(&self, py: Python<'py>, calls: &Calls) -> PyResult<(Bound<'py, PyAny>, bool)> {
        let outputs = PyList::empty(py);
        let mut is_cut_off = false;
        for call in calls.0.iter() {
            let (result, is_cut) = match (self.begin(py, call), self.streams) {
                (Ok(result), Some(most)) if is_generator(&result) => self.items(py, &result, most),
                (result, _) => (result, false),
            };
            is_cut_off |= is_cut;
            outputs.append(self.output(py, call, result)?)?;
        }
        Ok((outputs.into_any(), is_cut_off))
    }

    /// The items of a generator, in a list that is told from others by its type.
    fn items<'py>(&self, py: Python<'py>, generator: &Bound<'py, PyAny>, most: u64) -> Read<'py> {
        let found = || {
            let items = module(py, "rustworthy_stream", STREAM)?.getattr("stream")?.call0()?;
            let list = items.cast::<PyList>()?;
            let is_cut_off = read(generator, most, |item| list.append(item))?;
            Ok((items.clone(), is_cut_off))
        };
        match found() {
            Ok((items, is_cut_off)) => (Ok(items), is_cut_off),
            Err(error) => (Err(error), false),
        }
    }

    /// Makes a call, whose result may still have to be awaited.
    ///
    /// # Errors
    /// What it raises.
    #[inline(always)]
    pub(crate) fn begin<'py>(&self, py: Python<'py>, call: &Call) -> PyResult<Bound<'py, PyAny>> {
        let kwargs = call.kwargs.as_ref().map(|kwargs| kwargs.bind(py));
        crash::making(call.line);
        self.function.bind(py).call(call.args.bind(py), kwargs)
    }

    /// What a call has come to: its line, how it ended, what it returned, or the class and perhaps the message of what it raised,
    /// and its arguments after the call where they are part of the output.
    ///
    /// # Errors
    /// What it raised, where that isn't an output.
    pub(crate) fn output<'py>(
        &self,
        py: Python<'py>,
        call: &Call,
        result: PyResult<Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyTuple>> {
        let (ended, value) = match result {
            Ok(value) => (RETURNED, value),
            Err(error) => (RAISED, self.raised(py, error)?),
        };
        let arguments = call
            .stands_for
            .as_ref()
            .map_or((&call.args, call.kwargs.as_ref()), |(args, kwargs)| (args, kwargs.as_ref()));
        let after = self.with_arguments.then_some(arguments);
        (call.line, ended, value, after).into_pyobject(py)
    }

    /// Whether an exception is an output.
    pub(crate) fn expects(&self, py: Python<'_>, error: &PyErr) -> bool {
        self.raises != Raises::Never && error.is_instance_of::<PyException>(py)
    }

    /// An exception as an output.
    fn raised<'py>(&self, py: Python<'py>, error: PyErr) -> PyResult<Bound<'py, PyAny>> {
        if !self.expects(py, &error) {
            return Err(error);
        }
        let class = error.get_type(py).fully_qualified_name()?.to_string();
        let message = match self.raises {
            Raises::Message => Some(error.value(py).str()?),
            Raises::Never | Raises::Type => None,
        };
        (class, message).into_pyobject(py).map(Bound::into_any)
    }
}
