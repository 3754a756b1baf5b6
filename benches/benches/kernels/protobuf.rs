//! Kernels of `protobuf`.

use std::hint::black_box;

use criterion::{Criterion, Throughput};
use rustworthy_workloads::protobuf;
use rustworthy_workloads::protobuf::orders::{Address, Line, Order};

pub(super) fn messages(criterion: &mut Criterion) {
    let orders: Vec<Order> = (0..5_000).map(order).collect();
    let mut group = criterion.benchmark_group("protobuf");
    group.throughput(Throughput::Elements(orders.len() as u64));
    group.bench_function("encode", |bencher| bencher.iter(|| protobuf::encode(black_box(&orders))));
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
