//! Contenders that misbehave: each ends as it should, with a message that says what happened, and the others are measured.
//!
//! Those of one kind misbehave in one run, side by side, which each test then looks at.

use std::sync::LazyLock;

use super::support::{Project, contender};
use serde_json::Value;

const MODULE: &str = r#"
import ctypes
import os
import signal
import sys
import threading
import time


def make(size, seed):
    return [(i * 7 + seed) % 1000 for i in range(size)]


def plain(numbers):
    return sum(numbers)


def good(numbers):
    return sum(sorted(numbers))


def raises(numbers):
    raise ValueError("no good")


def segfaults(numbers):
    ctypes.string_at(0)


def aborts(numbers):
    os.abort()


def exits_at_once(numbers):
    os._exit(0)


def calls_sys_exit(numbers):
    sys.exit(7)


def loops(numbers):
    while True:
        pass


def sleeps(numbers):
    time.sleep(1000)


def allocates(numbers):
    blocks = []
    while True:
        blocks.append(bytearray(16 << 20))


def closes_descriptors(numbers):
    os.closerange(3, 4096)
    return sum(numbers)


def prints(numbers):
    for stream in (sys.stdout, sys.stderr):
        stream.write("x" * (3 << 20))
        stream.flush()
    return sum(numbers)


def forks(numbers):
    os.fork()
    return sum(numbers)


def forks_and_hangs(numbers):
    if os.fork() == 0:
        os.setsid()
        time.sleep(1000)
    return sum(numbers)


def leaves_threads(numbers):
    threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()
    return sum(numbers)


def changes_directory(numbers):
    os.chdir("/")
    return sum(numbers)


def installs_handlers(numbers):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, lambda *_: None)
    return sum(numbers)


def handles_and_loops(numbers):
    installs_handlers(numbers)
    loops(numbers)


def returns_nan(numbers):
    return float("nan")


def returns_much(numbers):
    return bytes(200 << 20)


def mutates(numbers):
    total = sum(numbers)
    numbers[17] += 1
    return total


def kills_itself(numbers):
    os.kill(os.getpid(), signal.SIGKILL)


def recurses(numbers):
    return recurses(numbers)


def is_lazy(numbers):
    return (number for number in numbers)


remembered = {}


def remembers(numbers):
    key = tuple(numbers)
    if key not in remembered:
        time.sleep(0.05)
        remembered[key] = sum(numbers)
    return remembered[key]


calls = 0


def is_unsteady(numbers):
    global calls
    calls += 1
    return sum(numbers) + (calls > 3)
"#;

/// A run of contenders that misbehave, between the baseline and `good`, which must come out well whatever the others do.
struct Misbehaving {
    result: Value,
    code: Option<i32>,
}

impl Misbehaving {
    fn beside_a_good_one(names: &[&str], arguments: &[&str]) -> Self {
        let project = Project::of_functions(MODULE, &[&["plain"], names, &["good"]].concat());
        let (result, ran) = project.compare(arguments);
        for name in ["plain", "good"] {
            assert_eq!(contender(&result, "w", name)["status"], "measured", "{ran}");
        }
        assert_eq!(contender(&result, "w", "good")["equivalence"]["status"], "equal", "{ran}");
        assert!(contender(&result, "w", "good")["speedup"]["estimate"].is_f64(), "{ran}");
        Self { result, code: ran.code }
    }

    fn of(&self, name: &str) -> &Value {
        contender(&self.result, "w", &name.replace('_', "-"))
    }

    #[track_caller]
    fn fails(&self, name: &str, status: &str, messages: &[&str]) {
        let found = self.of(name);
        assert_eq!(found["status"], status, "{found:#}");
        let error = found["error"].as_str().unwrap_or_default();
        for message in messages {
            assert!(error.contains(message), "{message:?} is not in {error:?}");
        }
        assert!(found["speedup"].is_null() && found["seconds"].is_null(), "{found:#}");
        assert_eq!(self.code, Some(3));
    }

