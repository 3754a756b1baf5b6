//! Kernels of `sum-squares`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use rustworthy_workloads::sum_squares;

/// Two sizes: a loop that the compiler removed takes as long for both.
pub(super) fn sums(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sum-squares");
    for n in [500_000, 5_000_000] {
        group.throughput(Throughput::Elements(n));
        group.bench_with_input(BenchmarkId::new("article", n), &n, |bencher, &n| {
            bencher.iter(|| sum_squares::article(black_box(n)));
        });
        group.bench_with_input(BenchmarkId::new("serial", n), &n, |bencher, &n| {
            bencher.iter(|| sum_squares::serial(black_box(n)));
        });
        group.bench_with_input(BenchmarkId::new("rayon", n), &n, |bencher, &n| {
            bencher.iter(|| sum_squares::parallel(black_box(n)));
        });
    }
}
