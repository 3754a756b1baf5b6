//! What a worker times: a Python callable or a kernel, over copies of the input.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::{PyErr, ffi};

use rustworthy_protocol::{Clock, TimeFor};

use crate::calls::{Calling, Calls};
use crate::coroutine::Callee;
use crate::meter::Metered;
use crate::{coroutine, kernel, process};

/// Set in a process that foreign code forked off the worker: it must end where it returns to the harness.
static FORKED: AtomicBool = AtomicBool::new(false);

/// Has to be called once, before foreign code runs.
pub(crate) fn notice_forks() {
    extern "C" fn forked() {
        FORKED.store(true, Ordering::Relaxed);
    }
    // SAFETY: the handler does nothing but an atomic store.
    unsafe { libc::pthread_atfork(None, None, Some(forked)) };
}

#[inline(always)]
pub(crate) fn end_if_forked() {
    if FORKED.load(Ordering::Relaxed) {
        // SAFETY: ends this process without running anything that belongs to the worker it was forked off.
        unsafe { libc::_exit(0) };
    }
}

/// Whether what a callable returns is awaited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Its first call will show.
    Untried,
    /// What it returns is its result.
    Plain,
    /// It is called within the event loop, and awaited there.
    Awaited,
}

/// A Python callable, and what is known of how to call it. Copies know what any of them finds out.
#[derive(Clone)]
pub struct Function<'py> {
    pub(crate) callable: Bound<'py, PyAny>,
    way: Rc<Cell<Way>>,
}

/// What a first call has shown.
enum Tried<'py> {
    /// The call is over, with this result.
    Plain(Bound<'py, PyAny>),
    /// What it has given is to be awaited; nothing where it is to be called once more, within the event loop.
    Awaited(Option<Bound<'py, PyAny>>),
}

impl<'py> Function<'py> {
    /// A callable that may have to be awaited.
    ///
    /// # Errors
    /// When it's certain to need an event loop, and that doesn't start.
    pub fn new(callable: Bound<'py, PyAny>) -> PyResult<Self> {
        let way = if coroutine::makes_coroutines(&callable) { Way::Awaited } else { Way::Untried };
        if way == Way::Awaited {
            coroutine::EventLoop::get(callable.py())?;
        }
        Ok(Self { callable, way: Rc::new(Cell::new(way)) })
    }

    /// A callable whose results are never awaited.
    pub fn plain(callable: Bound<'py, PyAny>) -> Self {
        Self { callable, way: Rc::new(Cell::new(Way::Plain)) }
    }

    /// Makes a first call, if there was none.
    fn try_out(&self, argument: &Bound<'py, PyAny>) -> PyResult<Tried<'py>> {
        if self.way.get() == Way::Awaited {
            return Ok(Tried::Awaited(None));
        }
        let result = match invoke(&self.callable, argument) {
            // Such as what extensions in Rust return, who make a future of a running loop.
            Err(error) if self.way.get() == Way::Untried && coroutine::needs_a_loop(&error, argument.py()) => {
                self.way.set(Way::Awaited);
                return Ok(Tried::Awaited(None));
            }
            result => result?,
        };
        end_if_forked();
        if self.way.get() == Way::Untried {
            let is_awaited = coroutine::is_awaited(&result);
            self.way.set(if is_awaited { Way::Awaited } else { Way::Plain });
            if is_awaited {
                return Ok(Tried::Awaited(Some(result)));
            }
        }
        Ok(Tried::Plain(result))
    }
}

/// Something to call, with the input that it's called on.
pub enum Subject<'py> {
    /// A Python callable, and equal but distinct copies of its argument.
    Python {
        /// The callable.
        function: Function<'py>,
        /// At least one.
        copies: Vec<Bound<'py, PyAny>>,
    },
    /// A Python callable, and equal but distinct copies of recorded calls of it: one call of the subject makes them all.
    Calls {
        /// The callable, and what counts as its output.
        calling: Calling,
        /// At least one.
        copies: Vec<Calls>,
        /// For calls.
        py: Python<'py>,
    },
    /// Kernels, prepared on equal but distinct copies of the input.
    Kernel {
        /// At least one.
        copies: Vec<kernel::Call>,
        /// For exceptions.
        py: Python<'py>,
    },
}

/// A call that was made for its output.
pub struct Call<'py> {
    /// What it gave.
    pub output: Output<'py>,
    /// Wall time in seconds.
    pub seconds: f64,
    /// What a reader should know of it, each as the end of a sentence about what was called.
    pub remarks: Vec<String>,
}

