//! Real objects of the embedded interpreter, standard library only.

use std::collections::HashMap;
use std::ffi::CString;
use std::fs;

use pyo3::exceptions::PyKeyboardInterrupt;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use rustworthy_protocol::Mode;

use super::{MODES, difference};
use crate::equivalence::digest::digest;
use crate::equivalence::value::Value;
use crate::equivalence::{Capture, Outcome, capture, compare, compare_objects, used_up};

const CLASSES: &str = include_str!("classes.py");

/// Expected, got, and a letter for each mode, by subject. Switches compare in Python, and are tested on the same table.
const CASES: &str = include_str!("cases.json");

/// Runs with a fresh set of the classes above.
fn with_python<T>(test: impl FnOnce(Python<'_>, &Bound<'_, PyDict>) -> T) -> T {
    Python::initialize();
    Python::attach(|py| {
        let globals = PyDict::new(py);
        globals.set_item("__name__", "classes").unwrap();
        py.run(&CString::new(CLASSES).unwrap(), Some(&globals), None).unwrap();
        test(py, &globals)
    })
}

fn captured(globals: &Bound<'_, PyDict>, expression: &str) -> Value {
    let object = globals.py().eval(&CString::new(expression).unwrap(), Some(globals), None).unwrap();
    capture(&object, Capture::default()).unwrap()
}

/// One letter for each mode: `=` equal, `~` within tolerance, `!` different, `?` unknown.
fn letters(expected: &Value, got: &Value) -> String {
    let letter = |mode| match compare(expected, got, mode) {
        Outcome::Equal => '=',
        Outcome::WithinTolerance => '~',
        Outcome::Different(_) => '!',
        Outcome::Unknown { .. } => '?',
    };
    MODES.map(letter).iter().collect()
}

/// Compares two expressions exactly, by value and within 1e-6, and checks digests on the way.
fn check(cases: &[(&str, &str, &str)]) {
    with_python(|_, globals| {
        for (expected, got, outcome) in cases {
            let (a, b) = (captured(globals, expected), captured(globals, got));
            assert_eq!(
                &letters(&a, &b),
                outcome,
                "{expected} and {got}: {:?}",
                MODES.map(|mode| compare(&a, &b, mode))
            );
            if !outcome.starts_with('?') {
                assert_eq!(digest(&a) == digest(&b), outcome.starts_with('='), "digests of {expected} and {got}");
            }
        }
    });
}

/// Checks the cases of a subject.
fn check_group(subject: &str) {
    let groups: HashMap<String, Vec<[String; 3]>> = serde_json::from_str(CASES).unwrap();
    let cases = groups[subject].iter().map(|[expected, got, outcome]| (&**expected, &**got, &**outcome));
    check(&cases.collect::<Vec<_>>());
}

#[test]
fn numbers_are_equal_as_in_python() {
    check_group("numbers");
}

#[test]
fn collections_are_equal_as_in_python() {
    check_group("collections");
}

#[test]
fn objects_are_equal_by_class_and_attributes() {
    check_group("objects");
}

#[test]
fn views_of_memory_are_no_bytes_but_equal_them_by_value() {
    check_group("views of memory");
}

#[test]
fn what_cannot_be_pickled_is_taken_apart_where_python_shows_all_of_it() {
    check_group("what cannot be pickled");
}

#[test]
fn what_is_not_a_result_yet_says_what_to_return() {
    with_python(|_, globals| {
        for (expression, advice) in [
            ("(i for i in [])", "list()"),
            ("map(int, [])", "list()"),
            ("awaitable()", "return what awaiting it gives"),
            ("asynchronous()", "return what awaiting it gives"),
            ("hashlib.sha256()", "digest()"),
        ] {
            let value = captured(globals, expression);
            let Value::Opaque(opaque) = &value else { panic!("{expression} is taken apart: {value:?}") };
            assert!(opaque.why.contains(advice), "{expression}: {}", opaque.why);
            let instead = difference(&captured(globals, "[1]"), &value, Mode::Exact);
            assert!(instead.contains(advice), "{expression}: {instead}");
        }
    });
}

#[test]
fn an_input_that_a_call_uses_up_is_named() {
    with_python(|_, globals| {
        let named = |expression| used_up(&captured(globals, expression));
        assert_eq!(named("map(int, [])").as_deref(), Some("map"));
        assert_eq!(named("{'a': [(i for i in [])]}").as_deref(), Some("generator at .a[0]"));
        assert_eq!(named("open('/dev/null')").as_deref(), Some("_io.TextIOWrapper"));
        assert_eq!(named("[1, BytesIO(b'a'), lambda: 1]"), None);
    });
}

