//! The Rust subject, timed by tango with its defaults.

use rivals::{squares, steps_of_this_build};
use std::hint::black_box;
use tango_bench::{IntoBenchmarks, benchmark_fn, tango_benchmarks};

fn benchmarks() -> impl IntoBenchmarks {
    let steps = steps_of_this_build().expect("rivals.py writes the steps beside the executable");
    [benchmark_fn("squares", move |bencher| bencher.iter(move || squares(black_box(steps))))]
}

tango_benchmarks!(benchmarks());
