//! What contenders get: copies that lie in memory as what was made, and that calls may use up or not.

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

/// Compares `seen` of the input that the expression makes with what the expression itself gives. The environment has NumPy.
fn seen(made: &str, seen: &str) -> Value {
    let module = format!(
        "{LAYOUT}\n\ndef make(size, seed):\n    base = numpy.arange(24, dtype='i4')\n    return {made}\n\n\n\
         def original(_):\n    return copied(make(0, 0))\n\n\ndef copied(made):\n    return {seen}\n"
    );
    let manifest = format!(
        "[project]\npython-path = [\".\"]\nrequirements = \"{BASELINES}/requirements/numbers.lock\"\n\n\
         [workload.w]\ninput = \"impls:make\"\nsizes = {{ default = 1 }}\n\n\
         [workload.w.contender.original]\npython = \"impls:original\"\nbaseline = true\n\n\
         [workload.w.contender.copied]\npython = \"impls:copied\"\n"
    );
    let project = Project::new(&[("rustworthy.toml", &manifest), ("impls.py", &module)]);
    let (result, ran) = project.compare(&[]);
    assert_eq!(contender(&result, "w", "copied")["status"], "measured", "{ran}");
    result
}

#[track_caller]
fn is_kept(made: &str, shown: &str) {
    let result = seen(made, shown);
    let found = contender(&result, "w", "copied");
    assert_eq!(found["equivalence"]["status"], "equal", "{made}: {found:#}");
    assert_eq!(result["workloads"][0]["warnings"], serde_json::json!([]), "{made}");
}

#[test]
fn arrays_lie_in_memory_as_they_were_made() {
    is_kept(
        "[base[::2], base[::-1], base.reshape(4, 6)[::-1, 1::2], numpy.asfortranarray(base.reshape(4, 6)), \
         base.astype('>i8')[::3], base.view('M8[D]')[::2], numpy.broadcast_to(base[:3], (4, 3)), \
         numpy.zeros(5, dtype=[('a', 'i1'), ('b', 'f8')])['b'], numpy.frombuffer(b'abcdefgh', 'u2')[::2]]",
        "[layout(array) for array in made]",
    );
}

#[test]
fn what_is_read_only_stays_so() {
    is_kept("(base.setflags(write=False), base)[1]", "layout(made)");
    is_kept("(base.setflags(write=False), [base, base[::2]])[1]", "[layout(array) for array in made]");
}

#[test]
fn arrays_that_share_memory_still_do() {
    is_kept(
        "[base[:10], base[5:20:3], base]",
        "[layout(array) for array in made] + [numpy.shares_memory(made[0], made[1]), int(made[1][0] - made[0][5])]",
    );
    is_kept(
        "(lambda buffer: [buffer, numpy.frombuffer(buffer, 'u1')[::2]])(bytearray(range(16)))",
        "[made[0].__setitem__(4, 77), made[1].tolist(), made[0].__setitem__(4, 4)]",
    );
}

#[test]
fn a_view_brings_no_more_of_its_base_along_than_it_shows() {
    is_kept("numpy.arange(10**6)[10:20]", "[layout(made), made.base.nbytes < 1000 or made.base.nbytes == 8 * 10**6]");
}

#[test]
fn a_layout_that_is_lost_is_told() {
    let result = seen("numpy.array([None, 1, 'a', 2.0], dtype=object)[::2]", "len(made)");
    let warning = result["workloads"][0]["warnings"].to_string();
    assert!(
        warning.contains(
            "than what impls:make returns: an array of shape (2,) and type object has strides (8,) in place of (16,)"
        ),
        "{warning}"
    );
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

fn beside(baseline: &str, other: &str) -> Value {
    let project = Project::with_settings(CHANGES, &[baseline, other], "fresh-input = true", "");
    contender(&project.compare(&[]).0, "w", &other.replace('_', "-")).clone()
}

#[test]
fn what_becomes_of_a_fresh_input_is_the_output_of_what_returns_none() {
    assert_eq!(beside("adds", "adds_again")["equivalence"]["status"], "equal");
    for (other, left) in [("takes", "[3]: 4 ≠ 2"), ("nothing", "[3]: 4 ≠ 3")] {
        let found = beside("adds", other);
        assert_eq!(found["equivalence"]["status"], "different", "{found:#}");
        let detail = found["equivalence"]["detail"].as_str().unwrap();
        assert_eq!(detail, format!("it leaves its input otherwise than the baseline does: {left}"));
        assert!(found["speedup"].is_null());
    }
    assert_eq!(beside("nothing", "adds")["equivalence"]["status"], "different");
}

#[test]
fn a_fresh_input_that_is_used_up_for_a_result_is_told() {
    let found = beside("sums", "pops");
    assert!(found["speedup"]["estimate"].is_f64(), "{found:#}");
    assert!(found["warnings"].to_string().contains("leaves its input otherwise than the baseline does"), "{found:#}");
    let found = beside("clears", "pops");
    assert_eq!(found["equivalence"]["status"], "different", "both change it, differently: {found:#}");
}