impl<'py> Call<'py> {
    fn awaited(coroutine::Awaited { output, seconds, remarks }: coroutine::Awaited<'py>) -> Self {
        Self { output: Output::Python(output), seconds, remarks }
    }
}

impl<'py> Subject<'py> {
    /// Makes one call on the first copy of the input.
    ///
    /// # Errors
    /// What the call raises.
    pub fn call(&mut self) -> PyResult<Call<'py>> {
        let start = Instant::now();
        let output = match self {
            Self::Python { function, copies } => match function.try_out(&copies[0])? {
                Tried::Plain(result) => Output::Python(result),
                Tried::Awaited(begun) => {
                    let callee = Callee::one(&function.callable, &copies[..1]);
                    return Ok(Call::awaited(coroutine::call(function.callable.py(), callee, begun)?));
                }
            },
            Self::Calls { calling, copies, py } if calling.is_awaited() => {
                let callee = Callee::recorded(*py, calling, &copies[..1]);
                return Ok(Call::awaited(coroutine::call(*py, callee, None)?));
            }
            Self::Calls { calling, copies, py } => {
                let (outputs, is_cut_off) = calling.outputs(*py, &copies[0])?;
                let seconds = start.elapsed().as_secs_f64();
                end_if_forked();
                let remark = calling.streams().filter(|_| is_cut_off).map(coroutine::streams_more_than);
                let remarks = remark.into_iter().collect();
                return Ok(Call { output: Output::Python(outputs), seconds, remarks });
            }
            Self::Kernel { copies, py } => Output::Kernel(run(&mut copies[0])?, *py),
        };
        let seconds = start.elapsed().as_secs_f64();
        end_if_forked();
        Ok(Call { output, seconds, remarks: Vec::new() })
    }

    /// Whether it is known that what a call returns is awaited.
    pub fn is_awaited(&self) -> bool {
        match self {
            Self::Python { function, .. } => function.way.get() == Way::Awaited,
            Self::Calls { calling, .. } => calling.is_awaited(),
            Self::Kernel { .. } => false,
        }
    }

    /// Makes so many calls, rotating over the copies of the input.
    ///
    /// # Errors
    /// What a call raises.
    pub fn time(&mut self, calls: u64) -> PyResult<()> {
        match self {
            Self::Python { function, copies } => {
                let (py, mut left) = (function.callable.py(), calls);
                let callee = || Callee::one(&function.callable, copies);
                if function.way.get() == Way::Untried && calls > 0 {
                    match function.try_out(&copies[0])? {
                        Tried::Plain(_) => left -= 1,
                        Tried::Awaited(begun) => return coroutine::make_calls(py, callee(), calls, begun),
                    }
                }
                match function.way.get() {
                    Way::Awaited => coroutine::make_calls(py, callee(), left, None),
                    _ => time_calls(&function.callable, copies, left),
                }
            }
            Self::Calls { calling, copies, py } if calling.is_awaited() => {
                coroutine::make_calls(*py, Callee::recorded(*py, calling, copies), calls, None)
            }
            Self::Calls { calling, copies, py } => {
                for (_, copy) in (0..calls).zip((0..copies.len()).cycle()) {
                    calling.make(*py, &copies[copy])?;
                    end_if_forked();
                }
                Ok(())
            }
            Self::Kernel { copies, .. } => {
                let rotation = (0..copies.len()).cycle();
                for (_, copy) in (0..calls).zip(rotation) {
                    drop(run(&mut copies[copy])?);
                    end_if_forked();
                }
                Ok(())
            }
        }
    }

    /// Makes calls under the clock that are awaited, after idle time in which the worker used that much of a processor. Nothing
    /// where calls aren't awaited.
    ///
    /// # Errors
    /// What a call raises.
    pub(crate) fn time_awaited(&mut self, order: &TimeFor, idle: Duration) -> PyResult<Option<Metered>> {
        match self {
            Self::Python { function, copies } if function.way.get() == Way::Awaited => {
                coroutine::time_calls(function.callable.py(), Callee::one(&function.callable, copies), order, idle)
            }
            Self::Calls { calling, copies, py } if calling.is_awaited() => {
                coroutine::time_calls(*py, Callee::recorded(*py, calling, copies), order, idle)
            }
            _ => Ok(None),
        }
    }

    /// The same, and the time of every single call in nanoseconds by that clock.
    ///
    /// The clock is read once a call: the end of one call is the start of the next.
    ///
    /// # Errors
    /// What a call raises.
    pub fn time_each(&mut self, calls: u64, clock: Clock) -> PyResult<Vec<u64>> {
        let begin = Instant::now();
        match clock {
            Clock::Wall => self.time_each_by(calls, || begin.elapsed()),
            Clock::Processor => self.time_each_by(calls, process::cpu_time),
        }
    }

    fn time_each_by(&mut self, calls: u64, clock: impl Fn() -> Duration) -> PyResult<Vec<u64>> {
        let mut each = Vec::with_capacity(calls as usize);
        let copies = match self {
            Self::Python { copies, .. } => copies.len(),
            Self::Calls { copies, .. } => copies.len(),
            Self::Kernel { copies, .. } => copies.len(),
        };
        let mut before = clock();
        for copy in (0..copies).cycle().take(calls as usize) {
            match self {
                Self::Python { function, copies } if function.way.get() == Way::Plain => {
                    call_once(&function.callable, &copies[copy])?;
                }
                Self::Python { function, copies } => match function.try_out(&copies[copy])? {
                    Tried::Plain(result) => drop(result),
                    Tried::Awaited(begun) => {
                        let callee = Callee::one(&function.callable, &copies[copy..]);
                        coroutine::make_calls(function.callable.py(), callee, 1, begun)?;
                    }
                },
                Self::Calls { calling, copies, py } if calling.is_awaited() => {
                    coroutine::make_calls(*py, Callee::recorded(*py, calling, &copies[copy..]), 1, None)?;
                }
                Self::Calls { calling, copies, py } => calling.make(*py, &copies[copy])?,
                Self::Kernel { copies, .. } => drop(run(&mut copies[copy])?),
            }
            end_if_forked();
            let after = clock();
            each.push((after - before).as_nanos() as u64);
            before = after;
        }
        Ok(each)
    }
}

