//! The kernels of the built-in workloads, without Python.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rustworthy_workloads::protobuf::orders::{Address, Line, Order};
use rustworthy_workloads::{csv_apply, protobuf, red_dict, string_hash, sum_squares};

/// Two sizes: a loop that the compiler removed takes as long for both.
fn sums(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sum-squares");
    for n in [500_000, 5_000_000] {
        group.throughput(Throughput::Elements(n));
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
    group.bench_function("path", |bencher| bencher.iter(|| csv_apply::net_revenues(black_box(&path))));
}

fn messages(criterion: &mut Criterion) {
    let orders: Vec<Order> = (0..5_000).map(order).collect();
    let mut group = criterion.benchmark_group("protobuf");
    group.throughput(Throughput::Elements(orders.len() as u64));
    group.bench_function("encode", |bencher| bencher.iter(|| protobuf::encode(black_box(&orders))));
}

/// A short text, as in the workload, and a long one; and the loop that waits for each multiplication.
fn hashes(criterion: &mut Criterion) {
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

fn chains(criterion: &mut Criterion) {
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
    targets = sums, csv_file, messages, hashes, chains
}
criterion_main!(kernels);
