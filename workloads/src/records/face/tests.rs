//! The forms of the workload against each other, on dicts that Python makes.

use std::ffi::CStr;

use proptest::prelude::*;
use pyo3::types::{PyAnyMethods, PyDict};

use super::*;
use crate::records::ENDPOINTS;

/// Everything that processes dicts into equal ones.
const FORMS: [&str; 4] = ["process", "process_columns", "process_owned", "kernel"];

/// `ada(amount="5")` is a record with that amount.
const ADA: &CStr = c"
def ada(**changes):
    return {'id': '1', 'name': ' Ada  Lovelace', 'email': 'ADA@example.com ', 'country': 'se', 'amount': '1,000.5'} | changes
";

fn process<'py>(form: &str, records: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    match form {
        "process" => dicts::process(records).map(Bound::into_any),
        "process_columns" => Columns::convert(&list(records)?).and_then(|orders| {
            let processed = parallel(&orders)?;
            Ok(processed.merge(&list(records)?)?.into_any())
        }),
        "process_owned" => maps::process_owned(records.extract()?)?.into_pyobject(records.py()).map(Bound::into_any),
        "process_maps" => maps::process_maps(records.extract()?)?.into_pyobject(records.py()).map(Bound::into_any),
        _ => prepare(records, serial)?()?.to_python(records.py()),
    }
}

/// What a form makes of records, as Python shows it.
fn shown(form: &str, records: &CStr) -> PyResult<String> {
    Python::initialize();
    Python::attach(|py| {
        let globals = PyDict::new(py);
        py.run(ADA, Some(&globals), None)?;
        let records = py.eval(records, Some(&globals), None)?;
        let before = records.repr()?.to_string();
        let processed = process(form, &records)?.repr()?.to_string();
        assert_eq!(records.repr()?.to_string(), before, "{form} changed its input");
        Ok(processed)
    })
}

/// The type of what a form raises.
fn raised(form: &str, records: &CStr) -> String {
    let error = shown(form, records).expect_err("an exception");
    Python::attach(|py| error.get_type(py).to_string())
}

#[test]
fn an_order_is_cleaned_priced_and_taxed() {
    let expected = "[{'id': '1', 'name': 'Ada Lovelace', 'email': 'ada@example.com', 'country': 'SE', \
                    'amount': 1000.5, 'tax': 250.125, 'total': 1250.625, 'share': 1.0}]";
    for form in FORMS {
        assert_eq!(shown(form, c"[ada()]").unwrap(), expected, "{form}");
    }
}

#[test]
fn shares_are_those_of_the_country() {
    let records = c"[ada(amount='1'), ada(amount='3', country='FI'), ada(amount='3')]";
    for form in FORMS {
        let shown = shown(form, records).unwrap();
        let shares: Vec<_> = shown.split("'share': ").skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
        assert_eq!(shares, ["0.25", "1.0", "0.75"], "{form}");
    }
}

#[test]
fn keys_keep_their_order_and_other_values_their_type() {
    let records = c"[{'share': None, 5: 2**100, 'total': '', 'nan': float('nan'), 'sub': {'a': [1]}} | ada(id=True)]";
    let expected = "[{'share': 1.0, 5: 1267650600228229401496703205376, 'total': 1250.625, 'nan': nan, \
                    'sub': {'a': [1]}, 'id': True, 'name': 'Ada Lovelace', 'email': 'ada@example.com', \
                    'country': 'SE', 'amount': 1000.5, 'tax': 250.125}]";
    for form in FORMS {
        assert_eq!(shown(form, records).unwrap(), expected, "{form}");
    }
}

#[test]
fn implausible_amounts_are_left_out_whatever_their_country() {
    let amounts = c"[ada(amount=a, country='?') for a in ('0', '-1', 'nan', 'inf', '-inf', '1e13', '9' * 400)]";
    for form in FORMS {
        assert_eq!(shown(form, amounts).unwrap(), "[]", "{form}");
        assert_eq!(shown(form, c"()").unwrap(), "[]", "{form}");
    }
}