/// What a call returned.
pub enum Output<'py> {
    /// A Python object.
    Python(Bound<'py, PyAny>),
    /// A kernel's own type.
    Kernel(Box<dyn kernel::Output>, Python<'py>),
}

impl<'py> Output<'py> {
    /// As a Python object.
    ///
    /// # Errors
    /// What converting raises.
    pub fn into_python(self) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Python(object) => Ok(object),
            Self::Kernel(output, py) => output.to_python(py),
        }
    }
}

/// Calls `function` so many times through the vectorcall protocol, rotating over `copies`, and drops what it returns.
///
/// This is the loop inside every timed block: beside the calls it does nothing but count.
///
/// # Errors
/// What a call raises.
pub fn time_calls(function: &Bound<'_, PyAny>, copies: &[Bound<'_, PyAny>], calls: u64) -> PyResult<()> {
    let mut copy = 0;
    for _ in 0..calls {
        call_once(function, &copies[copy])?;
        end_if_forked();
        copy = if copy + 1 == copies.len() { 0 } else { copy + 1 };
    }
    Ok(())
}

/// Calls a function with one argument.
///
/// # Errors
/// What the call raises.
#[inline(always)]
pub(crate) fn invoke<'py>(function: &Bound<'py, PyAny>, argument: &Bound<'_, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    // SAFETY: the result is a new reference or an error.
    unsafe { Bound::from_owned_ptr_or_err(function.py(), vectorcall(function, argument)) }
}

#[inline(always)]
fn call_once(function: &Bound<'_, PyAny>, argument: &Bound<'_, PyAny>) -> PyResult<()> {
    let result = vectorcall(function, argument);
    if result.is_null() {
        return Err(PyErr::fetch(function.py()));
    }
    // SAFETY: the result is ours to drop.
    unsafe { ffi::Py_DECREF(result) };
    Ok(())
}

/// A new reference, or nothing where an exception is set.
#[inline(always)]
fn vectorcall(function: &Bound<'_, PyAny>, argument: &Bound<'_, PyAny>) -> *mut ffi::PyObject {
    // The free slot in front lets a bound method put `self` there instead of copying the arguments.
    let mut arguments = [std::ptr::null_mut(), argument.as_ptr()];
    // SAFETY: the interpreter is held, and both objects are alive.
    unsafe {
        ffi::PyObject_Vectorcall(
            function.as_ptr(),
            arguments.as_mut_ptr().add(1),
            1 | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET,
            std::ptr::null_mut(),
        )
    }
}

/// A kernel that panics has failed like any other contender; its panic message goes to standard error.
fn run(call: &mut kernel::Call) -> PyResult<Box<dyn kernel::Output>> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err(PyRuntimeError::new_err("the kernel panicked")))
}