    #[track_caller]
    fn is_measured(&self, name: &str, warning: Option<&str>) {
        let found = self.of(name);
        assert_eq!(found["status"], "measured", "{found:#}");
        assert_eq!(found["equivalence"]["status"], "equal", "{found:#}");
        let warnings = found["warnings"].to_string();
        assert!(warning.is_none_or(|warning| warnings.contains(warning)), "{warnings}");
        assert_eq!(self.code, Some(0));
    }

    #[track_caller]
    fn differs(&self, name: &str, detail: &str) {
        let found = self.of(name);
        assert_eq!(found["equivalence"]["status"], "different", "{found:#}");
        let found_detail = found["equivalence"]["detail"].as_str().unwrap_or_default();
        assert!(found_detail.contains(detail), "{detail:?} is not in {found_detail:?}");
        assert!(found["speedup"].is_null(), "{found:#}");
        assert_eq!(self.code, Some(3));
    }
}

/// What ends at its first call.
static ENDING: LazyLock<Misbehaving> = LazyLock::new(|| {
    let names = [
        "raises",
        "segfaults",
        "aborts",
        "kills_itself",
        "exits_at_once",
        "calls_sys_exit",
        "closes_descriptors",
        "recurses",
        "allocates",
    ];
    Misbehaving::beside_a_good_one(&names, &["--memory", "300MiB"])
});

/// What never ends by itself.
static ENDLESS: LazyLock<Misbehaving> =
    LazyLock::new(|| Misbehaving::beside_a_good_one(&["loops", "sleeps", "handles_and_loops"], &["--timeout", "1s"]));

/// What is measured, and told of.
static MEASURED: LazyLock<Misbehaving> = LazyLock::new(|| {
    let names =
        ["prints", "forks", "forks_and_hangs", "leaves_threads", "changes_directory", "installs_handlers", "remembers"];
    Misbehaving::beside_a_good_one(&names, &[])
});

/// What gives something else than the baseline.
static DIFFERENT: LazyLock<Misbehaving> = LazyLock::new(|| {
    Misbehaving::beside_a_good_one(&["returns_nan", "returns_much", "mutates", "is_lazy", "is_unsteady"], &[])
});

#[test]
fn an_exception_is_shown_with_its_traceback() {
    ENDING.fails("raises", "failed", &["ValueError: no good", "Traceback", "impls.py", "in raises"]);
}

#[test]
fn a_segmentation_fault_is_named_with_where_it_happened() {
    ENDING.fails("segfaults", "failed", &["SIGSEGV", "in segfaults"]);
}

#[test]
fn an_abort_is_named() {
    ENDING.fails("aborts", "failed", &["SIGABRT", "in aborts"]);
}

#[test]
fn a_signal_from_outside_is_named() {
    ENDING.fails("kills_itself", "failed", &["SIGKILL"]);
}

#[test]
fn ending_the_process_is_a_failure_even_with_status_0() {
    ENDING.fails("exits_at_once", "failed", &["status 0", "os._exit"]);
}

#[test]
fn sys_exit_is_a_failure() {
    ENDING.fails("calls_sys_exit", "failed", &["SystemExit: 7", "sys.exit"]);
}

#[test]
fn an_endless_loop_times_out_and_its_place_is_shown() {
    ENDLESS.fails("loops", "timed_out", &["timeout of 1 s", "in loops"]);
}

#[test]
fn an_endless_sleep_times_out() {
    ENDLESS.fails("sleeps", "timed_out", &["timeout of 1 s"]);
}

#[test]
fn allocating_without_bound_hits_the_memory_limit() {
    ENDING.fails("allocates", "failed", &["limit of 300 MiB"]);
}

#[test]
fn closing_descriptors_of_others_is_told() {
    ENDING.fails("closes_descriptors", "failed", &["closed file descriptors"]);
}

#[test]
fn endless_recursion_is_an_exception() {
    ENDING.fails("recurses", "failed", &["RecursionError"]);
}

#[test]
fn printing_megabytes_disturbs_nothing_but_is_told() {
    MEASURED.is_measured("prints", Some("prints"));
}

