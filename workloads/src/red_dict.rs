//! `red-dict`: chains of arithmetic on a dict of numbers.
//!
//! The same three operations with ever less conversion: functions that take and return dicts, and classes that keep
//! their values in Rust from one operation to the next.

mod classes;
mod functions;
mod operations;

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};

use crate::kernel::{Kernel, Output};
use operations::{Add, Multiply, Operation, aligned, column};

pub(crate) const KERNELS: &[Kernel] = &[Kernel {
    name: "red-dict",
    prepare: |input| {
        let (values, other, rounds): (Bound<'_, PyDict>, Bound<'_, PyDict>, u64) = input.extract()?;
        let keys = Arc::new(values.keys().unbind());
        let column = column(&values)?;
        let terms = aligned(&values, &other, Add::FILL)?;
        let factors = aligned(&values, &other, Multiply::FILL)?;
        Ok(Box::new(move || {
            let column = chain(column.clone(), &terms, &factors, rounds);
            Ok(Box::new(Entries { keys: keys.clone(), column }))
        }))
    },
}];

/// All operations of all rounds on vectors of one length, a round at a time: with nothing between them, the five
/// operations become one pass.
pub fn chain(mut column: Vec<f64>, terms: &[f64], factors: &[f64], rounds: u64) -> Vec<f64> {
    for _ in 0..rounds {
        for ((value, term), factor) in column.iter_mut().zip(terms).zip(factors) {
            *value = (*value + 4.0 + term - 1.0 - term) * factor;
        }
    }
    column
}

/// What the kernel returns.
struct Entries {
    keys: Arc<Py<PyList>>,
    column: Vec<f64>,
}

impl Output for Entries {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let dict = PyDict::new(py);
        for (key, value) in self.keys.bind(py).iter().zip(&self.column) {
            dict.set_item(key, value)?;
        }
        Ok(dict.into_any())
    }
}

/// `rustworthy_workloads.red_dict`
#[pymodule(submodule)]
#[pyo3(name = "red_dict")]
pub(crate) mod python {
    #[pymodule_export]
    use super::classes::{HashDict, RedDict};
    #[pymodule_export]
    use super::functions::{
        article_add, article_multiply, article_subtract, dict_add, dict_multiply, dict_subtract, naive_add,
        naive_multiply, naive_subtract,
    };
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;

    use proptest::prelude::*;
    use pyo3::exceptions::{PyOverflowError, PyTypeError};
    use pyo3::wrap_pymodule;

    use super::operations::Subtract;
    use super::*;

    /// Evaluates a Python expression in which `m` is the module, and returns its `repr`.
    fn shown(expression: &CStr) -> PyResult<String> {
        Python::initialize();
        Python::attach(|py| {
            let globals = PyDict::new(py);
            globals.set_item("m", wrap_pymodule!(python)(py))?;
            globals.set_item("nan", f64::NAN)?;
            Ok(py.eval(expression, Some(&globals), None)?.repr()?.to_string())
        })
    }

    #[test]
    fn operations_align_on_the_left_operand() {
        for expression in [
            c"m.naive_add({'a': 1.0, 'b': 2}, {'c': 5.0, 'b': 10})",
            c"m.dict_add({'a': 1.0, 'b': 2}, {'c': 5.0, 'b': 10})",
            c"(m.RedDict({'a': 1.0, 'b': 2}) + m.RedDict({'c': 5.0, 'b': 10})).to_dict()",
            c"(lambda left: left + left.align({'c': 5.0, 'b': 10}, 0.0))(m.RedDict({'a': 1.0, 'b': 2})).to_dict()",
            c"dict(sorted(m.article_add({'a': 1.0, 'b': 2}, {'c': 5.0, 'b': 10}).items()))",
            c"dict(sorted((m.HashDict({'a': 1.0, 'b': 2}) + m.HashDict({'c': 5.0, 'b': 10})).to_dict().items()))",
        ] {
            assert_eq!(shown(expression).unwrap(), "{'a': 1.0, 'b': 12.0}", "{expression:?}");
        }
    }

