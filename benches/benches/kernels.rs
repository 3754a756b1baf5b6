//! The kernels of the built-in workloads, without Python.

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rustworthy_workloads::protobuf::orders::{Address, Line, Order};
use rustworthy_workloads::regex_logs::{self, Ascii, Classes, Corrected, Engine, Exact, Published, Scanner};
use rustworthy_workloads::{csv_apply, protobuf, sum_squares};

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

fn access_log(criterion: &mut Criterion) {
    let lines: Vec<String> = (0..20_000).map(log_line).collect();
    let classes = Classes::of("14.0.0").expect("a version of Unicode");
    let scanner = Scanner(classes.clone());
    let mut group = criterion.benchmark_group("regex-logs");
    group.throughput(Throughput::Elements(lines.len() as u64));
    let mut engines: [(&str, Box<dyn Engine>); 5] = [
        ("published", Box::new(Published::new().expect("a pattern"))),
        ("corrected", Box::new(Corrected::new(&classes).expect("a pattern"))),
        ("ascii", Box::new(Ascii::new().expect("a pattern"))),
        ("exact", Box::new(Exact::new(&classes).expect("a pattern"))),
        ("serial", Box::new(scanner.clone())),
    ];
    for (name, engine) in &mut engines {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| regex_logs::serial(black_box(&lines), engine.as_mut()));
        });
    }
    group.bench_function("rayon", |bencher| bencher.iter(|| regex_logs::parallel(black_box(&lines), &scanner)));
    let log = lines.concat();
    group.bench_function("text", |bencher| bencher.iter(|| regex_logs::of_text(black_box(&log), &scanner)));
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

/// A line of an access log; one in 50 isn't ASCII.
fn log_line(number: u64) -> String {
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let host =
        if number.is_multiple_of(50) { "例え.テスト".into() } else { format!("10.0.7.{}", scattered >> 56) };
    let (item, status, size) = (scattered >> 40, 200 + 2 * (scattered >> 60), scattered >> 48);
    format!(
        "{host} - [10/Nov/2025:13:55:36 +0000] \"GET /api/v2/items/{item} HTTP/1.1\" {status} {size} \"curl/8.5.0\"\n"
    )
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
    targets = sums, csv_file, messages, access_log
}
criterion_main!(kernels);
