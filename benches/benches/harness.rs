//! What the harness adds to every call that it times.
//!
//! To reach: at most 60 ns a call above a bare vectorcall of an empty Python function. Compare `timed block`
//! and `timed one by one`, which read the clock once a block and once a call, with `bare vectorcall`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyModule;
use rustworthy_protocol::Clock;
use rustworthy_worker::{Function, Subject, time_calls};

fn calls(criterion: &mut Criterion) {
    Python::initialize();
    Python::attach(|py| {
        let source = c"def empty(argument): pass";
        let module = PyModule::from_code(py, source, c"empty.py", c"empty").expect("an empty function");
        let empty = module.getattr("empty").expect("the function");
        let copies: Vec<_> =
            (0..4).map(|copy| 1_000_000_i32.wrapping_add(copy).into_pyobject(py).expect("an int").into_any()).collect();

        let mut group = criterion.benchmark_group("call of an empty Python function");
        group.bench_function("bare vectorcall", |bencher| {
            bencher.iter_custom(|calls| timed(|| bare(&empty, &copies[0], calls)));
        });
        group.bench_function("timed block", |bencher| {
            bencher.iter_custom(|calls| timed(|| time_calls(&empty, &copies, calls).expect("it doesn't raise")));
        });
        let mut subject = Subject::Python { function: Function::plain(empty.clone()), copies: copies.clone() };
        group.bench_function("timed one by one", |bencher| {
            bencher.iter_custom(|calls| {
                timed(|| drop(black_box(subject.time_each(calls, Clock::Wall).expect("it doesn't raise"))))
            });
        });
        group.finish();
    });
}

/// The least that a call can cost.
fn bare(function: &Bound<'_, PyAny>, argument: &Bound<'_, PyAny>, calls: u64) {
    let mut arguments = [std::ptr::null_mut(), argument.as_ptr()];
    for _ in 0..calls {
        // SAFETY: the interpreter is held, both objects are alive, and the result is ours to drop.
        unsafe {
            let result = ffi::PyObject_Vectorcall(
                function.as_ptr(),
                arguments.as_mut_ptr().add(1),
                1 | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET,
                std::ptr::null_mut(),
            );
            ffi::Py_DECREF(result);
        }
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

criterion_group!(benches, calls);
criterion_main!(benches);
