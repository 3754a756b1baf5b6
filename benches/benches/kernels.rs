//! The kernels of the built-in workloads, without Python.

use std::fs;
use std::hint::black_box;
use std::io::Cursor;
use std::path::Path;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use rustworthy_workloads::ndjson::{self, Fault};
use rustworthy_workloads::protobuf::orders::{Address, Line, Order};
use rustworthy_workloads::records::columns::{self, Columns};
use rustworthy_workloads::regex_logs::{self, Ascii, Classes, Corrected, Engine, Exact, Published, Scanner};
use rustworthy_workloads::{csv_apply, protobuf, sum_squares};
use rustworthy_workloads::pixels::Mode;
use rustworthy_workloads::pixels_png::Compression;
use rustworthy_workloads::protobuf::orders::{Address, Line, Order};
use rustworthy_workloads::{csv_apply, pixels, pixels_png, protobuf, sum_squares};
use rustworthy_workloads::{csv_apply, protobuf, red_dict, string_hash, sum_squares};

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
fn pictures(criterion: &mut Criterion) {
    let (width, height) = (400, 300);
    let mut group = criterion.benchmark_group("pixels");
    for mode in Mode::ALL {
        let picture = gradient(width, height, mode.channels());
        group.throughput(Throughput::Bytes(picture.len() as u64));
        group.bench_with_input(BenchmarkId::new("brighten", mode.name()), &picture, |bencher, picture| {
            bencher.iter(|| pixels::brighten(mode, black_box(picture)));
        });
    }
    let image = image::RgbImage::from_raw(width, height, gradient(width, height, 3)).expect("three bytes a pixel");
    group.bench_function("as-published", |bencher| bencher.iter(|| pixels::brighten_as_published(black_box(&image))));
    group.finish();

    let mut file = Cursor::new(Vec::new());
    image.write_to(&mut file, image::ImageFormat::Png).expect("memory is writable");
    let mut group = criterion.benchmark_group("pixels-png");
    group.throughput(Throughput::Elements(u64::from(width * height)));
    for (name, compression) in [("fast", Compression::Fast), ("level-6", Compression::Level(6))] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| pixels_png::brighten_png(black_box(file.get_ref()), compression));
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

/// Pixels that get lighter from corner to corner, with a little noise.
fn gradient(width: u32, height: u32, channels: usize) -> Vec<u8> {
    let noise = |at: u32| at.wrapping_mul(0x9e37_79b9) >> 30;
    let value = |x, y, channel| (x * 128 / width + y * 100 / height + 9 * channel + noise(y * width + x)) as u8;
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    pixels.flat_map(|(x, y)| (0..channels as u32).map(move |channel| value(x, y, channel))).collect()
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

fn log_of(records: u64) -> String {
    let mut log = String::new();
    for id in 0..records {
        let level = if id.is_multiple_of(5) { "ERROR" } else { "INFO" };
        log += &format!("{{\"id\": {id}, \"level\": \"{level}\", \"seconds\": {}.{:03}, ", id % 60, id % 997);
        log +=
            "\"message\": \"said \\\"nö\\\" to /v1/items\", \"user\": {\"name\": \"Zoë\"}, \"tags\": [\"eu\", null]}\n";
    }
    log
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
    targets = sums, csv_file, messages, logs
    targets = sums, csv_file, messages, records
    targets = sums, csv_file, messages, pictures
    targets = sums, csv_file, messages, access_log
    targets = sums, csv_file, messages, hashes, chains
}
criterion_main!(kernels);
