//! Sides whose calls are so long that they are stopped in the middle.

use super::repository::{Repository, benchmark};

/// A function of some milliseconds that counts its calls, and does something from the third on, which is the first to be timed in a round.
fn repository(old: &str, new: &str) -> Repository {
    let module = |later: &str| {
        format!(
            r#"
import time


def make(size, seed):
    return 300_000


calls = 0


def later(number):
    global calls
    calls += 1
    total = 0
    for value in range(number):
        total += value
    if calls > 2:
        {later}
    return total
"#
        )
    };
    Repository::of_functions(&module(old), &module(new), &["later"])
}

#[test]
fn a_wait_that_begins_in_the_middle_of_a_round_counts() {
    let (gate, ran) = repository("time.sleep(0.01)", "time.sleep(0.2)").gate(&[]);
    assert_eq!(benchmark(&gate, "w:later")["verdict"], "regressed", "{ran}\n{gate:#}");
}

#[test]
fn a_side_that_hangs_in_its_turn_ends_by_its_own_time() {
    let repository = repository("pass", "while True: pass");
    let (gate, ran) = repository.gate(&["--timeout", "1s"]);
    let problem = &benchmark(&gate, "w:later")["problem"];
    assert_eq!(problem["kind"], "failed_new", "{ran}\n{gate:#}");
    assert!(problem["detail"].as_str().unwrap().contains("took longer than"), "{gate:#}");
}

#[test]
fn calls_that_end_by_a_clock_are_seen_to_take_longer() {
    let module = |seconds: f64| {
        format!(
            "import time\n\n\ndef make(size, seed):\n    return size\n\n\ndef until(size):\n    \
             end = time.monotonic() + {seconds}\n    while time.monotonic() < end:\n        pass\n"
        )
    };
    let (gate, ran) = Repository::of_functions(&module(0.01), &module(0.1), &["until"]).gate(&[]);
    assert_eq!(benchmark(&gate, "w:until")["verdict"], "regressed", "{ran}\n{gate:#}");
}
