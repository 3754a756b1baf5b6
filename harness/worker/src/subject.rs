//! What a worker times: a Python callable or a kernel, over copies of the input.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::{PyErr, ffi};

use rustworthy_protocol::Clock;

use crate::calls::{Calling, Calls};
use crate::{kernel, process};

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
fn end_if_forked() {
    if FORKED.load(Ordering::Relaxed) {
        // SAFETY: ends this process without running anything that belongs to the worker it was forked off.
        unsafe { libc::_exit(0) };
    }
}

/// Something to call, with the input that it's called on.
pub enum Subject<'py> {
    /// A Python callable, and equal but distinct copies of its argument.
    Python {
        /// The callable.
        function: Bound<'py, PyAny>,
        /// At least one.
        copies: Vec<Bound<'py, PyAny>>,
    },
    /// A Python callable, and equal but distinct copies of recorded calls of it: one call of the subject makes them all.
    Calls {
        /// The callable, and what counts as its output.
        calling: Calling<'py>,
        /// At least one.
        copies: Vec<Calls<'py>>,
    },
    /// Kernels, prepared on equal but distinct copies of the input.
    Kernel {
        /// At least one.
        copies: Vec<kernel::Call>,
        /// For exceptions.
        py: Python<'py>,
    },
}

impl<'py> Subject<'py> {
    /// Makes one call on the first copy of the input.
    ///
    /// # Errors
    /// What the call raises.
    pub fn call(&mut self) -> PyResult<Output<'py>> {
        let output = match self {
            Self::Python { function, copies } => Output::Python(function.call1((&copies[0],))?),
            Self::Calls { calling, copies } => Output::Python(calling.outputs(&copies[0])?),
            Self::Kernel { copies, py } => Output::Kernel(run(&mut copies[0])?, *py),
        };
        end_if_forked();
        Ok(output)
    }

    /// Makes so many calls, rotating over the copies of the input.
    ///
    /// # Errors
    /// What a call raises.
    pub fn time(&mut self, calls: u64) -> PyResult<()> {
        match self {
            Self::Python { function, copies } => time_calls(function, copies, calls),
            Self::Calls { calling, copies } => {
                for (_, copy) in (0..calls).zip((0..copies.len()).cycle()) {
                    calling.make(&copies[copy])?;
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
                Self::Python { function, copies } => call_once(function, &copies[copy])?,
                Self::Calls { calling, copies } => calling.make(&copies[copy])?,
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

#[inline(always)]
fn call_once(function: &Bound<'_, PyAny>, argument: &Bound<'_, PyAny>) -> PyResult<()> {
    // The free slot in front lets a bound method put `self` there instead of copying the arguments.
    let mut arguments = [std::ptr::null_mut(), argument.as_ptr()];
    // SAFETY: the interpreter is held, both objects are alive, and the result is ours to drop.
    unsafe {
        let result = ffi::PyObject_Vectorcall(
            function.as_ptr(),
            arguments.as_mut_ptr().add(1),
            1 | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET,
            std::ptr::null_mut(),
        );
        if result.is_null() {
            return Err(PyErr::fetch(function.py()));
        }
        ffi::Py_DECREF(result);
    }
    Ok(())
}

/// A kernel that panics has failed like any other contender; its panic message goes to standard error.
fn run(call: &mut kernel::Call) -> PyResult<Box<dyn kernel::Output>> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err(PyRuntimeError::new_err("the kernel panicked")))
}
