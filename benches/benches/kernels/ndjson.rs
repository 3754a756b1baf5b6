//! Kernels of `ndjson`.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput};
use rustworthy_workloads::ndjson::{self, Fault};

/// A kernel of `ndjson`.
type Log = fn(&Path) -> Result<u64, Fault>;

pub(super) fn logs(criterion: &mut Criterion) {
    let log = log_of(20_000);
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kernels-bench.ndjson");
    fs::write(&path, &log).expect("the target folder is writable");
    let mut group = criterion.benchmark_group("ndjson");
    group.throughput(Throughput::Bytes(log.len() as u64));
    let kernels: [(&str, Log); 5] = [
        ("serial", ndjson::serial),
        ("rayon", ndjson::parallel),
        ("sonic", ndjson::sonic),
        ("serde-json", ndjson::serde_json),
        ("article", ndjson::article),
    ];
    for (name, total) in kernels {
        group.bench_function(name, |bencher| bencher.iter(|| total(black_box(&path))));
    }
}

fn log_of(records: u64) -> String {
    let mut log = String::new();
    for id in 0..records {
        let level = if id.is_multiple_of(5) { "ERROR" } else { "INFO" };
        log += &format!("{{\"id\": {id}, \"level\": \"{level}\", \"seconds\": {}.{:03}, ", id % 60, id % 997);
        log +=
            "\"message\": \"said \\\"nö\\\" to /v1/items\", \"user\": {\"name\": \"Zoë\"}, \"tags\": [\"eu\", null]}\n";
    }
    log
}
