//! The Rust subject, timed by criterion with its defaults.

use criterion::{Criterion, criterion_group, criterion_main};
use rivals::{squares, steps_of_this_build};
use std::hint::black_box;

fn bench(criterion: &mut Criterion) {
    let steps = steps_of_this_build().expect("rivals.py writes the steps beside the executable");
    criterion.bench_function("squares", |bencher| bencher.iter(|| squares(black_box(steps))));
}

criterion_group!(benches, bench);
criterion_main!(benches);