#[test]
fn a_fork_that_returns_does_not_run_the_harness_twice() {
    MEASURED.is_measured("forks", None);
}

#[test]
fn a_child_that_stays_is_told() {
    MEASURED.is_measured("forks_and_hangs", Some("leaves 1 process behind"));
}

#[test]
fn threads_that_stay_are_told() {
    MEASURED.is_measured("leaves_threads", Some("leaves 1 thread running"));
}

#[test]
fn a_changed_directory_is_told() {
    MEASURED.is_measured("changes_directory", Some("changes the working directory"));
}

#[test]
fn signal_handlers_disturb_nothing() {
    MEASURED.is_measured("installs_handlers", None);
}

#[test]
fn a_contender_that_ignores_signals_still_times_out() {
    ENDLESS.fails("handles_and_loops", "timed_out", &["timeout of 1 s"]);
}

#[test]
fn nan_is_an_output_like_any_other() {
    DIFFERENT.differs("returns_nan", "nan");
    let module = "import math\ndef make(size, seed): return size\ndef one(n): return [math.nan, 1.5]\ndef two(n): return [math.inf - math.inf, 1.5]\n";
    let (result, ran) = Project::of_functions(module, &["one", "two"]).compare(&[]);
    assert_eq!(contender(&result, "w", "two")["equivalence"]["status"], "equal", "{ran}");
}

#[test]
fn a_result_of_200_megabytes_is_compared_like_any_other() {
    DIFFERENT.differs("returns_much", "bytes");
    let module = "def make(size, seed): return size\ndef one(n): return bytes(200 << 20)\n\
                  def two(n):\n    b = bytearray(200 << 20)\n    b[199 << 20] = 1\n    return bytes(b)\n\
                  def three(n): return b'\\0' * (200 << 20)\n";
    let (result, ran) = Project::of_functions(module, &["one", "two", "three"]).compare(&[]);
    assert_eq!(contender(&result, "w", "three")["equivalence"]["status"], "equal", "{ran}");
    assert_eq!(contender(&result, "w", "two")["equivalence"]["status"], "different", "{ran}");
}

#[test]
fn a_changed_input_is_noticed_and_shown() {
    DIFFERENT.differs("mutates", "changes its input: [17]");
}

#[test]
fn an_output_that_is_not_materialised_cannot_be_equal() {
    let found = DIFFERENT.of("is_lazy");
    assert!(found["speedup"].is_null(), "{found:#}");
    assert!(["different", "unchecked"].contains(&found["equivalence"]["status"].as_str().unwrap()), "{found:#}");
}

#[test]
fn a_contender_that_changes_its_mind_is_different() {
    DIFFERENT.differs("is_unsteady", "later call");
}

#[test]
fn results_that_are_remembered_are_told() {
    MEASURED.is_measured("remembers", Some("remember results"));
    let found = MEASURED.of("remembers");
    assert!(found["remembers"]["first_over_repeat"].as_f64().is_some_and(|times| times > 1.0), "{found:#}");
    let other = MEASURED.of("prints");
    assert!(other.get("remembers").is_none(), "{other:#}");
}

#[test]
fn a_worker_that_would_misunderstand_the_harness_is_refused() {
    let project = Project::of_functions(MODULE, &["plain", "good"]);
    let manifest = std::fs::read_to_string(project.file("rustworthy.toml")).unwrap();
    let good = "python = \"impls:good\"\n";
    assert!(manifest.contains(good));
    let other = manifest.replace(good, &format!("{good}env = {{ RUSTWORTHY_WORKER_PROTOCOL = \"0\" }}\n"));
    std::fs::write(project.file("rustworthy.toml"), other).unwrap();
    let (result, ran) = project.compare(&[]);
    let error = contender(&result, "w", "good")["error"].as_str().unwrap_or_default();
    assert!(error.contains("of the protocol of workers, the harness version 0"), "{ran}");
    assert_eq!(ran.code, Some(3));
}
