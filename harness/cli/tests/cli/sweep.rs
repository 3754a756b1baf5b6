//! `compare --sweep`: from which size on does a contender pay?

use nix::sys::signal::Signal;
use serde_json::Value;

use super::support::{Project, contender};

/// A plain loop against contenders whose calls cost about as much as the loop takes for a thousand numbers.
const MODULE: &str = r#"
def make(size, seed):
    if size == 1:
        raise ValueError("too small")
    return list(range(size))


def plain(numbers):
    total = 0
    for number in numbers:
        total += number
    return total


def starts_slowly(numbers):
    for _ in range(3000):
        pass
    return len(numbers) * (len(numbers) - 1) // 2


def is_slow(numbers):
    for _ in range(3000):
        pass
    return [plain(numbers) for _ in range(4)][0]


def errs(numbers):
    return -1 if len(numbers) == 10 else plain(numbers)


def fails(numbers):
    if len(numbers) == 10:
        raise KeyError("ten")
    return plain(numbers)
"#;

const SIZES: [u64; 6] = [1, 10, 100, 1_000, 10_000, 100_000];

const SWEEP: [&str; 8] = ["compare", "all", "--sweep", "--quick", "--budget", "1s", "--size", "100_000"];

fn sweep(names: &[&str]) -> (Value, Option<i32>) {
    let project = Project::of_functions(MODULE, names);
    let (result, ran) = project.compare(&["--sweep", "--size", "100_000"]);
    (result, ran.code)
}

fn swept<'a>(result: &'a Value, name: &str) -> &'a Value {
    let contenders = result["workloads"][0]["sweep"]["contenders"].as_array().expect("a sweep");
    contenders.iter().find(|one| one["name"] == name).expect("the contender")
}

#[test]
fn the_break_even_size_is_found() {
    let (result, code) = sweep(&["plain", "starts_slowly", "is_slow"]);
    assert_eq!(code, Some(0), "a size without an input is no failure");

    let sizes = result["workloads"][0]["sweep"]["sizes"].as_array().unwrap();
    assert_eq!(sizes.iter().map(|size| size["size"].as_u64().unwrap()).collect::<Vec<_>>(), SIZES);
    assert!(sizes[0]["left_out"].as_str().unwrap().contains("ValueError: too small"));
    assert!(sizes[1..].iter().all(|size| size["left_out"].is_null()));
    assert_eq!(result["workloads"][0]["size"], 100_000);

    let found = swept(&result, "starts-slowly");
    assert_eq!(found["break_even"]["verdict"], "faster_above", "{found:#}");
    let [low, size, high] = ["low", "estimate", "high"].map(|key| found["break_even"]["size"][key].as_f64().unwrap());
    assert!(10.0 <= low && low <= size && size <= high && high <= 100_000.0, "{found:#}");
    assert_eq!(found["cost"]["unit"], "size");
    assert!(found["cost"]["over_kernel"].is_null());
    let last = found["points"].as_array().unwrap().last().unwrap();
    assert_eq!(last["speedup"], contender(&result, "w", "starts-slowly")["speedup"]);

    let slow = swept(&result, "is-slow");
    // A busy machine may leave a size undecided.
    let break_even = &slow["break_even"];
    let is_decided = break_even["verdict"] == "never_faster" && break_even["from"] == 10 && break_even["to"] == 100_000;
    assert!(is_decided || break_even["elsewhere"] == "slower", "{slow:#}");
    assert!(swept(&result, "plain")["break_even"].is_null());
}

#[test]
fn what_goes_wrong_at_one_size_costs_that_size_alone() {
    let (result, code) = sweep(&["plain", "errs", "fails"]);
    assert_eq!(code, Some(3));
    for (name, status, detail) in [("errs", "measured", "different"), ("fails", "failed", "unchecked")] {
        let points = swept(&result, name)["points"].as_array().unwrap();
        assert_eq!(points[1]["status"], status);
        assert_eq!(points[1]["equivalence"]["status"], detail);
        assert!(points[1]["speedup"].is_null());
        assert!(points[2..].iter().all(|point| point["speedup"]["estimate"].is_f64()), "{points:#?}");
    }
}

#[test]
fn an_interrupted_sweep_keeps_the_size_that_was_asked_for_and_goes_on() {
    let project = Project::of_functions(MODULE, &["plain", "starts_slowly"]);
    let started = |project: &Project| {
        let events = project.journal().into_iter().map(|line| serde_json::from_str::<Value>(&line).unwrap());
        let started = events.filter(|event| event["event"] == "started");
        started.map(|event| event["size"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let mut running = project.start(&SWEEP);
    running.until("three sizes have begun", || started(&project).len() == 3);
    running.signal(Signal::SIGINT);
    let ran = running.finish();
    assert_eq!(ran.code, Some(130), "{ran}");
    assert!(ran.stdout.contains("n = 100,000") && ran.stdout.contains("the run ended before its turn"), "{ran}");
    let before = project.journal();

    let ran = project.run(&[&SWEEP[..], &["--resume", "--format", "json"]].concat());
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(project.journal().starts_with(&before), "lines are lost");
    let mut sizes = started(&project);
    sizes.sort_unstable();
    assert_eq!(sizes, SIZES, "each size begins once");
    let result: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(result["run"]["complete"], true);
    assert_eq!(swept(&result, "starts-slowly")["break_even"]["verdict"], "faster_above");

    let without = SWEEP.iter().copied().filter(|word| *word != "--sweep").chain(["--resume"]).collect::<Vec<_>>();
    let ran = project.run(&without);
    assert!(ran.code == Some(2) && ran.stderr.contains("of another"), "{ran}");
}
