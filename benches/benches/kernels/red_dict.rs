//! Kernels of `red-dict`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use rustworthy_workloads::red_dict;

pub(super) fn chains(criterion: &mut Criterion) {
    let rounds = 100;
    let mut group = criterion.benchmark_group("red-dict");
    for items in [10, 1_000] {
        let column: Vec<f64> = (0..items).map(|item| item as f64 * 0.37 - 40.0).collect();
        let factors: Vec<f64> = (0..items).map(|item| (item as f64 * 0.11).sin()).collect();
        group.throughput(Throughput::Elements(items * rounds * 5));
        group.bench_function(BenchmarkId::new("chain", items), |bencher| {
            bencher.iter(|| red_dict::chain(column.clone(), black_box(&factors), black_box(&factors), rounds));
        });
    }
}
