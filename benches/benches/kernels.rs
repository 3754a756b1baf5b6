//! The kernels of the built-in workloads, without Python.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rustworthy_workloads::ndjson::{self, Fault};
use rustworthy_workloads::protobuf::orders::{Address, Line, Order};
use rustworthy_workloads::records::columns::{self, Columns};
use rustworthy_workloads::{csv_apply, protobuf, sum_squares};

/// Two sizes: a loop that the compiler removed takes as long for both.
fn sums(criterion: &mut Criterion) {
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

fn csv_file(criterion: &mut Criterion) {
    let orders = 20_000;
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("kernels-bench.csv");
    fs::write(&path, csv_of(orders)).expect("the target folder is writable");
    let mut group = criterion.benchmark_group("csv-apply");
    group.throughput(Throughput::Elements(orders));
    group.bench_function("article", |bencher| bencher.iter(|| csv_apply::article(black_box(&path))));
    group.bench_function("serial", |bencher| bencher.iter(|| csv_apply::net_revenues_serial(black_box(&path))));
    group.bench_function("path", |bencher| bencher.iter(|| csv_apply::net_revenues(black_box(&path))));
}

/// A kernel of `ndjson`.
type Log = fn(&Path) -> Result<u64, Fault>;

fn logs(criterion: &mut Criterion) {
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

fn messages(criterion: &mut Criterion) {
    let orders: Vec<Order> = (0..5_000).map(order).collect();
    let mut group = criterion.benchmark_group("protobuf");
    group.throughput(Throughput::Elements(orders.len() as u64));
    group.bench_function("encode", |bencher| bencher.iter(|| protobuf::encode(black_box(&orders))));
}

fn records(criterion: &mut Criterion) {
    let orders = columns_of(20_000);
    let mut group = criterion.benchmark_group("records");
    group.throughput(Throughput::Elements(orders.len() as u64));
    group.bench_function("serial", |bencher| bencher.iter(|| columns::serial(black_box(&orders))));
    group.bench_function("rayon", |bencher| bencher.iter(|| columns::parallel(black_box(&orders))));
}

/// One order in eight isn't ASCII, one in ten is implausible.
fn columns_of(orders: u64) -> Columns {
    let mut columns = Columns::default();
    for id in 0..orders {
        let name = if id.is_multiple_of(8) { "Zoë  Ångström" } else { "Ada Lovelace" };
        let sign = if id.is_multiple_of(10) { "-" } else { "" };
        columns.name.push(&format!("{name} {id} "));
        columns.email.push(&format!(" {name}.{id}@Example.COM\r\n"));
        columns.country.push(["SE", "fi ", "DE", "it", "PL"][id as usize % 5]);
        columns.amount.push(&format!("{sign}{},{:03}.{:02}", id % 97, id % 997, id % 89));
    }
    columns
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

/// Orders that differ, because equal ones encode two to three times as fast.
fn order(id: u64) -> Order {
    let scattered = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let line = |number: u64| Line {
        sku: format!("SKU-{:010x}", scattered >> number),
        quantity: (scattered >> 50) as u32,
        price: (scattered >> (20 + number)) as i64,
    };
    Order {
        id: scattered >> (id % 64),
        balance: (scattered >> 30) as i64 - (1 << 33),
        customer: format!("Иван Петров {id}"),
        ratings: (0..id % 12).map(|number| (scattered >> (number * 5)) as i32 % 300).collect(),
        tags: (0..id % 6).map(|number| format!("tag-{:x}", scattered >> (number * 9))).collect(),
        address: (!id.is_multiple_of(5)).then(|| Address {
            street: format!("Straße {}", id % 300),
            city: "東京".into(),
            postcode: "100-0001".into(),
        }),
        lines: (0..1 + id % 5).map(line).collect(),
    }
}

criterion_group! {
    name = kernels;
    config = Criterion::default().warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(3));
    targets = sums, csv_file, messages, logs
    targets = sums, csv_file, messages, records
}
criterion_main!(kernels);
