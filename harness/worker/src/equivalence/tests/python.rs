//! Real objects of the embedded interpreter, standard library only.

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

#[test]
fn numbers_are_equal_as_in_python() {
    check(&[
        ("True", "1", "!=="),
        ("1", "1.0", "!=="),
        ("2**53 + 1", "2.0**53", "!!~"),
        ("10**22", "1e22", "!=="),
        ("10**23", "1e23", "!!~"),
        ("-2**63", "-2**63", "==="),
        ("1 << 100000", "(1 << 100000) + 1", "!!!"),
        ("float('nan')", "-float('nan')", "==="),
        ("0.0", "-0.0", "==="),
        ("float('inf')", "1e308", "!!!"),
        ("1+0j", "1", "!=="),
        ("1+2j", "1.0000001+2j", "!!~"),
        ("Decimal('1.5')", "1.5", "!=="),
        ("Decimal('0.1')", "0.1", "!!~"),
        ("Decimal('1E+30')", "10**30", "!=="),
        ("Fraction(1, 4)", "Decimal('0.25')", "!=="),
        ("Fraction(1, 3)", "1/3", "!!~"),
    ]);
}

#[test]
fn collections_are_equal_as_in_python() {
    check(&[
        ("[1, 2]", "(1, 2)", "!!!"),
        ("b'a'", "bytearray(b'a')", "!=="),
        ("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", "!=="),
        ("{1: 2}", "{True: 2.0}", "!=="),
        ("{float('nan'): 1}", "{float('nan'): 1}", "==="),
        ("{1, 2}", "frozenset({2, 1})", "!=="),
        ("{1.0, 2.0}", "{1.0000001, 2.0}", "!!~"),
        ("{1, (1, 2.0)}", "{1, (1, 2)}", "!=="),
        ("moved", "OrderedDict(b=2, a=1)", "==="),
        ("moved", "OrderedDict(a=1, b=2)", "!!!"),
        ("moved", "dict(a=1, b=2)", "!=="),
        ("defaultdict(list, a=[1])", "{'a': [1]}", "!=="),
        ("Point(1, 2)", "(1, 2)", "!=="),
        ("deque([1, 2])", "deque([1, 3])", "!!!"),
        ("deque([1])", "[1]", "!!!"),
        ("array('d', [1, 2])", "array('f', [1, 2])", "!=="),
        ("'a\\udc80'", "'a\\udc81'", "!!!"),
    ]);
}

#[test]
fn objects_are_equal_by_class_and_attributes() {
    check(&[
        ("Item(a=1, b=2)", "Item(b=2, a=1)", "==="),
        ("Item(a=1)", "Item(a=1.0)", "!=="),
        ("Item(a=1)", "Item(a=1, b=None)", "!!!"),
        ("Slotted(1, 2)", "Slotted(1, 3)", "!!!"),
        ("Slotted(1)", "Slotted(1, 3)", "!!!"),
        ("Color.RED", "Color.RED", "==="),
        ("Color.RED", "Color.BLUE", "!!!"),
        ("Number.ONE", "1", "!=="),
        ("Shouting('a')", "'a'", "!=="),
        ("Hidden(a=1)", "Hidden(a=2)", "!!!"),
        ("ValueError('a', 1)", "ValueError('a', 2)", "!!!"),
        ("len", "max", "!!!"),
        ("partial(int, '1')", "partial(int, '2')", "!!!"),
        ("re.compile('a')", "re.compile('b')", "!!!"),
        ("BytesIO(b'a')", "BytesIO(b'b')", "!!!"),
    ]);
}

#[test]
fn views_of_memory_are_no_bytes_but_equal_them_by_value() {
    check(&[
        ("memoryview(b'abc')", "b'abc'", "!=="),
        ("memoryview(b'abc')", "bytearray(b'abc')", "!=="),
        ("memoryview(b'abc')", "memoryview(bytearray(b'abc'))", "==="),
        ("memoryview(b'abc')", "memoryview(b'abd')", "!!!"),
        ("memoryview(array('i', [1, 2]))", "memoryview(array('i', [1, 2]))", "==="),
        ("memoryview(array('i', [1, 2]))", "memoryview(array('q', [1, 2]))", "!=="),
        ("memoryview(array('i', [1, 2]))", "memoryview(array('i', [1, 3]))", "!!!"),
        ("memoryview(array('d', [1]))", "memoryview(array('d', [1.0000001]))", "!!~"),
        ("memoryview(b'abcd')[::2]", "memoryview(b'ac')", "==="),
        ("memoryview(b'abcd').cast('B', (2, 2))", "memoryview(b'abcd')", "!!!"),
        ("[memoryview(b'a')]", "[b'a']", "!=="),
        ("{memoryview(b'a')}", "{b'a'}", "!=="),
    ]);
}