#[test]
fn bad_records_raise_what_python_raises() {
    let cases = [
        (c"5", "TypeError"),
        (c"None", "TypeError"),
        (c"[None]", "TypeError"),
        (c"['text']", "TypeError"),
        (c"[[('name', 'x')]]", "TypeError"),
        (c"[{}]", "KeyError"),
        (c"[ada(country='XX')]", "KeyError"),
        (c"[ada(), {'name': 'x', 'email': 'x', 'country': 'x'}]", "KeyError"),
        (c"[ada(amount='')]", "ValueError"),
        (c"[ada(amount='1.2.3')]", "ValueError"),
        (c"[ada(amount='1__0')]", "ValueError"),
        (c"[ada(name=None)]", "AttributeError"),
        (c"[ada(email=5)]", "AttributeError"),
        (c"[ada(country=2.5)]", "AttributeError"),
        (c"[ada(amount=5)]", "AttributeError"),
    ];
    for (records, expected) in cases {
        for form in FORMS {
            assert_eq!(raised(form, records), format!("<class '{expected}'>"), "{form}: {records:?}");
        }
    }
}

#[test]
fn what_columns_cannot_hold_is_left_to_python_by_the_dicts() {
    let records = c"[ada(name=' \\ud800', amount='\\u0663')]";
    assert!(
        shown("process", records)
            .unwrap()
            .contains(r"'name': '\ud800', 'email': 'ada@example.com', 'country': 'SE', 'amount': 3.0")
    );
    assert_eq!(raised("process_columns", records), "<class 'UnicodeEncodeError'>");
    assert_eq!(raised("process_columns", c"[ada(amount='\\u0663')]"), "<class 'ValueError'>");
}

#[test]
fn the_published_form_makes_everything_text() {
    let shown = shown("process_maps", c"[ada(id=5)]").unwrap();
    assert!(shown.contains("'id': '5'") && shown.contains("'tax': '250.125'"), "{shown}");
}

#[test]
fn a_request_is_answered_in_columns() {
    let request = r#"{"name": [" A\n", ""], "email": ["Σ", ""], "country": ["ﬁ", ""], "amount": ["100", "-1"]}"#;
    let response = (ENDPOINTS[0].respond)(request.as_bytes()).unwrap();
    let expected = r#"{"row":[0],"name":["A"],"email":["σ"],"country":["FI"],"amount":[100.0],"tax":[25.5],"total":[125.5],"share":[1.0]}"#;
    assert_eq!(String::from_utf8(response).unwrap(), expected);
}

#[test]
fn a_request_that_is_no_columns_is_refused() {
    let uneven = r#"{"name": ["x"], "email": [], "country": [], "amount": []}"#;
    for request in ["", "[]", "{}", r#"{"name": [5]}"#, uneven] {
        assert_eq!((ENDPOINTS[0].respond)(request.as_bytes()).unwrap_err().exception, "ValueError", "{request}");
    }
    assert_eq!((ENDPOINTS[0].respond)(b"\xff").unwrap_err().exception, "ValueError");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn threads_change_nothing(orders in 0..6_000_usize, bad in any::<[prop::sample::Index; 2]>(), is_bad: bool) {
        let text = |text: &str| (0..orders).map(|_| text).collect();
        let bad = |row| is_bad && bad.iter().any(|bad| bad.index(orders) == row);
        let amount = |row| if bad(row) { format!("no. {row}") } else { format!("{}.1", row as i64 % 997 - 50) };
        let country = (0..orders).map(|row| if row % 3 == 0 { "DE" } else { "FR" }).collect();
        let amount = (0..orders).map(amount).collect();
        let orders = Columns { name: text(" a  b"), email: text("É "), country, amount };
        prop_assert_eq!(serial(&orders), parallel(&orders));
    }
}
