//! Contenders that take turns with others: long calls, calls that wait, and code that gets in the way of its own turns.

use serde_json::Value;

use super::support::{Project, contender};

const MODULE: &str = r#"
import concurrent.futures
import os
import signal
import subprocess
import threading
import time


def make(size, seed):
    return 60_000


def count(number):
    total = 0
    for value in range(number):
        total += value
    return total


def plain(number):
    for _ in range(12):
        count(number)
    return count(number)


def sleeps(number):
    time.sleep(0.03)
    return number * (number - 1) // 2


def starts_a_child(number):
    subprocess.run(["true"], check=True)
    return number * (number - 1) // 2


def continues_itself(number):
    threading.Timer(0.01, lambda: None).start()
    os.kill(os.getpid(), signal.SIGCONT)
    return plain(number)


def moves(number):
    os.sched_setaffinity(0, range(os.cpu_count()))
    return plain(number)


pool = None


def uses_a_pool(number):
    global pool
    if pool is None:
        pool = concurrent.futures.ProcessPoolExecutor(2)
    for half in pool.map(plain, [number, number]):
        result = half
    return result


calls = 0


def waits_later(number):
    global calls
    calls += 1
    if calls > 2:
        time.sleep(0.1)
    for _ in range(3):
        count(number)
    return count(number)


def ends_in_its_turn(number):
    if os.path.exists("armed"):
        threading.Timer(0.02, lambda: os.kill(os.getpid(), signal.SIGKILL)).start()
    return plain(number)


def hangs_in_its_turn(number):
    while os.path.exists("armed"):
        pass
    return plain(number)
"#;

fn scheme(contender: &Value) -> &str {
    contender["scheme"].as_str().unwrap_or("none")
}

#[test]
fn long_calls_take_turns_and_what_waits_or_has_processes_makes_whole_calls() {
    let names = ["plain", "count", "sleeps", "starts_a_child", "uses_a_pool", "waits_later"];
    let project = Project::of_functions(MODULE, &names);
    // Enough for several calls of each in a round.
    let ran = project.run(&["compare", "all", "--quick", "--budget", "10s", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let result: Value = serde_json::from_str(&ran.stdout).expect("a comparison");
    let of = |name: &str| contender(&result, "w", &name.replace('_', "-"));
    let schemes = names.map(|name| scheme(of(name)).to_owned());
    let (computing, waiting) = schemes.split_at(2);
    // Beside busy neighbours a first call may look as if it waited.
    assert!(computing.iter().any(|scheme| scheme == "turns"), "{schemes:?}: {ran}");
    let (later, waiting) = waiting.split_last().unwrap();
    assert!(waiting.iter().all(|scheme| scheme == "whole_calls"), "{schemes:?}: {ran}");
    // What it sleeps is part of its time, though it needs no processor for it.
    assert!(of("sleeps")["seconds"]["estimate"].as_f64().unwrap() >= 0.03, "{}", of("sleeps"));
    assert!(of("sleeps")["cpu_over_wall"].as_f64().unwrap() < 0.5, "{}", of("sleeps"));
    // All of its work is done by processes that outlive the call.
    assert!(of("uses_a_pool")["cpu_over_wall"].as_f64().unwrap() > 0.05, "{}", of("uses_a_pool"));
    // The first two calls in a process don't wait. Beside busy neighbours a process may have no others, and first calls may look as if
    // they did, as those of others do.
    let found = of("waits_later");
    let of_each = found["latency"]["count"].as_f64().unwrap_or(0.0) / found["processes"].as_f64().unwrap_or(1.0);
    if of_each > 2.0 {
        assert_eq!(later, "whole_calls", "{found}");
        assert!(found["seconds"]["high"].as_f64().unwrap() > 0.04, "the wait is part of it: {found}");
        let is_quiet = computing.iter().all(|scheme| scheme == "turns");
        assert!(!is_quiet || found["warnings"].to_string().contains("its first calls didn't"), "{found}");
    }
    project.assert_deserted();
}

#[test]
fn short_calls_that_wait_and_have_a_fresh_input_each_are_seen_to_wait() {
    let module = "import time\n\n\ndef make(size, seed):\n    return [size]\n\n\ndef plain(items):\n    return items.pop()\n\n\n\
                  def sleeps(items):\n    time.sleep(0.001)\n    return items.pop()\n";
    let project = Project::with_settings(module, &["plain", "sleeps"], "fresh-input = true", "");
    let (result, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let sleeps = contender(&result, "w", "sleeps");
    assert!(scheme(sleeps) == "whole_calls" && sleeps["seconds"]["estimate"].as_f64().unwrap() > 0.001, "{sleeps}");
}

#[test]
fn code_that_meddles_with_its_own_process_is_measured_all_the_same() {
    let project = Project::of_functions(MODULE, &["plain", "continues_itself", "moves"]);
    let (result, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for name in ["continues_itself", "moves"] {
        assert_eq!(contender(&result, "w", &name.replace('_', "-"))["status"], "measured", "{ran}");
        assert!(!contender(&result, "w", &name.replace('_', "-"))["speedup"].is_null(), "{ran}");
    }
}

#[test]
fn those_that_are_killed_or_hang_in_their_turns_drop_out_and_the_others_go_on() {
    let project = Project::of_functions(MODULE, &["plain", "count", "ends_in_its_turn", "hangs_in_its_turn"]);
    let mut running =
        project.start(&["compare", "all", "--quick", "--budget", "4s", "--timeout", "2s", "--format", "json"]);
    running.until("a sample", || project.samples() > 0);
    // Until then both work.
    std::fs::write(project.file("armed"), "").expect("a file");
    let ran = running.finish();
    assert_eq!(ran.code, Some(3), "{ran}");
    let result: Value = serde_json::from_str(&ran.stdout).unwrap();
    let failed = contender(&result, "w", "ends-in-its-turn");
    assert!(failed["status"] == "failed" && failed["error"].as_str().unwrap().contains("SIGKILL"), "{failed}");
    let failed = contender(&result, "w", "hangs-in-its-turn");
    assert_eq!(failed["status"], "timed_out", "{failed}");
    assert!(failed["error"].as_str().unwrap().contains("hangs_in_its_turn"), "where it hung: {failed}");
    assert_eq!(contender(&result, "w", "count")["status"], "measured");
    project.assert_deserted();
}
