//! Kernels of `csv-apply`.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput};
use rustworthy_workloads::csv_apply;

pub(super) fn csv_file(criterion: &mut Criterion) {
    let orders = 20_000;
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kernels-bench.csv");
    fs::write(&path, csv_of(orders)).expect("the target folder is writable");
    let mut group = criterion.benchmark_group("csv-apply");
    group.throughput(Throughput::Elements(orders));
    group.bench_function("article", |bencher| bencher.iter(|| csv_apply::article(black_box(&path))));
    group.bench_function("serial", |bencher| bencher.iter(|| csv_apply::net_revenues_serial(black_box(&path))));
    group.bench_function("path", |bencher| bencher.iter(|| csv_apply::net_revenues(black_box(&path))));
}

fn csv_of(orders: u64) -> String {
    let mut file = String::from("id,customer,amount,quantity,express,engraving\r\n");
    for id in 0..orders {
        let (thousands, cents, quantity) = (id % 997, id % 100, id % 89);
        let express = if id.is_multiple_of(3) { "yes" } else { "no" };
        file += &format!("{id},Zoë,\"€{thousands},000.{cents:02}\",{quantity},{express},");
        file += &format!("\"to \"\"{id}\"\",\nyours\"\r\n");
    }
    file
}
