//! Measures two Python functions with the engine and prints how much faster one of them is: `cargo run --example library`.

use std::fs;

use anyhow::{Context as _, Result};
use rustworthy_engine::compare::{CompareRequest, compare};
use rustworthy_engine::context::Context;
use rustworthy_engine::host::Host;
use rustworthy_engine::python::Embedded;
use rustworthy_engine::workers;
use rustworthy_worker::libpython;

const MANIFEST: &str = r#"
[workload.squares]
input = "sums:numbers"
sizes = { default = 10_000 }
contender.loop = { python = "sums:with_a_loop", baseline = true }
contender.built-in = { python = "sums:with_sum" }
"#;

const SUMS: &str = "
def numbers(size, seed): return list(range(size))
def with_sum(numbers): return sum(n * n for n in numbers)
def with_a_loop(numbers):
    total = 0
    for n in numbers: total += n * n
    return total
";

fn main() -> Result<()> {
    // The program is its own workers' program.
    if let Some(ended) = workers::run_if_asked(rustworthy_worker::main) {
        std::process::exit(ended?);
    }
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("rustworthy.toml"), MANIFEST)?;
    fs::write(folder.path().join("sums.py"), SUMS)?;
    let host = Host::new(Some(Embedded::new(&libpython::version(), libpython::file(), libpython::built_with())?))?;
    let mut request = CompareRequest::new(folder.path(), &["squares"]);
    request.effort.quick = true;
    let compared = compare(&Context::quiet(&host), &request)?.context("nothing was measured")?;
    for contender in &compared.comparison.workloads[0].contenders {
        let Some(speedup) = contender.speedup else { continue };
        println!("{}: {:.2}x ({:.2} to {:.2})", contender.name, speedup.estimate, speedup.low, speedup.high);
    }
    Ok(())
}
