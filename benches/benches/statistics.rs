//! Cost of an interval: 10,000 resamples of 20 processes with 50 blocks each. Goal: under 20 ms.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use rustworthy_stats::{Block, Process, Resampling, seconds, speedup};

const PROCESSES: u32 = 20;
const BLOCKS: u32 = 50;

fn side(seconds_per_call: f64) -> Vec<Process> {
    let block = |round: u32, sweep: u32| {
        let wobble = f64::from((round * 7 + sweep * 13) % 17) / 1000.0;
        Block { window: sweep, calls: 1, seconds: seconds_per_call * (1.0 + wobble) }
    };
    let process = |round| Process { round, blocks: (0..BLOCKS).map(|sweep| block(round, sweep)).collect() };
    (0..PROCESSES).map(process).collect()
}

fn bootstrap(criterion: &mut Criterion) {
    let (baseline, contender, resampling) = (side(0.02), side(0.01), Resampling::default());
    let mut group = criterion.benchmark_group("bootstrap 10,000 x 20 processes x 50 blocks");
    group.bench_function("seconds", |bencher| bencher.iter(|| seconds(black_box(&baseline), &resampling)));
    group.bench_function("speedup", |bencher| {
        bencher.iter(|| speedup(black_box(&baseline), black_box(&contender), &resampling));
    });
    group.finish();
}

criterion_group!(benches, bootstrap);
criterion_main!(benches);
