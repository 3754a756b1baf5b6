//! Kernels of `records`.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use rustworthy_workloads::records::columns::{self, Columns};

pub(super) fn records(criterion: &mut Criterion) {
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
