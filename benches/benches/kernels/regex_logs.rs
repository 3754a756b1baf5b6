//! Kernels of `regex-logs`.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use rustworthy_workloads::regex_logs::{self, Ascii, Classes, Corrected, Engine, Exact, Published, Scanner};

pub(super) fn access_log(criterion: &mut Criterion) {
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
