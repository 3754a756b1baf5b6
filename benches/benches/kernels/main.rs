//! The kernels of the built-in workloads, without Python; a file each.

mod csv_apply;
mod ndjson;
mod pixels;
mod protobuf;
mod records;
mod red_dict;
mod regex_logs;
mod string_hash;
mod sum_squares;

use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

criterion_group! {
    name = kernels;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = sum_squares::sums, csv_apply::csv_file, protobuf::messages, ndjson::logs, regex_logs::access_log,
        pixels::pictures, string_hash::hashes, records::records, red_dict::chains
}
criterion_main!(kernels);