#[test]
fn a_class_has_a_say_by_value_and_the_difference_is_where_python_sees_it() {
    with_python(|py, globals| {
        let object = |text: &str| py.eval(&CString::new(text).unwrap(), Some(globals), None).unwrap();
        let outcome = |expected, got| compare_objects(&object(expected), &object(got), Mode::Value).unwrap();
        assert_eq!(outcome("[Rounded(1.1), Rounded(2)]", "[Rounded(1.2), Rounded(2)]"), Outcome::Equal);
        assert_eq!(outcome("[Rounded(1.1), math.nan]", "[Rounded(1.2), math.nan]"), Outcome::Equal);
        let shown = |expected, got| match outcome(expected, got) {
            Outcome::Different(difference) => difference.to_string(),
            other => format!("{other:?}"),
        };
        assert_eq!(shown("[Rounded(1.1), 2]", "[Rounded(1.2), 3]"), "[1]: 2 ≠ 3");
        assert_eq!(
            shown("{'a': (Rounded(1.1), Rounded(5))}", "{'a': (Rounded(1.2), Rounded(6))}"),
            ".a[1].number: 5 ≠ 6"
        );
        let circle = "(lambda list: [list.insert(0, list), list][1])([1, 2])";
        let other = "(lambda list: [list.insert(0, list), list][1])([1, 3])";
        assert!(shown(circle, other).ends_with("[2]: 2 ≠ 3"), "{}", shown(circle, other));
        assert_eq!(shown("[Rounded(1)]", "[Rounded(1), 2]"), "output: length 1 ≠ 2");
    });
}

#[test]
fn moments_are_equal_across_zones_by_value() {
    check_group("moments");
}

#[test]
fn what_cannot_be_taken_apart_is_unknown() {
    check_group("what cannot be taken apart");
}

#[test]
fn an_object_has_no_say_in_what_it_equals() {
    check_group("liars");
}

#[test]
fn looking_at_a_text_leaves_no_trace_in_it() {
    with_python(|py, globals| {
        let text = py.eval(c"'\u{e9}' * 1000", Some(globals), None).unwrap();
        let size =
            || py.import("sys").unwrap().call_method1("getsizeof", (&text,)).unwrap().extract::<usize>().unwrap();
        let before = size();
        capture(&text, Capture::default()).unwrap();
        assert_eq!(size(), before);
    });
}

#[test]
fn circles_and_depth_end() {
    check_group("circles");
    check(&[
        ("nested(499)", "nested(499)", "==="),
        ("items(499)", "items(499)", "==="),
        ("subclassed(499)", "subclassed(499)", "==="),
        ("deques(499)", "deques(499)", "==="),
    ]);
}

#[test]
fn the_deepest_values_survive_files() {
    with_python(|_, globals| {
        for expression in ["nested(100_000)", "items(600)", "subclassed(600)", "deques(600)"] {
            let value = captured(globals, expression);
            let file = tempfile::NamedTempFile::new().unwrap();
            value.write_to(file.path()).unwrap();
            let back = Value::read_from(file.path()).unwrap();
            assert_eq!(digest(&back), digest(&value));
        }
    });
}

#[test]
fn only_an_interrupt_ends_a_capture() {
    with_python(|py, globals| {
        let object = py.eval(c"[Raising(KeyboardInterrupt)]", Some(globals), None).unwrap();
        let error = capture(&object, Capture::default()).unwrap_err();
        assert!(error.is_instance_of::<PyKeyboardInterrupt>(py));
        let Value::List(elements) = captured(globals, "[Raising(SystemExit), 1]") else { panic!("no list") };
        let Value::Opaque(opaque) = &elements[0] else { panic!("not opaque") };
        assert_eq!((opaque.type_name.as_str(), opaque.why.as_str()), ("classes.Raising", "SystemExit: no"));
    });
}

#[test]
fn files_of_an_input_count_by_their_contents() {
    let folder = tempfile::tempdir().unwrap();
    with_python(|py, _| {
        let path = folder.path().join("input.csv");
        fs::write(&path, "a,b\n").unwrap();
        let object = py.import("pathlib").unwrap().call_method1("Path", (&path,)).unwrap();
        let before = capture(&object, Capture { files: true }).unwrap();
        let by_path = capture(&object, Capture { files: false }).unwrap();
        fs::write(&path, "a,c\n").unwrap();
        let after = capture(&object, Capture { files: true }).unwrap();
        assert!(matches!(compare(&before, &after, Mode::Value), Outcome::Different(_)));
        assert_eq!(
            compare(&by_path, &capture(&object, Capture { files: false }).unwrap(), Mode::Exact),
            Outcome::Equal
        );
    });
}
