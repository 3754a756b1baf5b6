//! Kernels of `hash`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput};
use rustworthy_workloads::string_hash;

/// A short text, as in the workload, and a long one; and the loop that waits for each multiplication.
pub(super) fn hashes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("hash");
    for length in [170, 1_000_000] {
        let ascii = "the quick brown fox ".repeat(length / 20);
        let other = "東京🧑‍🚀Größe лиса ".repeat(length / 20);
        group.throughput(Throughput::Elements(ascii.len() as u64));
        group.bench_with_input(BenchmarkId::new("article", length), &ascii, |bencher, text| {
            bencher.iter(|| string_hash::article(black_box(text)));
        });
        group.bench_with_input(BenchmarkId::new("ascii", length), &ascii, |bencher, text| {
            bencher.iter(|| string_hash::hash(black_box(text)));
        });
        group.throughput(Throughput::Elements(other.chars().count() as u64));
        group.bench_with_input(BenchmarkId::new("other", length), &other, |bencher, text| {
            bencher.iter(|| string_hash::hash(black_box(text)));
        });
    }
}
