//! Kernels of `pixels` and `pixels-png`.

use std::hint::black_box;
use std::io::Cursor;

use criterion::{BenchmarkId, Criterion, Throughput};
use rustworthy_workloads::pixels::{self, Mode};
use rustworthy_workloads::pixels_png::{self, Compression};

pub(super) fn pictures(criterion: &mut Criterion) {
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
        });
    }
}

/// Pixels that get lighter from corner to corner, with a little noise.
fn gradient(width: u32, height: u32, channels: usize) -> Vec<u8> {
    let noise = |at: u32| at.wrapping_mul(0x9e37_79b9) >> 30;
    let value = |x, y, channel| (x * 128 / width + y * 100 / height + 9 * channel + noise(y * width + x)) as u8;
    let pixels = (0..height).flat_map(|y| (0..width).map(move |x| (x, y)));
    pixels.flat_map(|(x, y)| (0..channels as u32).map(move |channel| value(x, y, channel))).collect()
}