    #[test]
    fn missing_keys_leave_the_left_number_as_it_is() {
        for expression in [
            c"m.naive_multiply({'a': 3}, {})",
            c"m.naive_subtract({'a': 3}, {})",
            c"m.dict_multiply({'a': 3}, {})",
            c"m.article_multiply({'a': 3}, {})",
            c"(m.HashDict({'a': 3}) * m.HashDict({})).to_dict()",
            c"(m.RedDict({'a': 3}) * m.RedDict({}) - m.RedDict({})).to_dict()",
        ] {
            assert_eq!(shown(expression).unwrap(), "{'a': 3.0}", "{expression:?}");
        }
    }

    #[test]
    fn scalars_meet_every_value() {
        for expression in [
            c"m.naive_subtract({'b': 1, 'a': nan}, 0.5)",
            c"m.dict_subtract({'b': 1, 'a': nan}, 0.5)",
            c"(m.RedDict({'b': 1, 'a': nan}) - 0.5).to_dict()",
        ] {
            assert_eq!(shown(expression).unwrap(), "{'b': 0.5, 'a': nan}", "{expression:?}");
        }
    }

    #[test]
    fn operands_stay_as_they_are() {
        let expression = c"(lambda left: (left + 1.0, left.to_dict())[1])(m.RedDict({'a': 1.0}))";
        assert_eq!(shown(expression).unwrap(), "{'a': 1.0}");
        let expression = c"(lambda left: (m.dict_add(left, 1.0), left)[1])({'a': 1.0})";
        assert_eq!(shown(expression).unwrap(), "{'a': 1.0}");
    }

    #[test]
    fn any_string_is_a_key_of_a_shared_index() {
        let expression = c"(m.RedDict({'': 1, '\\ud800': 2}) + m.RedDict({'\\ud800': 3})).to_dict()";
        assert_eq!(shown(expression).unwrap(), "{'': 1.0, '\\ud800': 5.0}");
    }

    #[test]
    fn what_is_no_number_raises_what_python_raises() {
        for value in ["'5'", "None", "[1.0]", "b'5'"] {
            for expression in [
                format!("m.article_add({{'a': {value}}}, 1.0)"),
                format!("m.naive_add({{'a': 1.0}}, {{'a': {value}}})"),
                format!("m.dict_add({{'a': {value}}}, 1.0)"),
                format!("m.dict_add({{'a': 1.0}}, {{'a': {value}}})"),
                format!("m.HashDict({{'a': {value}}})"),
                format!("m.RedDict({{'a': {value}}})"),
                format!("m.RedDict({{'a': 1.0}}).align({{'a': {value}}}, 0.0)"),
                format!("m.RedDict({{'a': 1.0}}) + {value}"),
            ] {
                let error = shown(&std::ffi::CString::new(expression.as_str()).unwrap()).unwrap_err();
                assert!(Python::attach(|py| error.is_instance_of::<PyTypeError>(py)), "{expression}: {error}");
            }
        }
        let error = shown(c"m.RedDict({'a': 10**400})").unwrap_err();
        assert!(Python::attach(|py| error.is_instance_of::<PyOverflowError>(py)));
    }

    proptest! {
        #[test]
        fn a_chain_is_its_operations_one_after_the_other(
            entries in prop::collection::vec((any::<f64>(), any::<f64>(), any::<f64>()), 0..40),
            rounds in 0..5_u64,
        ) {
            let column: Vec<f64> = entries.iter().map(|entry| entry.0).collect();
            let terms: Vec<f64> = entries.iter().map(|entry| entry.1).collect();
            let factors: Vec<f64> = entries.iter().map(|entry| entry.2).collect();
            let mut expected = column.clone();
            for _ in 0..rounds {
                expected = expected.iter().map(|value| Add::apply(*value, 4.0)).collect();
                expected = expected.iter().zip(&terms).map(|(value, term)| Add::apply(*value, *term)).collect();
                expected = expected.iter().map(|value| Subtract::apply(*value, 1.0)).collect();
                expected = expected.iter().zip(&terms).map(|(value, term)| Subtract::apply(*value, *term)).collect();
                expected = expected.iter().zip(&factors).map(|(value, by)| Multiply::apply(*value, *by)).collect();
            }
            let bits = |column: Vec<f64>| -> Vec<Option<u64>> {
                column.into_iter().map(|value| (!value.is_nan()).then(|| value.to_bits())).collect()
            };
            prop_assert_eq!(bits(chain(column, &terms, &factors, rounds)), bits(expected));
        }
    }
}
