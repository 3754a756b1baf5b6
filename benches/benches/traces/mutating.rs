//! Whatever bytes stand in place of traces and of parts of them, reading ends with an answer or an error, and soon.

use std::fs;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use rustworthy_attribution::trace::{Columns, Limits, Options, parts, read, slices};

use super::reading::{cpu, peak};
use super::writer::{Format, write};

/// What is changed, beside `blocks=FOLDER`, a block of Tempo.
pub(super) const FORMATS: [&str; 5] = ["protobuf", "framed", "columns", "parts", "slices"];

/// Bytes of a file that is made to be changed.
const BYTES: u64 = 40_000;

/// Numbers at which arithmetic goes wrong.
const NUMBERS: [u64; 8] = [0, 1, 0x7f, 0x80, 0x7fff_ffff, 0xffff_ffff, i64::MAX as u64, u64::MAX];

/// Seconds of a processor for which reading a small file is looked into.
const LONG: f64 = 1.0;

static GO_ON: AtomicBool = AtomicBool::new(false);

/// Changes files of a format at random, and reads each, for so long. Prints a row of a table.
pub(super) fn mutating(format: &str, seconds: u64, seed: u64) -> anyhow::Result<()> {
    let (format, block) =
        format.split_once('=').map_or((format, None), |(format, folder)| (format, Some(Path::new(folder))));
    let folder = tempfile::tempdir()?;
    let originals = originals((format, block), folder.path())?;
    let name = match format {
        "columns" | "parts" => "changed.parquet",
        "blocks" => "data.parquet",
        _ => "changed.binpb",
    };
    let changed = folder.path().join("changed").join(name);
    fs::create_dir(folder.path().join("changed"))?;
    if let Some(block) = block {
        fs::copy(block.join("meta.json"), changed.with_file_name("meta.json"))?;
    }
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let (start, mut longest, mut most) = (Instant::now(), Duration::ZERO, 0.0_f64);
    let (mut files, mut answers) = (0_u64, 0_u64);
    while start.elapsed() < Duration::from_secs(seconds) {
        let mut bytes = originals[random.random_range(0..originals.len())].clone();
        change(&mut bytes, &mut random);
        fs::write(&changed, &bytes)?;
        let (began, before) = (Instant::now(), cpu()?);
        let is_answer = catch_unwind(AssertUnwindSafe(|| is_answer(format, &changed)));
        longest = longest.max(began.elapsed());
        let took = cpu()? - before;
        if took > LONG {
            fs::write(format!("long-{format}-{seed}-{files}"), &bytes)?;
        }
        most = most.max(took);
        let Ok(is_answer) = is_answer else {
            let kept = PathBuf::from(format!("panic-{format}-{seed}-{files}"));
            fs::write(&kept, &bytes)?;
            bail!("reading {} panics", kept.display());
        };
        files += 1;
        answers += u64::from(is_answer);
    }
    println!(
        "| {format} | {seed} | {seconds} | {files} | {answers} | {:.0} | {:.0} | {:.0} |",
        1e3 * longest.as_secs_f64(),
        1e3 * most,
        peak()? as f64 / 1e6
    );
    Ok(())
}

/// Files as they are written.
fn originals((format, block): (&str, Option<&Path>), folder: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let traces = folder.join("traces.binpb");
    let kind = if format == "protobuf" { Format::Protobuf } else { Format::ProtobufFrames };
    write(&traces, kind, BYTES)?;
    let paths = [traces.clone()];
    Ok(match format {
        "protobuf" | "framed" => vec![fs::read(&traces)?],
        "columns" => {
            let tables = Path::new(env!("CARGO_MANIFEST_DIR")).join("../harness/attribution/src/trace/tests/tables");
            let names = ["clickhouse-lz4", "clickhouse-zstd", "duckdb", "pyarrow"];
            names.map(|name| fs::read(tables.join(format!("{name}.parquet")))).into_iter().collect::<Result<_, _>>()?
        }
        "blocks" => vec![fs::read(block.context("blocks=FOLDER")?.join("data.parquet"))?],
        "parts" => {
            let part = folder.join("part.parquet");
            parts::write(&paths, &Options::default(), &part, &GO_ON)?;
            vec![fs::read(part)?]
        }
        "slices" => {
            let mut packets = Vec::new();
            slices::cut(&paths, &paths, 3, &Options::default(), &mut packets, &GO_ON)?;
            vec![packets]
        }
        other => bail!("there is no format '{other}'; there are {}", FORMATS.join(", ")),
    })
}

/// Whether a file is read rather than refused.
fn is_answer(format: &str, file: &Path) -> bool {
    match format {
        "parts" => {
            let folder = file.parent().unwrap_or(file);
            parts::merge(folder, None, &Limits::default(), &GO_ON).is_ok()
        }
        "slices" => {
            let bytes = fs::read(file).unwrap_or_default();
            slices::resolve(&mut Cursor::new(bytes), &Limits::default(), &mut Vec::new(), &GO_ON).is_ok()
        }
        _ => {
            let paths = [file.to_owned()];
            let read_with = |options: &Options| read(&paths, options, &GO_ON).is_ok();
            let mut options = Options { allow_truncated: true, columns: columns(), ..Options::default() };
            let of_warehouse = format == "columns" && read_with(&options);
            options.columns = Columns::default();
            of_warehouse | read_with(&options) | read_with(&Options::default())
        }
    }
}

/// Those of the tables that DuckDB and pyarrow have written.
fn columns() -> Columns {
    let mut columns = Columns::default();
    for role in [
        "start=start",
        "trace=trace_id",
        "span=span_id",
        "parent=parent_id",
        "state=state",
        "name=name",
        "kind=kind",
        "service=service",
        "resource=resource",
        "attributes=attributes",
        "duration=duration_ns",
        "status=status",
    ] {
        columns.name(role).expect("a column");
    }
    columns
}

/// Changes some places: more often than not the last thousand bytes, in which Parquet says what is in it.
fn change(bytes: &mut Vec<u8>, random: &mut Pcg64Mcg) {
    for _ in 0..random.random_range(1..6) {
        let from = if random.random_bool(0.6) { bytes.len().saturating_sub(1_000) } else { 0 };
        let at = random.random_range(from..bytes.len().max(from + 1));
        let until = (at + random.random_range(1..40)).min(bytes.len());
        match random.random_range(0..6) {
            0 | 1 if at < bytes.len() => bytes[at] ^= 1 << random.random_range(0..8),
            2 => {
                let number = NUMBERS[random.random_range(0..NUMBERS.len())];
                let wide = [1, 4, 8][random.random_range(0..3)];
                bytes.splice(at..(at + wide).min(bytes.len()), number.to_le_bytes()[..wide].iter().copied());
            }
            3 => drop(bytes.drain(at..until)),
            4 => {
                let some = bytes[at..until].to_vec();
                bytes.splice(at..at, some);
            }
            _ if random.random_bool(0.3) => bytes.truncate(at),
            _ => drop(bytes.splice(at..until, (0..random.random_range(0..12)).map(|_| random.random::<u8>()))),
        }
    }
}
