use std::ffi::CString;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use rustworthy_protocol::BoundaryForm::{self, Bytes, Cheapest, Owned};

use super::{Boundary, argument};
use crate::equivalence::{Outcome, compare_objects};

const PRELUDE: &str = "
import array, collections, dataclasses, datetime, decimal
@dataclasses.dataclass
class Point:
    x: float
    name: str | None = None
@dataclasses.dataclass(frozen=True, slots=True)
class Frozen:
    points: list
Pair = collections.namedtuple('Pair', 'left right')
shared = ['a'] * 3
";

/// Evaluates a pair of argument and result, and does something with both.
fn with<T>(expression: &str, work: impl FnOnce(&Bound<'_, PyAny>, &Bound<'_, PyAny>) -> T) -> T {
    Python::initialize();
    Python::attach(|py| {
        let globals = PyDict::new(py);
        globals.set_item("__name__", "shapes").unwrap();
        py.run(&CString::new(PRELUDE).unwrap(), Some(&globals), None).unwrap();
        let pair = py.eval(&CString::new(expression).unwrap(), Some(&globals), None).unwrap();
        let (argument, result) = pair.extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>().unwrap();
        work(&argument, &result)
    })
}

/// What the boundary returns in a form is the result, twice; its types as they are shown.
fn crossed(expression: &str, form: BoundaryForm) -> String {
    with(expression, |given, result| {
        let boundary = Boundary::new(given, result, form).unwrap();
        let types = format!("{} → {}", boundary.types().argument, boundary.types().result);
        let boundary = Bound::new(given.py(), boundary).unwrap();
        let given = argument(given, form).unwrap();
        for _ in 0..2 {
            let got = boundary.call_method1("call", (&given,)).unwrap();
            let outcome = compare_objects(result, &got, rustworthy_protocol::Mode::Exact).unwrap();
            assert_eq!(outcome, Outcome::Equal, "{expression} {form:?}");
        }
        types
    })
}

#[test]
fn a_result_comes_back_as_it_was_in_every_form_and_types_are_told() {
    let cases = [
        ("(3, 2**100)", "int → int"),
        ("([1, 2**70], [1.5, 2.5])", "list[int] → list[float]"),
        ("([{'a': 'x', 'b': 'ü'}] * 3, ['x', 'ü', '😀'])", "list[dict[str, str]] → list[str]"),
        (
            "([{'a': 1, 'b': None}], {1: (True, 'x'), 2: ()})",
            "list[dict[str, int | None]] → dict[int, tuple[bool, str] | tuple[()]]",
        ),
        ("(tuple(range(9)), {3, 4})", "tuple[int, ...] → set[int]"),
        ("((1, 'a'), frozenset('ab'))", "tuple[int, str] → frozenset[str]"),
        ("(b'abc', bytearray(b'x'))", "bytes → bytearray"),
        ("([], {})", "list → dict"),
        ("([{str(i): i for i in range(200)}, {'0': 1, 'x': 2}], 1)", "list[dict[str, int]] → int"),
        ("([Point(1.0), Point(2.0, 'p')], Frozen([Point(1.0)]))", "list[Point] → Frozen"),
        ("([Pair(1, 'x')], Pair([1], (2, 3)))", "list[Pair] → Pair"),
        ("(array.array('d', [1.0]), 1.5)", "array[d] → float"),
        ("(1, [shared, shared])", "int → list[list[str]]"),
        (
            "([1, 'a', None, 1.5, (1,), (1, 2)], None)",
            "list[int | str | None | float | tuple[int] | tuple[int, int]] → None",
        ),
    ];
    for (expression, types) in cases {
        // What only these tests define can't be pickled.
        let forms = if types.contains("P") { &[Cheapest, Owned][..] } else { &[Cheapest, Owned, Bytes] };
        for &form in forms {
            assert_eq!(crossed(expression, form), types);
        }
    }
}

#[test]
fn what_is_part_of_the_argument_is_handed_back_as_it_is_by_the_cheapest_form_alone() {
    let is_same = |form| {
        with("(lambda given: (given, [given[0]]))(['long enough to be no constant'])", |given, result| {
            let boundary = Bound::new(given.py(), Boundary::new(given, result, form).unwrap()).unwrap();
            let got = boundary.call_method1("call", (given,)).unwrap();
            got.get_item(0).unwrap().is(given.get_item(0).unwrap())
        })
    };
    assert_eq!([Cheapest, Owned].map(is_same), [true, false]);
}

#[test]
fn types_that_cannot_be_converted_are_named_all_at_once() {
    let unfit = |expression: &str| {
        with(expression, |given, result| {
            let error = Boundary::new(given, result, Cheapest).err().unwrap();
            error.value(given.py()).to_string()
        })
    };
    assert_eq!(unfit("([datetime.date(2020, 1, 1)], decimal.Decimal(1))"), "datetime.date, decimal.Decimal");
    assert_eq!(unfit("(2**200, 1)"), "int of more than 128 bits");
    assert_eq!(unfit("('\\ud800', 1)"), "str with lone surrogates");
    assert_eq!(unfit("((lambda l: l.append(l) or l)([]), 1)"), "values nested more than 64 deep");
    assert_eq!(unfit("(iter([1]), 1)"), "list_iterator");
}

#[test]
fn an_argument_of_another_shape_is_refused() {
    with("([1], 1)", |given, result| {
        let py = given.py();
        let boundary = Bound::new(py, Boundary::new(given, result, Cheapest).unwrap()).unwrap();
        let other = ["x"].into_pyobject(py).unwrap();
        assert!(boundary.call_method1("call", (other,)).unwrap_err().to_string().contains("isn't like the one"));
        assert!(boundary.call_method1("call", (given,)).is_ok());
    });
}
