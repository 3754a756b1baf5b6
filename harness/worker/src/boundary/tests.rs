use std::ffi::CString;

use pyo3::prelude::*;
use pyo3::types::PyDict;
use rustworthy_protocol::BoundaryForm::{self, Bytes, Cheapest, Owned};

use super::{Boundary, Crossing, Walked, argument, function};
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

/// The boundary of a function that was given that and returned this.
fn boundary(given: &Bound<'_, PyAny>, result: &Bound<'_, PyAny>, form: BoundaryForm) -> PyResult<Boundary> {
    Boundary::new(Walked::new(given), std::slice::from_ref(result), form)
}

/// What the boundary returns in a form is the result, twice; its types as they are shown.
fn crossed(expression: &str, form: BoundaryForm) -> String {
    with(expression, |given, result| {
        let boundary = boundary(given, result, form).unwrap();
        let types = format!("{} → {}", boundary.types.argument, boundary.types.result);
        let function = function::of_one_argument(given.py(), boundary).unwrap();
        let given = argument(given, form).unwrap();
        for _ in 0..2 {
            let got = function.call1((&given,)).unwrap();
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
            let boundary = boundary(given, result, form).unwrap();
            let got = function::of_one_argument(given.py(), boundary).unwrap().call1((given,)).unwrap();
            got.get_item(0).unwrap().is(given.get_item(0).unwrap())
        })
    };
    assert_eq!([Cheapest, Owned].map(is_same), [true, false]);
}

#[test]
fn of_each_copy_of_an_argument_its_own_parts_are_handed_back() {
    with("([[1.5], 'long enough to be no constant'], None)", |given, _| {
        let py = given.py();
        let copies = [(); 4].map(|()| py.import("copy").unwrap().call_method1("deepcopy", (given,)).unwrap());
        let function = py.eval(c"lambda given: given[0]", None, None).unwrap();
        let crossing = Crossing::new(&function, &copies, Cheapest, false).unwrap();
        for copy in &copies {
            let got = crossing.function.call1((copy,)).unwrap();
            assert!(got.is(copy.get_item(0).unwrap()));
        }
        let refused = Crossing::new(&function, &copies[..1], Cheapest, true).err().unwrap();
        assert!(refused.to_string().contains("is in part its argument's, which is another one in every call"));
        assert!(Crossing::new(&function, &copies[..1], Owned, true).is_ok());
    });
}

#[test]
fn types_that_cannot_be_converted_are_named_all_at_once() {
    let unfit = |expression: &str| {
        with(expression, |given, result| {
            let error = boundary(given, result, Cheapest).err().unwrap();
            error.value(given.py()).to_string()
        })
    };
    assert_eq!(unfit("(2**200, iter([1]))"), "int of more than 128 bits, list_iterator");
    assert_eq!(unfit("('\\ud800', 1)"), "str with lone surrogates");
    assert_eq!(unfit("((lambda l: l.append(l) or l)([]), 1)"), "values nested more than 64 deep");
}

#[test]
fn objects_of_other_classes_cross_as_they_are_and_are_named() {
    let expression = "([datetime.date(2020, 1, i) for i in (1, 2)], [decimal.Decimal(i) for i in range(9)])";
    for form in [Cheapest, Owned] {
        assert_eq!(crossed(expression, form), "list[date] → list[Decimal]");
    }
    with(expression, |given, result| {
        let boundary = boundary(given, result, Cheapest).unwrap();
        assert_eq!(boundary.types.opaque, ["datetime.date", "decimal.Decimal"]);
        let got = function::of_one_argument(given.py(), boundary).unwrap().call1((given,)).unwrap();
        assert!(!got.is(result) && got.get_item(8).unwrap().is(result.get_item(8).unwrap()));
    });
}

#[test]
fn an_argument_of_another_shape_is_refused() {
    with("([1], 1)", |given, result| {
        let py = given.py();
        let function = function::of_one_argument(py, boundary(given, result, Cheapest).unwrap()).unwrap();
        let other = ["x"].into_pyobject(py).unwrap();
        assert!(function.call1((other,)).unwrap_err().to_string().contains("isn't like the one"));
        assert!(function.call1((given,)).is_ok());
    });
}

#[test]
fn what_is_the_same_object_in_two_results_is_a_constant_and_what_occurs_twice_in_one_is_made_once() {
    with("(1, 'a constant of the function')", |given, constant| {
        let py = given.py();
        let results = ["[c, 'x' * given, ['shared']]", "[c, 'x' * given, ['shared']]"].map(|expression| {
            let names = PyDict::new(py);
            names.set_item("c", constant).unwrap();
            names.set_item("given", 3).unwrap();
            let result = py.eval(&CString::new(expression).unwrap(), Some(&names), None).unwrap();
            result.call_method1("append", (result.get_item(2).unwrap(),)).unwrap();
            result
        });
        let boundary = Boundary::new(Walked::new(given), &results, Cheapest).unwrap();
        let function = function::of_one_argument(py, boundary).unwrap();
        let [one, other] = [(); 2].map(|()| function.call1((given,)).unwrap());
        let [one_parts, other_parts, seen] =
            [&one, &other, &results[0]].map(|of| of.extract::<Vec<Bound<'_, PyAny>>>().unwrap());
        assert!(one_parts[0].is(constant) && other_parts[0].is(constant));
        assert!(!one_parts[1].is(&other_parts[1]) && !one_parts[1].is(&seen[1]));
        assert!(one_parts[2].is(&one_parts[3]) && !one_parts[2].is(&other_parts[2]));
        assert_eq!(one.repr().unwrap().to_string(), results[0].repr().unwrap().to_string());
    });
}

#[test]
fn of_a_few_equal_values_each_is_made_once_and_of_many_every_one() {
    let distinct = |expression: &str, form| {
        with(&format!("(1, {expression})"), |given, result| {
            let boundary = boundary(given, result, form).unwrap();
            let got = function::of_one_argument(given.py(), boundary).unwrap().call1((given,)).unwrap();
            assert_eq!(compare_objects(result, &got, rustworthy_protocol::Mode::Exact).unwrap(), Outcome::Equal);
            let elements = got.try_iter().unwrap().map(Result::unwrap).collect::<Vec<_>>();
            elements.iter().map(|element| element.as_ptr() as usize).collect::<std::collections::HashSet<_>>().len()
        })
    };
    let few = "[str(i % 3) + ' of a few' for i in range(600)]";
    assert_eq!((distinct(few, Cheapest), distinct(few, Owned)), (3, 600));
    assert_eq!(distinct("[i / 7 for i in range(600)]", Cheapest), 600);
    assert_eq!(distinct("[(i % 2) * 0.5 for i in range(600)]", Cheapest), 2);
}
