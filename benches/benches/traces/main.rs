//! How fast traces are read, and in how much memory; CRISP beside it.
//!
//! `cargo bench --profile dev -p rustworthy-benches --bench traces -- [MEGABYTES…]` writes OTLP JSON of each size (300
//! and 1000 by default) into a temporary folder, as one object, as lines, and compressed; and the same traces as protobuf
//! and in the other formats, to the same size. Each is read by fresh processes, three times in turn; the table has the median and the highest peak
//! memory.
//!
//! CRISP reads the first traces, as a file each, if `python3 benches/traces/crisp.py prepare` was called before.
//!
//! `-- exclusive FILE` prints the exclusive time of each operation. `-- listen [SPANS-A-SECOND [SECONDS]]` sends protobuf to
//! `rustworthy attribute --listen` at that rate, 20,000 for a minute by default, and tells what arrived and what that took.
//! `-- spread FOLDER FILES MEGABYTES` writes traces whose spans lie in any of so many files, some of them in two.
//! `-- mutate SECONDS SEED [FORMAT…]` changes files of formats at random and reads them for so long each, in this process; `blocks=FOLDER`
//! a block of Tempo. Files that take a second of a processor are kept.

mod crisp;
mod listening;
mod mutating;
mod protobuf;
mod reading;
mod writer;

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;

use anyhow::bail;
use rustworthy_attribution::trace::{Imported, Options, read};

use reading::{exclusive, print_reading, reading};
use writer::{Format, spread, write};

const ROUNDS: usize = 3;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match &arguments[..] {
        [command, path] if command == "read" => print_reading(Path::new(path)),
        [command, path] if command == "exclusive" => print_exclusive(Path::new(path)),
        [command, rest @ ..] if command == "listen" => {
            let number = |place: usize, usual: u64| rest.get(place).map_or(Ok(usual), |text| text.parse());
            listening::listening(number(0, 20_000)?, number(1, 60)?)
        }
        [command, folder, files, megabytes] if command == "spread" => {
            spread(Path::new(folder), files.parse()?, megabytes.parse::<u64>()? * 1_000_000)
        }
        [command, seconds, seed, formats @ ..] if command == "mutate" => {
            let (seconds, seed) = (seconds.parse()?, seed.parse()?);
            println!(
                "| format | seed | seconds | files | of them read | longest, ms | of a processor, ms | peak memory, MB |"
            );
            println!("|---|--:|--:|--:|--:|--:|--:|--:|");
            let all = mutating::FORMATS.map(str::to_owned);
            let formats = if formats.is_empty() { &all[..] } else { formats };
            formats.iter().try_for_each(|format| mutating::mutating(format, seconds, seed))
        }
        sizes => {
            let is_bench = std::env::args().any(|argument| argument == "--bench");
            let sizes: Vec<u64> = match sizes {
                [] if is_bench => vec![300, 1000],
                // As a test: does it run?
                [] => vec![1],
                sizes => sizes.iter().map(|size| size.parse()).collect::<Result<_, _>>()?,
            };
            table(&sizes)
        }
    }
}

fn print_exclusive(path: &Path) -> anyhow::Result<()> {
    let imported = read(&[path.to_owned()], &Options::default(), &AtomicBool::new(false))?;
    let Imported::Requests { requests, trace, skipped, .. } = imported else { bail!("a profile") };
    for (name, sum) in exclusive(&requests)? {
        println!("{sum:.9} {name}");
    }
    eprintln!("{trace:?} {skipped:?}");
    Ok(())
}

fn table(sizes: &[u64]) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    println!("| file | MB | spans | requests | seconds | MB/s | processor, seconds | MB/s of it | peak memory, MB |");
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|");
    for size in sizes {
        let bytes = size * 1_000_000;
        for format in [
            Format::Otlp,
            Format::OtlpLines,
            Format::Protobuf,
            Format::ProtobufFrames,
            Format::Jaeger,
            Format::Chrome,
            Format::OtlpGzip,
            Format::OtlpZstd,
            Format::ProtobufZstd,
        ] {
            // Larger files are read in two formats alone.
            if size != &sizes[0] && !matches!(format, Format::Otlp | Format::ProtobufFrames) {
                continue;
            }
            let file = folder.path().join(format.file_name());
            let unpacked = write(&file, format, bytes)?;
            row(&file, format, unpacked)?;
            fs::remove_file(file)?;
        }
    }
    crisp::compare(folder.path())
}

fn row(file: &Path, format: Format, bytes: u64) -> anyhow::Result<()> {
    let mut readings = (0..ROUNDS).map(|_| reading(file)).collect::<anyhow::Result<Vec<_>>>()?;
    readings.sort_by(|one, other| one.seconds.total_cmp(&other.seconds));
    let (median, megabytes) = (&readings[ROUNDS / 2], bytes as f64 / 1e6);
    let mut cpus: Vec<f64> = readings.iter().map(|reading| reading.cpu).collect();
    cpus.sort_by(f64::total_cmp);
    let cpu = cpus[ROUNDS / 2];
    let peak = readings.iter().map(|reading| reading.peak).max().unwrap_or_default();
    println!(
        "| {} | {megabytes:.0} | {} | {} | {:.2} | {:.0} | {cpu:.2} | {:.0} | {:.0} |",
        format.name(),
        median.spans,
        median.requests,
        median.seconds,
        megabytes / median.seconds,
        megabytes / cpu,
        peak as f64 / 1e6
    );
    Ok(())
}
