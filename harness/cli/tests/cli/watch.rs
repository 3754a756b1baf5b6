//! Whether migrations that were shipped are still worth their upkeep.

use super::support::Project;

/// A slow baseline, what stands for its Rust, and what a library would do.
const MODULE: &str = "
def make(size, seed):
    return list(range(size))

def python(values):
    total = 0
    for value in values:
        total += value * value
    return total

def length(values):
    # Microseconds, so that what else the machine does in a call isn't many times as long.
    return sum(1 for _ in values[:400]) and len(values)

def rust(values):
    n = length(values)
    return (n - 1) * n * (2 * n - 1) // 6

def library(values):
    n = length(values)
    return n * (n - 1) * (2 * n - 1) // 6
";

const COST: &str = "
[cost]
core-hour = 0.04
requests-per-month = 1000
engineer-day = 100000
migration-days = 500
horizon-months = 1
currency = \"USD\"
";

fn project(more: &str) -> Project {
    let manifest = format!(
        "[project]\npython-path = ['.']\n{COST}\n[workload.w]\ninput = 'impls:make'\nsizes = {{ default = 5000 }}\n\
         [workload.w.contender.python]\npython = 'impls:python'\nbaseline = true\n\
         [workload.w.contender.rust]\npython = 'impls:rust'\nkind = 'rust'\n{more}"
    );
    Project::new(&[("rustworthy.toml", &manifest), ("impls.py", MODULE)])
}

#[test]
fn rust_is_worth_its_upkeep_until_something_else_does_as_well() {
    let watch = |more: &str| project(more).run(&["watch", "--quick", "--budget", "1s"]);
    // What the migration has cost is spent, however much that was.
    let ran = watch("");
    assert!(ran.code == Some(0) && ran.stdout.contains("migrate"), "{ran}");
    let ran = watch("[workload.w.contender.library]\npython = 'impls:library'\nkind = 'library'\n");
    assert!(ran.code == Some(1) && ran.stdout.contains("use library"), "{ran}");
    assert!(ran.stderr.contains("w: its Rust isn't worth the upkeep any more"), "{ran}");
}

#[test]
fn what_there_is_nothing_of_to_watch_is_an_error() {
    let ran = project("").run(&["watch", "other"]);
    assert!(
        ran.code == Some(2) && ran.stderr.contains("no workload 'other' with Rust of your own; those are: w"),
        "{ran}"
    );
    let ran = Project::of_functions(MODULE, &["python", "library"]).run(&["watch"]);
    assert!(ran.code == Some(2) && ran.stderr.contains("there is no migration to watch"), "{ran}");
}
