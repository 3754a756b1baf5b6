//! What contenders get: copies that lie in memory as what was made, and that calls may use up or not.

use std::ops::RangeInclusive;
use std::sync::LazyLock;

use serde_json::Value;

use super::support::{Project, contender};

const BASELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../python_baselines");

/// What is written about the memory of arrays.
const LAYOUT: &str = r#"
import numpy


def layout(array):
    flags = array.flags
    return array.shape, array.dtype.str, array.strides, flags.writeable, flags.c_contiguous, flags.f_contiguous
"#;

/// An input, made by this expression, and what is looked at of it, both as it is made and as contenders get it.
type Case = (&'static str, &'static str);

/// Inputs that contenders get as they were made.
const KEPT: [Case; 6] = [
    (
        "[base[::2], base[::-1], base.reshape(4, 6)[::-1, 1::2], numpy.asfortranarray(base.reshape(4, 6)), \
         base.astype('>i8')[::3], base.view('M8[D]')[::2], numpy.broadcast_to(base[:3], (4, 3)), \
         numpy.zeros(5, dtype=[('a', 'i1'), ('b', 'f8')])['b'], numpy.frombuffer(b'abcdefgh', 'u2')[::2]]",
        "[layout(array) for array in made]",
    ),
    ("(base.setflags(write=False), base)[1]", "layout(made)"),
    ("(base.setflags(write=False), [base, base[::2]])[1]", "[layout(array) for array in made]"),
    (
        "[base[:10], base[5:20:3], base]",
        "[layout(array) for array in made] + [numpy.shares_memory(made[0], made[1]), int(made[1][0] - made[0][5])]",
    ),
    (
        "(lambda buffer: [buffer, numpy.frombuffer(buffer, 'u1')[::2]])(bytearray(range(16)))",
        "[made[0].__setitem__(4, 77), made[1].tolist(), made[0].__setitem__(4, 4)]",
    ),
    ("numpy.arange(10**6)[10:20]", "[layout(made), made.base.nbytes < 1000 or made.base.nbytes == 8 * 10**6]"),
];

/// One that they don't.
const LOST: Case = ("numpy.array([None, 1, 'a', 2.0], dtype=object)[::2]", "len(made)");

/// All of them, compared in one run whose environment has NumPy; `LOST` is the last.
static SEEN: LazyLock<Value> = LazyLock::new(|| {
    let mut module = LAYOUT.to_owned();
    let mut manifest =
        format!("[project]\npython-path = [\".\"]\nrequirements = \"{BASELINES}/requirements/numbers.lock\"\n");
    for (place, (made, seen)) in KEPT.into_iter().chain([LOST]).enumerate() {
        module += &format!(
            "\n\ndef make{place}(size, seed):\n    base = numpy.arange(24, dtype='i4')\n    return {made}\n\n\n\
             def original{place}(_):\n    return copied{place}(make{place}(0, 0))\n\n\n\
             def copied{place}(made):\n    return {seen}\n"
        );
        manifest += &format!(
            "\n[workload.w{place}]\ninput = \"impls:make{place}\"\nsizes = {{ default = 1 }}\n\n\
             [workload.w{place}.contender.original]\npython = \"impls:original{place}\"\nbaseline = true\n\n\
             [workload.w{place}.contender.copied]\npython = \"impls:copied{place}\"\n"
        );
    }
    let (result, ran) = Project::new(&[("rustworthy.toml", &manifest), ("impls.py", &module)]).compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    result
});

#[track_caller]
fn are_kept(places: RangeInclusive<usize>) {
    for place in places {
        let (made, _) = KEPT[place];
        let found = contender(&SEEN, &format!("w{place}"), "copied");
        assert_eq!(
            (&found["status"], &found["equivalence"]["status"]),
            (&"measured".into(), &"equal".into()),
            "{made}"
        );
        assert_eq!(SEEN["workloads"][place]["warnings"], serde_json::json!([]), "{made}");
    }
}

#[test]
fn arrays_lie_in_memory_as_they_were_made() {
    are_kept(0..=0);
}

#[test]
fn what_is_read_only_stays_so() {
    are_kept(1..=2);
}

#[test]
fn arrays_that_share_memory_still_do() {
    are_kept(3..=4);
}