#[test]
fn what_cannot_be_pickled_is_taken_apart_where_python_shows_all_of_it() {
    check(&[
        ("re.match('(a)(b)?', 'ac')", "re.match('(a)(b)?', 'ac')", "==="),
        ("re.match('(a)(b)?', 'ac')", "re.match('(a)(c)?', 'ac')", "!!!"),
        ("re.match('a', 'ab')", "re.match('ab', 'ab')", "!!!"),
        ("rows('select 1 as a, 2.0 as b')", "rows('select 1 as a, 2.0 as b')", "==="),
        ("rows('select 1 as a, 2.0 as b')", "rows('select 1 as a, 2 as b')", "!=="),
        ("rows('select 1 as a')", "rows('select 1 as b')", "!!!"),
        ("MappingProxyType({'a': 1})", "MappingProxyType({'a': 1})", "==="),
        ("MappingProxyType({'a': 1})", "MappingProxyType({'a': 2})", "!!!"),
        ("MappingProxyType({'a': 1})", "{'a': 1}", "!=="),
        ("MappingProxyType(moved)", "MappingProxyType(OrderedDict(b=2, a=1))", "==="),
    ]);
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
    check(&[
        ("datetime(2024, 1, 1, 12)", "datetime(2024, 1, 1, 12)", "==="),
        ("datetime(2024, 1, 1, 12)", "datetime(2024, 1, 1, 12, 0, 0, 1)", "!!!"),
        (
            "datetime(2024, 1, 1, 12, tzinfo=utc)",
            "datetime(2024, 1, 1, 13, tzinfo=timezone(timedelta(hours=1)))",
            "!==",
        ),
        ("datetime(2024, 1, 1, 12)", "datetime(2024, 1, 1, 12, tzinfo=utc)", "!!!"),
        ("datetime(2024, 1, 1, tzinfo=utc)", "datetime(2024, 1, 1, tzinfo=ZoneInfo('UTC'))", "!=="),
        ("datetime(2024, 1, 1, tzinfo=ZoneInfo('UTC'))", "datetime(2024, 1, 1, tzinfo=ZoneInfo('UTC'))", "==="),
        ("datetime(1, 3, 1) - timedelta(microseconds=1)", "datetime(1, 2, 28, 23, 59, 59, 999999)", "==="),
        ("timedelta(1)", "timedelta(hours=24)", "==="),
        ("UUID(int=5)", "UUID(int=6)", "!!!"),
    ]);
}

#[test]
fn what_cannot_be_taken_apart_is_unknown() {
    check(&[
        ("(i for i in [])", "(i for i in [])", "???"),
        ("(i for i in [])", "[]", "!!!"),
        ("[iter([1]), 1]", "[iter([1]), 2]", "!!!"),
        ("lambda: 1", "lambda: 1", "???"),
        ("Item(lock=Lock())", "Item(lock=Lock())", "???"),
        ("open('/dev/null')", "open('/dev/null')", "???"),
        ("Raising()", "Raising()", "???"),
        ("{}.keys()", "{}.keys()", "???"),
        ("{(i for i in []): 1}", "{(i for i in []): 1}", "???"),
        ("{(i for i in [])}", "{(i for i in [])}", "???"),
    ]);
}

#[test]
fn an_object_has_no_say_in_what_it_equals() {
    check(&[("Liar(1)", "Liar(1)", "==="), ("Liar(1)", "Liar(2)", "!!!"), ("[Liar(1)]", "[Liar(2)]", "!!!")]);
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
    check(&[
        ("circle()", "circle()", "==="),
        ("nested(100_000)", "nested(100_000)", "???"),
        ("nested(499)", "nested(499)", "==="),
        ("items(499)", "items(499)", "==="),
        ("subclassed(499)", "subclassed(499)", "==="),
        ("deques(499)", "deques(499)", "==="),
        ("shared(200)", "shared(200)", "???"),
        ("[[row] * 3] * 3", "[[list(row) for _ in range(3)] for _ in range(3)]", "==="),
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