#[test]
fn a_view_brings_no_more_of_its_base_along_than_it_shows() {
    are_kept(5..=5);
}

#[test]
fn a_layout_that_is_lost_is_told() {
    let place = KEPT.len();
    assert_eq!(contender(&SEEN, &format!("w{place}"), "copied")["status"], "measured");
    let warning = SEEN["workloads"][place]["warnings"].to_string();
    let told = format!(
        "than what impls:make{place} returns: an array of shape (2,) and type object has strides (8,) in place of (16,)"
    );
    assert!(warning.contains(&told), "{warning}");
}

/// Two contenders of an input that the first call uses up.
fn used_up(settings: &str) -> (Value, Option<i32>) {
    let module = "def make(size, seed): return [size, map(int, range(size * 100))]\n\
                  def plain(made): return sum(made[1])\ndef listed(made): return sum(list(made[1]))\n";
    let (result, ran) = Project::with_settings(module, &["plain", "listed"], settings, "").compare(&[]);
    (result, ran.code)
}

#[test]
fn an_iterator_as_input_names_what_cures_it() {
    let (result, code) = used_up("");
    let error = result["workloads"][0]["error"].as_str().unwrap();
    assert!(error.contains("uses up its input (map at [1])") && error.contains("`fresh-input = true`"), "{error}");
    assert_eq!(contender(&result, "w", "listed")["equivalence"]["status"], "unchecked");
    assert!(!result.to_string().contains("remember results"), "{result:#}");
    assert_eq!(code, Some(3));
}

#[test]
fn a_fresh_iterator_for_every_call_is_an_input_like_any_other() {
    let (result, code) = used_up("fresh-input = true");
    let found = contender(&result, "w", "listed");
    assert!(found["speedup"]["estimate"].is_f64(), "{found:#}");
    assert!(!result.to_string().contains("remember results"), "{result:#}");
    assert_eq!(code, Some(0));
}

const CHANGES: &str = "def make(size, seed): return list(range(size))\n\
                       def adds(numbers): numbers[3] += 1\n\
                       def adds_again(numbers): numbers[3] = numbers[3] + 1\n\
                       def takes(numbers): numbers[3] -= 1\n\
                       def nothing(numbers): pass\n\
                       def sums(numbers): return sum(numbers)\n\
                       def pops(numbers): return sum(numbers.pop() for _ in range(len(numbers)))\n\
                       def clears(numbers):\n    total = sum(numbers)\n    del numbers[1:]\n    return total\n";

/// What becomes of fresh inputs: each workload's first function is the baseline.
static CHANGED: LazyLock<Value> = LazyLock::new(|| {
    let functions: [&[&str]; 4] =
        [&["adds", "adds_again", "takes", "nothing"], &["nothing", "adds"], &["sums", "pops"], &["clears", "pops"]];
    Project::of_workloads(CHANGES, &functions.map(|functions| (functions, "fresh-input = true"))).compare(&[]).0
});

#[test]
fn what_becomes_of_a_fresh_input_is_the_output_of_what_returns_none() {
    assert_eq!(contender(&CHANGED, "w0", "adds-again")["equivalence"]["status"], "equal");
    for (other, left) in [("takes", "[3]: 4 ≠ 2"), ("nothing", "[3]: 4 ≠ 3")] {
        let found = contender(&CHANGED, "w0", other);
        assert_eq!(found["equivalence"]["status"], "different", "{found:#}");
        let detail = found["equivalence"]["detail"].as_str().unwrap();
        assert_eq!(detail, format!("it leaves its input otherwise than the baseline does: {left}"));
        assert!(found["speedup"].is_null());
    }
    assert_eq!(contender(&CHANGED, "w1", "adds")["equivalence"]["status"], "different");
}

#[test]
fn a_fresh_input_that_is_used_up_for_a_result_is_told() {
    let found = contender(&CHANGED, "w2", "pops");
    assert!(found["speedup"]["estimate"].is_f64(), "{found:#}");
    assert!(found["warnings"].to_string().contains("leaves its input otherwise than the baseline does"), "{found:#}");
    let found = contender(&CHANGED, "w3", "pops");
    assert_eq!(found["equivalence"]["status"], "different", "both change it, differently: {found:#}");
}
